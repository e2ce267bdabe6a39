/**
 * The log on JetStream when its broker is paused, killed, emptied, filled, or set up wrongly by somebody.
 *
 * What this does not prove: how a node behaves meanwhile (testing/faults), and power cuts.
 */
import { DiscardPolicy, jetstreamManager, type StreamConfig, StorageType } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type NatsServers, startNats } from '../../engines/nats/index.ts';
import { temporaryFolder, type TemporaryFolder } from '../../testing/temporary-folder.ts';
import { until } from '../../testing/until.ts';
import { systemClock } from '../clock.ts';
import { appendSettled } from '../shard/append.ts';
import { fill, frameAfter, positionOf, readAll } from './conformance.ts';
import { JetStreamLog, type JetStreamLogOptions } from './jetstream.ts';
import { type EncodedFrame, LogMisconfigured, type Log, logStart, LogUnavailable, type Position } from './port.ts';

let folder: TemporaryFolder;
let nats: NatsServers;
let prefixes = 0;

beforeAll(async () => {
  folder = temporaryFolder();
  nats = await startNats({ dataDir: folder.path, replicas: 1 });
});
afterAll(async () => {
  await nats.stop();
  folder[Symbol.dispose]();
});

/** A log of its own on the common server. */
async function openLog(options: Partial<JetStreamLogOptions> = {}) {
  const namePrefix = options.namePrefix ?? `LOG${prefixes++}`;
  const log = await JetStreamLog.open({ url: nats.url, namePrefix, ...options });
  return { log, namePrefix, [Symbol.asyncDispose]: () => log.close() };
}

/** What an administrator does by hand. */
async function byHand<T>(act: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: nats.servers.map(({ port }) => `127.0.0.1:${port}`) });
  try {
    return await act(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

/** Appends as a shard does; `onUnknown` learns of every answer that said nothing. */
function settle(log: Log, expected: Position, frame: EncodedFrame, onUnknown: () => void = () => {}) {
  let barriers = 0;
  const deps = {
    log,
    shard: 0,
    clock: systemClock,
    retryMs: 50,
    halted: () => false,
    onUnknown,
    barrier: (after: Position) => frameAfter(after, `barrier ${barriers++}`),
  };
  return appendSettled(deps, expected, frame);
}

test('an append while the broker is paused is unknown, and settled rightly once it goes on', async () => {
  await using opened = await openLog({ appendTimeoutMs: 300 });
  const { log } = opened;
  let tail = positionOf((await fill(log, 0, 3)).at(-1)!);
  for (let round = 0; round < 5; round++) {
    const frame = frameAfter(tail, `round ${round}`);
    let unknowns = 0;
    nats.servers[0]!.pause();
    const verdict = await settle(log, tail, frame, () => {
      unknowns += 1;
      nats.servers[0]!.resume();
    });
    expect(unknowns).toBeGreaterThan(0);
    expect(['landed', 'absent']).toContain(verdict.kind);
    const [there] = await readAll(log, 0, frame.frame);
    expect(there!.hash === frame.hash).toBe(verdict.kind === 'landed');
    tail = verdict.kind === 'absent' ? verdict.tail : positionOf(frame);
    expect(await log.tail(0)).toEqual(tail);
  }
  expect((await readAll(log, 0)).map(({ frame }) => frame)).toEqual(Array.from({ length: tail.frame + 1 }, (_, frame) => frame));
});

test('an append cut off by the death of the broker is settled, and every acknowledged frame is there when it is back', async () => {
  await using opened = await openLog({ appendTimeoutMs: 1_000 });
  const { log } = opened;
  const written = await fill(log, 0, 200);
  const tail = positionOf(written.at(-1)!);
  const frame = frameAfter(tail, 'under way');
  nats.servers[0]!.pause();
  const settled = settle(log, tail, frame);
  await nats.servers[0]!.kill();
  await nats.servers[0]!.start();
  const verdict = await settled;
  expect(['landed', 'absent']).toContain(verdict.kind);
  const read = await readAll(log, 0);
  expect(read.slice(0, 200).map(({ hash }) => hash)).toEqual(written.map(({ hash }) => hash));
  expect(read[200]!.hash === frame.hash).toBe(verdict.kind === 'landed');
});

test('a broker that is away: appends are known not to be written, questions say that the log is away', async () => {
  await using opened = await openLog({ appendTimeoutMs: 500 });
  const { log } = opened;
  const [first] = await fill(log, 0, 1);
  await nats.servers[0]!.kill();
  await until(
    'an append that was not written',
    () => log.append(0, positionOf(first!), frameAfter(positionOf(first!), 'second')),
    (outcome) => outcome.kind === 'unknown' && outcome.notWritten === true,
  );
  await expect(log.tail(0)).rejects.toThrow(LogUnavailable);
  await expect(readAll(log, 0)).rejects.toThrow(LogUnavailable);
  await expect(log.now()).rejects.toThrow(LogUnavailable);
  await nats.servers[0]!.start();
  await until(
    'the tail again',
    () => log.tail(0).catch(() => null),
    (tail) => tail?.hash === first!.hash,
  );
  expect(await log.now()).toBeGreaterThan(0);
});

test('a read that is under way when the broker dies ends with an error, in bounded time', async () => {
  await using opened = await openLog({ appendTimeoutMs: 1_000 });
  const { log } = opened;
  await fill(log, 0, 2_000);
  const seen: number[] = [];
  const reading = async () => {
    for await (const { frame } of log.read(0, 0)) {
      seen.push(frame);
      if (frame === 500) await nats.servers[0]!.kill();
    }
  };
  await expect(reading()).rejects.toThrow(LogUnavailable);
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, frame) => frame));
  await nats.servers[0]!.start();
});

