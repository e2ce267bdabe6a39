/**
 * A flash sale during which the server is killed with SIGKILL again and again, on one data folder, and
 * started again at once. The buyers know nothing of it: they meet closed connections and refused ones,
 * and send again under the same keys. The judge is the same as ever.
 *
 * K1. The moments are drawn from the seed, after the server is ready and has acknowledged something.
 * K2. Nothing is cleaned up between two lives but by the server itself.
 *
 * Proves what survives the death of the server's process. Does not prove what survives a power cut: the
 * operating system, and Postgres unless the server's death takes it along, live on.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type FlashSaleOutcome, runFlashSale } from '../flash-sale/run.ts';
import { makeRandom } from '../random.ts';
import { type ServerUnderTest, projectDirectory } from '../server.ts';

export interface KilledSaleOptions {
  readonly kills: number;
  readonly seed: number;
  readonly stock: number;
  readonly ratePerSecond: number;
  readonly sockets: number;
  readonly progress: (line: string) => void;
}

export interface KilledSaleOutcome {
  readonly sale: FlashSaleOutcome;
  /** From each restart until /readyz. */
  readonly readyAfterMs: readonly number[];
  /** Holds and commits acknowledged up to each kill. */
  readonly acknowledgedAtKill: readonly number[];
}

/** Buyers are planned for so long; the doors close when the kills are over. */
const salesSecondsMax = 300;
const patienceMs = 300_000;
const lifeMsMin = 150;
const lifeMsMax = 1_500;
const pollMs = 5;
const trafficWithinMs = 20_000;

export async function runKilledSale(server: ServerUnderTest, options: KilledSaleOptions): Promise<KilledSaleOutcome> {
  const store = (await server.keys())[0];
  if (store === undefined) throw new Error('the server has no store');
  const doors = new AbortController();
  let acknowledged = 0;
  const sale = runFlashSale({
    buyers: options.ratePerSecond * salesSecondsMax,
    stock: options.stock,
    seed: options.seed,
    ratePerSecond: options.ratePerSecond,
    socketsMax: options.sockets,
    url: server.url,
    publishableKey: store.publishableKey,
    secretKey: store.secretKey,
    serverPid: null,
    connectionsMax: 64,
    patienceMs,
    progress: options.progress,
    doorsClose: doors.signal,
    onAcknowledged: () => {
      acknowledged += 1;
    },
  });
  const killing = killAgainAndAgain(server, options, () => acknowledged).finally(() => doors.abort());
  const [outcome, kills] = await Promise.all([sale, killing]);
  return { sale: outcome, ...kills };
}

async function killAgainAndAgain(server: ServerUnderTest, options: KilledSaleOptions, acknowledged: () => number) {
  const random = makeRandom(options.seed, 1);
  const readyAfterMs: number[] = [];
  const acknowledgedAtKill: number[] = [];
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await untilMore(acknowledged); // K1
    await new Promise((resolve) => setTimeout(resolve, random.between(lifeMsMin, lifeMsMax)));
    acknowledgedAtKill.push(acknowledged());
    await server.kill();
    const started = await server.start(); // K2
    readyAfterMs.push(Math.round(started.readyAfterMs));
    options.progress(
      `kill ${kill} of ${options.kills}: ${acknowledgedAtKill.at(-1)} acknowledged before it, ready again after ${readyAfterMs.at(-1)} ms`,
    );
  }
  return { readyAfterMs, acknowledgedAtKill };
}

/** The kill shall hit a server that works, not one that waits. */
async function untilMore(acknowledged: () => number): Promise<void> {
  const before = acknowledged();
  for (let waitedMs = 0; waitedMs < trafficWithinMs; waitedMs += pollMs) {
    if (acknowledged() > before) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`nothing was acknowledged within ${trafficWithinMs} ms; ${before} before that`);
}

/** `onhand verify` on the folder of a stopped server. */
export async function verifyFolder(dataDirectory: string): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(projectDirectory, 'commands', 'main.ts'), 'verify', '--data', dataDirectory],
    {
      cwd: projectDirectory,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 2));
  });
  return { exitCode, output };
}
