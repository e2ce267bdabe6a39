/**
 * Runs `wrk` with one of our scripts and reads what it came to. One thread: the machine's other core is for the server,
 * and one thread of wrk asks for more than one Node process can answer.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EffortMeter } from '../../measure/effort.ts';
import { projectDirectory } from '../../server.ts';
import type { HttpPress, HttpWork, Pressed } from './press.ts';

export interface Wrk {
  readonly path: string;
  readonly version: string;
}

export const howToGetWrk = 'On Debian or Ubuntu: apt-get install -y wrk.';

const answerTimeoutSeconds = 10;
const endGraceMs = 30_000;
const meterEveryMs = 500;
const outputKeptBytes = 64 * 1024;
let found: Wrk | null | undefined;

/** Looked for once: null where there is none. */
export function findWrk(): Wrk | null {
  if (found === undefined) {
    const { error, stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
    found = error === undefined ? { path: 'wrk', version: /wrk (\S+)/.exec(stdout)?.[1] ?? 'of unknown version' } : null;
  }
  return found;
}

export async function pressWithWrk(work: HttpWork, { url, connections, seconds }: HttpPress): Promise<Pressed> {
  const wrk = findWrk();
  if (wrk === null) throw new Error(`wrk is not installed. ${howToGetWrk}`);
  const script = join(projectDirectory, 'load-tests', 'bench', 'wrk', work.script);
  const flags = ['-t', '1', '-c', String(connections), '-d', `${Math.max(1, Math.round(seconds))}s`];
  const timeout = ['--timeout', `${answerTimeoutSeconds}s`];
  const { output, cores } = await runToEnd(wrk.path, [...flags, ...timeout, '-s', script, url, '--', ...work.words], seconds);
  return { ...readReport(output), generatorCores: cores };
}

function runToEnd(
  path: string,
  words: readonly string[],
  seconds: number,
): Promise<{ readonly output: string; readonly cores: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1_000 + endGraceMs, killSignal: 'SIGKILL' });
    const effort = new EffortMeter(child.pid ?? null);
    let cores: number | null = null;
    const meter = setInterval(() => (cores = effort.read().serverCores ?? cores), meterEveryMs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-outputKeptBytes)));
    }
    child.once('error', (error) => {
      clearInterval(meter);
      reject(error);
    });
    child.once('close', (code) => {
      clearInterval(meter);
      if (code === 0) resolve({ output, cores });
      else reject(new Error(`wrk ended with ${code ?? 'a signal'}:\n${output.trim()}`));
    });
  });
}

interface Report {
  readonly answers: number;
  readonly refused: number;
  readonly broken: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Of a line `BENCH {json}` as report.lua writes it. */
export function readReport(output: string): Omit<Pressed, 'generatorCores'> {
  const line = output.split('\n').find((one) => one.startsWith('BENCH {'));
  if (line === undefined) throw new Error(`wrk did not report:\n${output.trim()}`);
  const { answers, refused, broken, seconds, p50Ms, p99Ms } = JSON.parse(line.slice('BENCH '.length)) as Report;
  const done = answers - refused; // G1
  return { done, refused, failed: broken, seconds, perSecond: done / seconds, p50Ms, p99Ms };
}