test('a stream that is gone is not made anew under an owner who expects frames in it (J3)', async () => {
  await using opened = await openLog();
  const { log, namePrefix } = opened;
  const tail = positionOf((await fill(log, 0, 5)).at(-1)!);
  await byHand((manager) => manager.streams.delete(`${namePrefix}_0`));
  expect(await log.append(0, tail, frameAfter(tail, 'the sixth'))).toEqual({ kind: 'stale' });
  expect(await log.tail(0)).toEqual(logStart);
  expect(await byHand((manager) => manager.streams.names(`${namePrefix.toLowerCase()}.0`).next())).toEqual([]);
});

test.each([
  ['throws away its oldest frames when full', { discard: DiscardPolicy.Old }],
  ['throws away what is old', { max_age: 3_600_000_000_000 }],
  ['keeps frames in memory only', { storage: StorageType.Memory }],
  ['keeps only so many frames', { max_msgs: 1_000 }],
] satisfies [string, Partial<StreamConfig>][])('a stream that %s is refused in words', async (_, settings) => {
  const namePrefix = `LOG${prefixes++}`;
  const safe = { discard: DiscardPolicy.New, deny_delete: true };
  await byHand((manager) =>
    manager.streams.add({ name: `${namePrefix}_1`, subjects: [`${namePrefix.toLowerCase()}.1`], ...safe, ...settings }),
  );
  const refusal = await JetStreamLog.open({ url: nats.url, namePrefix, shardCount: 2 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogMisconfigured);
  expect(String(refusal)).toContain(`${namePrefix}_1`);
  expect(String(refusal)).toContain(Object.keys(settings)[0]!);
});

test('frames that begin anywhere fill an empty shard, and the chain goes on from there', async () => {
  await using opened = await openLog();
  const { log } = opened;
  const frames: EncodedFrame[] = [];
  for (let after: Position = { frame: 39, hash: 'ab'.repeat(32) }; frames.length < 20; after = positionOf(frames.at(-1)!))
    frames.push(frameAfter(after, `restored ${frames.length}`));
  const restored = async function* () {
    yield* frames;
  };
  const tail = await log.importFrames(0, restored());
  expect(tail).toEqual(positionOf(frames.at(-1)!));
  const next = frameAfter(tail, 'after the restore');
  expect(await log.append(0, tail, next)).toEqual({ kind: 'acked' });
  expect((await readAll(log, 0, 50)).map(({ frame }) => frame)).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
  await using second = await openLog({ namePrefix: opened.namePrefix });
  expect(await second.log.append(0, tail, frameAfter(tail, 'too late'))).toEqual({ kind: 'stale' });
  expect(await second.log.append(0, positionOf(next), frameAfter(positionOf(next), 'in time'))).toEqual({ kind: 'acked' });
  await expect(log.importFrames(0, restored())).rejects.toThrow(LogMisconfigured);
});

test('by its own accounting the log is full at its limit, and has room again after a trim', async () => {
  await using opened = await openLog({ bytesMax: 600_000 });
  await expectFullThenRoom(opened.log, 100_000);
});

test('a store without room says so, and takes frames again after a trim', async () => {
  using ownFolder = temporaryFolder();
  await using small = await startNats({ dataDir: ownFolder.path, replicas: 1, storeBytesMax: 3_000_000 });
  await using opened = await openLog({ url: small.url });
  await expectFullThenRoom(opened.log, 100_000);
});

async function expectFullThenRoom(log: JetStreamLog, frameBytes: number): Promise<void> {
  let tail = logStart;
  for (let number = 0; ; number++) {
    expect(number).toBeLessThan(1_000);
    const frame = frameAfter(tail, Buffer.alloc(frameBytes, number));
    const outcome = await log.append(0, tail, frame);
    if (outcome.kind === 'full') break;
    expect(outcome).toEqual({ kind: 'acked' });
    tail = positionOf(frame);
  }
  expect(tail.frame).toBeGreaterThan(2);
  expect(await log.tail(0)).toEqual(tail);
  await log.trim(0, tail.frame);
  expect((await readAll(log, 0)).map(({ frame }) => frame)).toEqual([tail.frame]);
  const next = frameAfter(tail, 'there is room again');
  await until(
    'room again',
    () => log.append(0, tail, next),
    ({ kind }) => kind === 'acked',
  );
}

test('a broker that cannot be reached is named without its password', async () => {
  const url = 'nats://onhand:do-not-tell@127.0.0.1:1';
  const refusal = await JetStreamLog.open({ url, openWithinMs: 0 }).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LogUnavailable);
  expect(String(refusal)).toContain('127.0.0.1:1');
  expect(String(refusal)).not.toContain('do-not-tell');
});
