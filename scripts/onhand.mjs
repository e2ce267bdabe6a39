#!/usr/bin/env node
/**
 * The one entry: `node scripts/onhand.mjs <command>`. Plain JavaScript without dependencies, so that a machine with
 * nothing but Node and npm gets from a fresh clone to a running shop, or to one sentence that says what is missing.
 *
 * 1. Checks the version of Node.
 * 2. Installs the packages when they are missing or not those of package-lock.json.
 * 3. Runs commands/main.ts in its compiled form (compile.mjs), passes signals on, and ends with its exit code.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startedBy } from './compile.mjs';
import { nodeFlags } from './node-flags.mjs';

const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(projectDir, 'package-lock.json');
const stampFile = join(projectDir, 'node_modules', '.onhand-installed');
const cannotRun = 2;
let npmOutput = '';

checkNode();
await installPackages();
runCommand(await program(), process.argv.slice(2));

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major === 20 && minor >= 19) return;
  fail(
    `Onhand needs Node 20.19 or a later Node 20, and this is Node ${process.versions.node}. Its web server has no native build for other versions.`,
  );
}

/** A stamp with the hash of the lock file is left in node_modules: what was installed from another lock file is installed anew. */
async function installPackages() {
  const wanted = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  if (isInstalled(wanted)) return;
  console.error(
    existsSync(join(projectDir, 'node_modules'))
      ? 'The packages have changed: installing them ...'
      : 'First start: installing the packages (about 530 MB on disk; a minute or two) ...',
  );
  const startedMs = Date.now();
  const code = await installWithNpm();
  if (code !== 0) fail(whyInstallFailed());
  leaveStamp(wanted);
  console.error(`Packages installed in ${Math.round((Date.now() - startedMs) / 1000)} s.`);
}

function isInstalled(wanted) {
  if (existsSync(stampFile)) return readFileSync(stampFile, 'utf8').trim() === wanted;
  return matchesLock();
}

/** After a plain `npm ci` there is no stamp: npm's own record of what it installed is compared with the lock file. */
function matchesLock() {
  try {
    const locked = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
    const installed = JSON.parse(readFileSync(join(projectDir, 'node_modules', '.package-lock.json'), 'utf8')).packages;
    return Object.entries(locked).every(
      ([path, { version, optional }]) =>
        path === '' || installed[path]?.version === version || (optional === true && installed[path] === undefined),
    );
  } catch {
    return false;
  }
}

function leaveStamp(wanted) {
  try {
    writeFileSync(stampFile, `${wanted}\n`);
  } catch {
    // a folder that became read-only after installing: the comparison with the lock file serves as well
  }
}

/** npm says nothing for a long time: dots show that it lives. Its words are shown only if it fails. */
function installWithNpm() {
  return new Promise((resolve) => {
    const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: projectDir,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    const dots = setInterval(() => process.stderr.write('.'), 2_000);
    const collect = (piece) => {
      npmOutput = (npmOutput + piece).slice(-20_000);
    };
    npm.stdout.on('data', collect);
    npm.stderr.on('data', collect);
    const settle = (code) => {
      clearInterval(dots);
      process.stderr.write('\n');
      resolve(code);
    };
    npm.once('error', (error) => {
      npmOutput += error.code === 'ENOENT' ? 'npm is not installed' : error.message;
      settle(1);
    });
    npm.once('close', settle);
  });
}

function whyInstallFailed() {
  const because = [
    [/ENOSPC/, 'the disk is full'],
    [/EROFS|EACCES|EPERM/, `the folder ${projectDir} cannot be written to`],
    [/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/, 'the package registry cannot be reached'],
    [/npm is not installed/, 'npm is not installed'],
    [/can only install packages when your package\.json and package-lock\.json/, 'package.json and package-lock.json do not fit together'],
  ].find(([pattern]) => pattern.test(npmOutput))?.[1];
  if (because !== undefined) return `The packages could not be installed: ${because}.`;
  return `The packages could not be installed. npm said:\n${npmOutput.trim().split('\n').slice(-15).join('\n')}`;
}

async function program() {
  try {
    return await startedBy('commands/main.ts');
  } catch (error) {
    return fail(`The program cannot be compiled: ${error.message}`);
  }
}

function runCommand(started, words) {
  const flags = [...nodeFlags, ...started, ...words];
  const child = spawn(process.execPath, flags, { stdio: 'inherit' });
  // Ctrl-C reaches the child by itself, through the terminal: passing it on as well would be the second one, which means "at once"
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // `npm start` puts a shell between npm and us, and that shell dies of a signal without passing it on
  const parent = process.ppid;
  const orphaned = setInterval(() => {
    if (process.env['npm_lifecycle_event'] === undefined || process.ppid === parent) return;
    clearInterval(orphaned);
    child.kill('SIGTERM');
  }, 500);
  child.once('error', (error) => fail(`The program could not be started: ${error.message}.`));
  child.once('exit', (code, signal) => {
    clearInterval(orphaned);
    if (signal === null) process.exit(code ?? cannotRun);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function fail(sentence) {
  console.error(sentence);
  process.exit(cannotRun);
}
