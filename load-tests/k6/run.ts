/**
 * Runs one scenario with k6 against a server, and judges it: thresholds by k6, units by the books, and the folder of a
 * server of our own by `verify`.
 *
 * R1. A scenario touches only SKUs that carry the name of its run.
 * R2. k6 is told everything in its environment, so that no key shows in a list of processes.
 * R3. k6 is ended when the run is interrupted; it then still says what it measured.
 */
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettledBooks } from '../auditor/books-reader.ts';
import type { Books } from '../auditor/observations.ts';
import { environmentWith, freshDirectory, projectDirectory } from '../server.ts';
import type { Target } from '../target.ts';
import { verifyFolder } from '../verify-folder.ts';
import { type ScenarioName, scenarioFile, scenarios } from './catalogue.ts';
import type { K6Program } from './find.ts';
import { factsOf, judgeUnits, type UnitVerdict } from './judge.ts';
import { type K6Metrics, readMetrics } from './metrics.ts';

export interface K6Options {
  readonly k6: K6Program;
  readonly scenario: ScenarioName;
  readonly settings: Readonly<Record<string, string>>;
  readonly target: Target;
  readonly progress: (line: string) => void;
  readonly stopped?: AbortSignal;
}

export interface K6Outcome {
  readonly run: string;
  readonly metrics: K6Metrics;
  readonly thresholdsOk: boolean;
  readonly units: UnitVerdict;
  /** What `verify` found in the folder of our own server; null: it was somebody else's. */
  readonly verified: { readonly ok: boolean; readonly output: string } | null;
  readonly ok: boolean;
}

/** k6 could not play the scenario to its end: neither a good nor a bad verdict. */
export class K6Failed extends Error {
  override readonly name = 'K6Failed';
}

/** k6's exit code when a threshold was crossed, and nothing else was wrong. */
const thresholdsCrossed = 99;
const outputKeptBytes = 64 * 1024;

export async function runScenario(options: K6Options): Promise<K6Outcome> {
  const { scenario, settings, target, progress } = options;
  const run = `k6-${Date.now().toString(36)}`; // R1
  const { exitCode, metrics } = await runK6(options, run);
  progress('reading the books');
  const skus = scenarios[scenario].soldSkus(run, settings);
  const books = await Promise.all(skus.map((sku) => booksOf(target, sku)));
  const units = judgeUnits(factsOf(metrics), books);
  const verified = await verifyOwn(target, progress);
  const thresholdsOk = exitCode === 0;
  const ok = thresholdsOk && units.differences.length === 0 && verified?.ok !== false;
  return { run, metrics, thresholdsOk, units, verified, ok };
}

async function booksOf({ url, secretKey }: Target, sku: string): Promise<Books> {
  const { levels, movements } = await readSettledBooks({ url, secretKey }, sku);
  return { levels, movements, holds: new Map() };
}

async function verifyOwn({ own }: Target, progress: (line: string) => void): Promise<K6Outcome['verified']> {
  if (own === null) return null;
  progress('stopping the server; verifying its folder');
  await own.server.stop();
  const { exitCode, output } = await verifyFolder(own.server.dataDirectory, own.server.environment);
  return { ok: exitCode === 0, output };
}

async function runK6(options: K6Options, run: string): Promise<{ readonly exitCode: number; readonly metrics: K6Metrics }> {
  const folder = await freshDirectory();
  const file = join(folder, 'summary.json');
  try {
    const { exitCode, output } = await spawnK6(options, run, file);
    const json = await readFile(file, 'utf8').catch(() => null);
    if (json === null || (exitCode !== 0 && exitCode !== thresholdsCrossed))
      throw new K6Failed(`k6 ended with ${exitCode} before the scenario did. It said:\n${output.trim()}`);
    return { exitCode, metrics: readMetrics(json) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function spawnK6({ k6, scenario, settings, target, progress, stopped }: K6Options, run: string, summaryFile: string) {
  const told = {
    ...settings,
    ONHAND_URL: target.url,
    ONHAND_PUBLISHABLE_KEY: target.publishableKey,
    ONHAND_SECRET_KEY: target.secretKey,
    ONHAND_RUN: run,
  };
  // Without an address k6 opens no port of its own: several may run at once.
  const flags = ['--address', '', '--no-usage-report', '--no-color', '--summary-export', summaryFile];
  const child = spawn(k6.path, ['run', ...flags, scenarioFile(scenario)], {
    cwd: projectDirectory,
    env: environmentWith(told), // R2
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const interrupt = (): void => void child.kill('SIGINT'); // R3
  stopped?.addEventListener('abort', interrupt, { once: true });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.on('exit', endWithUs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputKeptBytes);
      const running = text.split('\n').findLast((line) => line.startsWith('running ('));
      if (running !== undefined) progress(running);
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  }).finally(() => {
    process.off('exit', endWithUs);
    stopped?.removeEventListener('abort', interrupt);
  });
  return { exitCode, output };
}
