/**
 * Two writers for one place on three copies for some hundred rounds while leaders step down (L1), and why an append
 * expects the last sequence of the *stream* (J1): the expectation per subject lets both in.
 *
 * What this does not prove: that a server of another version is as careless, or as careful.
 */
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NatsServers, startNats } from '../../engines/nats/index.ts';
import { temporaryFolder, type TemporaryFolder } from '../../testing/temporary-folder.ts';
import { eventually } from '../../testing/until.ts';
import { systemClock } from '../clock.ts';
import { appendSettled } from '../shard/append.ts';
import { fill, frameAfter, positionOf, readAll } from './conformance.ts';
import { JetStreamLog } from './jetstream.ts';
import type { EncodedFrame, Position } from './port.ts';

const rounds = 100;
const appendTimeoutMs = 500;
/** Writers that a busy machine keeps apart do not meet; usually the first hundred races are enough. */
const racesPerSubjectMax = 5_000;

let folder: TemporaryFolder;
let nats: NatsServers;
let connection: NatsConnection;

beforeAll(async () => {
  folder = temporaryFolder();
  nats = await startNats({ dataDir: folder.path, replicas: 3 });
  connection = await connect({ servers: nats.servers.map(({ port }) => `127.0.0.1:${port}`) });
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
  folder[Symbol.dispose]();
});

/** Appends as a shard does, until the fate of the frame is known. */
function settle(log: JetStreamLog, expected: Position, frame: EncodedFrame, who: string) {
  let barriers = 0;
  const barrier = (after: Position) => frameAfter(after, `barrier ${barriers++} of ${who} after ${after.hash}`);
  const deps = { log, shard: 0, clock: systemClock, retryMs: 50, halted: () => false, onUnknown: () => {}, barrier };
  return appendSettled(deps, expected, frame);
}

test(`while leaders step down, of two writers exactly one has the place, ${rounds} times, and both agree on who`, async () => {
  const open = (server: number) => JetStreamLog.open({ url: nats.servers[server]!.url, replicas: 3, appendTimeoutMs });
  const writers = [await open(0), await open(1)] as const;
  const landed: string[] = [];
  let tail = positionOf((await fill(writers[0], 0, 1))[0]!);
  for (let round = 0; round < rounds; round++) {
    const frames = [frameAfter(tail, `one ${round}`), frameAfter(tail, `other ${round}`)] as const;
    const racing = Promise.all([settle(writers[0], tail, frames[0], 'one'), settle(writers[1], tail, frames[1], 'other')]);
    await connection.request('$JS.API.STREAM.LEADER.STEPDOWN.ONHAND_LOG_0', '').catch(() => undefined);
    const verdicts = await racing;
    const told = `round ${round}: ${JSON.stringify(verdicts)}`;
    const holders = verdicts.filter(({ kind }) => kind === 'landed' || kind === 'absent');
    expect(holders.length, told).toBe(1); // the place has one frame: a writer's own, or its barrier
    for (const [index, verdict] of verdicts.entries()) {
      if (verdict.kind === 'landed') tail = positionOf(frames[index]!);
      if (verdict.kind === 'absent') tail = verdict.tail;
    }
    landed.push(tail.hash);
  }
  expect((await readAll(writers[1], 0)).slice(1).map(({ hash }) => hash)).toEqual(landed);
  await Promise.all(writers.map((writer) => writer.close()));
});

test('the expectation per subject lets both writers in on three copies of 2.9, which is why it is not used', async ({ skip }) => {
  if (!nats.version.startsWith('2.9.')) skip(`seen on 2.9; this is ${nats.version}`);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'PER_SUBJECT', subjects: ['per.subject'], num_replicas: 3 });
  const others = await Promise.all(
    nats.servers.slice(0, 2).map(({ port }) => connect({ servers: `127.0.0.1:${port}`, noRandomize: true, ignoreClusterUpdates: true })),
  );
  for (const other of others)
    await eventually('the young stream is heard of', () =>
      other.request('per.subject', 'hello').then(
        () => true,
        () => false,
      ),
    );
  let bothIn = 0;
  let last = (await manager.streams.info('PER_SUBJECT')).state.last_seq;
  for (let race = 0; race < racesPerSubjectMax && bothIn === 0; race++) {
    const sent = headers();
    sent.set('Nats-Expected-Last-Subject-Sequence', `${last}`);
    const answers = await Promise.all(others.map((other) => other.request('per.subject', 'x', { headers: sent, timeout: 5_000 })));
    const sequences = answers.map((answer) => answer.json<{ seq?: number; error?: unknown }>()).filter(({ error }) => error === undefined);
    if (sequences.length === 2) bothIn += 1;
    last = Math.max(last, ...sequences.map(({ seq }) => seq ?? 0));
  }
  await Promise.all(others.map((other) => other.close()));
  expect(bothIn).toBeGreaterThan(0);
});
