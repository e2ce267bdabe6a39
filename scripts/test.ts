/**
 * `npm test`: everything that must hold before a change is kept, in one command.
 *
 * T1. Every check runs, also after one failed: one run tells all there is to tell.
 * T2. A check that looked at nothing has failed: no modules, no tests.
 * T3. The last line is `N passed, N failed`, with `, N skipped` if any; the exit code is 0 only with none failed. What
 *     failed is named in the lines above it.
 * T4. Tests leave no process behind: what still runs in their temporary folder afterwards is a failure.
 *
 * `--static` stops before the tests; `--long` runs the long tests only.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findNatsServer, howToGetNatsServer } from '../engines/nats/binary.ts';
import { findChromium, howToGetChromium } from '../testing/chromium.ts';
import { readTestReport } from './test-report.ts';

interface Verdict {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What to say about it in the summary. */
  readonly note?: string;
  /** A line for each that failed, where the step can tell. */
  readonly failures?: readonly string[];
}

interface Step {
  readonly name: string;
  run(): Promise<Verdict>;
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

const projectDir = join(import.meta.dirname, '..');
/** The long tests take the better part of an hour; any other step that takes this long hangs. */
const stepWithinMs = { usual: 20 * 60_000, long: 2 * 60 * 60_000 };
const sourceFolders = ['actors', 'runtime', 'gateway', 'services', 'engines', 'analytics', 'commands', 'load-tests', 'testing', 'scripts'];

/** More than these have one cause, and are in the output. */
const failuresNamedMax = 10;

const inCi = process.env['CI'] === 'true';
/** Everything the tests put on disk goes here, and goes away at the end. Open to the account that runs Postgres. */
const scratchDir = realpathSync(mkdtempSync(join(tmpdir(), 'onhand-run-')));
chmodSync(scratchDir, 0o755);

const staticSteps: readonly Step[] = [
  { name: 'types', run: () => check('tsc', ['-p', '.']) },
  { name: 'types in the browser', run: () => check('tsc', ['-p', 'tsconfig.browser.json']) },
  { name: 'types in k6', run: () => check('tsc', ['-p', 'load-tests/k6']) },
  { name: 'lint', run: () => check('oxlint', ['--type-aware', '--deny-warnings']) },
  { name: 'format', run: () => check('biome', ['format', '.']) },
  { name: 'layers', run: checkLayers },
  { name: 'dead code', run: () => check('knip', ['--no-progress']) },
];

const testSteps: readonly Step[] = [
  { name: 'tests: unit', run: () => runTests('unit') },
  { name: 'tests: Postgres', run: () => runTests('pg') },
  { name: 'tests: JetStream', run: runNatsTests },
  { name: 'tests: simulation', run: () => runTests('sim') },
  { name: 'tests: browser', run: runBrowserTests },
];

const longSteps: readonly Step[] = [
  { name: 'tests: long', run: () => runTests('long') },
  { name: 'tests: long, timed', run: () => runTests('long-timed') },
];

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { static: { type: 'boolean' }, long: { type: 'boolean' } } });
  const steps = values.long === true ? longSteps : [...staticSteps, ...(values.static === true ? [] : testSteps)];
  const outcomes: { name: string; verdict: Verdict; seconds: number }[] = [];
  for (const step of steps) {
    console.log(`\n== ${step.name}`);
    const startedMs = performance.now();
    const verdict = await step.run(); // T1
    outcomes.push({ name: step.name, verdict, seconds: (performance.now() - startedMs) / 1000 });
  }
  outcomes.push({ name: 'nothing left running', verdict: checkLeftovers(), seconds: 0 });
  rmSync(scratchDir, { recursive: true, force: true });
  return summarize(outcomes);
}

