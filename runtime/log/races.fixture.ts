/** Two writers for one place on three copies, and where the chain then goes on. */
import { connect } from '@nats-io/transport-node';
import { expect, vi } from 'vitest';
import { startNats } from '../../engines/nats/index.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { fill, frameAfter, positionOf, readAll } from './conformance.ts';
import { JetStreamLog } from './jetstream.ts';
import { type AppendOutcome, type EncodedFrame, LogUnavailable, type Position } from './port.ts';

export interface Races {
  readonly rounds: number;
  /** In every round the leader of the stream is asked to step down while both are writing. */
  readonly restless: boolean;
}

/** Short: a leader that has just stepped down says nothing. */
const appendTimeoutMs = 400;

export async function expectNoFork({ rounds, restless }: Races): Promise<void> {
  using folder = temporaryFolder();
  await using nats = await startNats({ dataDir: folder.path, replicas: 3 });
  const open = (server: number) =>
    JetStreamLog.open({ url: nats.servers[server]!.url, replicas: 3, ...(restless ? { appendTimeoutMs } : {}) });
  const writers = [await open(0), await open(1)] as const;
  const connection = await connect({ servers: nats.servers.map(({ port }) => `127.0.0.1:${port}`) });
  let tail = positionOf((await fill(writers[0], 0, 1))[0]!);
  for (let round = 0; round < rounds; round++) {
    const frames = [frameAfter(tail, `one ${round}`), frameAfter(tail, `other ${round}`)] as const;
    const racing = Promise.all(writers.map((writer, index) => writer.append(0, tail, frames[index]!)));
    if (restless) await connection.request('$JS.API.STREAM.LEADER.STEPDOWN.ONHAND_LOG_0', '').catch(() => undefined);
    tail = await settled(writers[0], tail, frames, await racing, round);
  }
  expect((await readOnceServed(writers[1], 0)).at(-1)!.hash).toBe(tail.hash);
  await Promise.all([writers[0].close(), writers[1].close(), connection.close()]);
}

/** Brokers that elect a leader cannot be read, and say so. */
function readOnceServed(log: JetStreamLog, from: number): Promise<EncodedFrame[]> {
  return vi.waitUntil(
    () =>
      readAll(log, 0, from).catch((error: unknown) => {
        if (error instanceof LogUnavailable) return null;
        throw error;
      }),
    { timeout: 30_000, interval: 50 },
  );
}

/** Where the chain goes on: at the winner, or, where nobody heard, at whatever a barrier finds. */
async function settled(
  log: JetStreamLog,
  from: Position,
  frames: readonly EncodedFrame[],
  outcomes: readonly AppendOutcome[],
  round: number,
): Promise<Position> {
  const winners = frames.filter((_, index) => outcomes[index]!.kind === 'acked');
  expect(winners.length, `round ${round}: ${JSON.stringify(outcomes)}`).toBeLessThan(2);
  if (winners.length === 1) return positionOf(winners[0]!);
  for (let attempt = 0; attempt < 200; attempt++) {
    const barrier = frameAfter(from, `barrier ${round} ${attempt}`);
    const outcome = await log.append(0, from, barrier);
    if (outcome.kind === 'acked') return positionOf(barrier);
    const [there] = outcome.kind === 'stale' ? await readOnceServed(log, from.frame + 1) : [];
    if (there !== undefined) return positionOf(there);
    await new Promise((resolve) => setTimeout(resolve, 50)); // until there is a leader again
  }
  throw new Error(`round ${round} was not settled`);
}