function summarize(outcomes: readonly { name: string; verdict: Verdict; seconds: number }[]): number {
  console.log('\n== summary');
  for (const { name, verdict, seconds } of outcomes) {
    const mark = verdict.failed > 0 ? 'FAIL' : verdict.passed > 0 ? 'ok  ' : 'skip';
    const note = verdict.note === undefined ? '' : `  ${verdict.note}`;
    console.log(`${mark}  ${name.padEnd(24)} ${seconds.toFixed(1).padStart(7)} s  ${String(verdict.passed).padStart(5)} passed${note}`);
    for (const failure of (verdict.failures ?? []).slice(0, failuresNamedMax)) console.log(`      ${failure}`);
  }
  const sum = (of: (verdict: Verdict) => number) => outcomes.reduce((total, { verdict }) => total + of(verdict), 0);
  const [passed, failed, skipped] = [sum((one) => one.passed), sum((one) => one.failed), sum((one) => one.skipped)];
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`); // T3
  return failed === 0 ? 0 : 1;
}

/** One tool, one verdict; its words are shown only when it complains. */
async function check(tool: string, flags: readonly string[]): Promise<Verdict> {
  const { code, output } = await runTool(tool, flags, 'collect');
  if (code === 0) return { passed: 1, failed: 0, skipped: 0 };
  console.log(output.trim());
  return { passed: 0, failed: 1, skipped: 0 };
}

interface Cruise {
  readonly totalCruised: number;
  readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
}

/** T2: dependency-cruiser that cannot read TypeScript looks at no module and finds no violation. */
async function checkLayers(): Promise<Verdict> {
  const folders = sourceFolders.filter((folder) => existsSync(join(projectDir, folder)));
  const { output } = await runTool(
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...folders, 'main.ts'],
    'collect',
  );
  const cruise = readCruise(output);
  if (cruise.totalCruised === 0) console.log(`dependency-cruiser looked at no module\n${output.slice(0, 2_000)}`);
  for (const { rule, from, to } of cruise.violations) console.log(`${rule.name}: ${from} -> ${to}`);
  const good = cruise.totalCruised > 0 && cruise.violations.length === 0;
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0, note: `${cruise.totalCruised} modules` };
}

function readCruise(output: string): Cruise {
  try {
    return (JSON.parse(output) as { summary: Cruise }).summary;
  } catch {
    return { totalCruised: 0, violations: [] };
  }
}

async function runTests(project: string): Promise<Verdict> {
  const report = join(scratchDir, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await runTool('vitest', ['run', '--project', project, '--passWithNoTests', ...reporters], 'show');
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0, note: 'the tests did not run to their end' };
  const { passed, failed, skipped, failures } = readTestReport(readFileSync(report, 'utf8'), code, projectDir);
  if (passed + failed + skipped === 0) return { passed: 0, failed: 1, skipped: 0, note: 'there are no tests of this kind' }; // T2
  return { passed, failed, skipped, failures, ...(skipped > 0 ? { note: `${skipped} skipped` } : {}) };
}

async function runNatsTests(): Promise<Verdict> {
  if (findNatsServer() !== null) return runTests('nats');
  return missing(`no nats-server was found. ${howToGetNatsServer}`);
}

async function runBrowserTests(): Promise<Verdict> {
  if (findChromium() !== null) return runTests('e2e');
  return missing(`no Chromium was found. ${howToGetChromium}`);
}

/** What the tests need is not here: said aloud where people work, a failure where they are to be proven. */
function missing(note: string): Verdict {
  console.log(note);
  return inCi ? { passed: 0, failed: 1, skipped: 0, note } : { passed: 0, failed: 0, skipped: 1, note };
}

function runTool(tool: string, flags: readonly string[], words: 'collect' | 'show'): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(join(projectDir, 'node_modules/.bin', tool), flags, {
      cwd: projectDir,
      env: { ...process.env, TMPDIR: scratchDir },
      stdio: ['ignore', words === 'show' ? 'inherit' : 'pipe', words === 'show' ? 'inherit' : 'pipe'],
      timeout: flags.some((flag) => flag.startsWith('long')) ? stepWithinMs.long : stepWithinMs.usual,
    });
    const pieces: Buffer[] = [];
    child.stdout?.on('data', (piece: Buffer) => pieces.push(piece));
    child.stderr?.on('data', (piece: Buffer) => pieces.push(piece));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code, output: Buffer.concat(pieces).toString('utf8') }));
  });
}

/** T4. Where there is no /proc there is nothing to look at, and nothing is claimed. */
function checkLeftovers(): Verdict {
  if (!existsSync('/proc/self/cmdline')) return { passed: 0, failed: 0, skipped: 1, note: 'needs /proc' };
  const leftovers = readdirSync('/proc').filter(
    (entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && commandLine(entry).includes(scratchDir),
  );
  for (const pid of leftovers) console.log(`left running: ${pid} ${commandLine(pid).slice(0, 200)}`);
  for (const pid of leftovers) process.kill(Number(pid), 'SIGTERM');
  return leftovers.length === 0
    ? { passed: 1, failed: 0, skipped: 0 }
    : { passed: 0, failed: 1, skipped: 0, note: `${leftovers.length} processes` };
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
