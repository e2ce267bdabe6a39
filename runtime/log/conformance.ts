/**
 * What every log must do, run against the twin in memory and against each real one.
 *
 * What this does not prove: that an acknowledged frame survives a power cut, and how an adapter tells an
 * unknown outcome from a refusal. Each adapter's own tests do.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AppendOutcome, type EncodedFrame, type Log, logStart, LogUnavailable, type Position, type Shard } from './port.ts';

/** Three brokers of 2.9 on a busy machine took more than 15 s to agree on the leader of a stream. */
const servedWithinMs = 30_000;

/** One store of frames, empty at first, and connections to it. */
export interface LogStore extends AsyncDisposable {
  /** A connection of its own, as another process would have it. Ended by whoever opened it. */
  open(): Promise<Log>;
  /** `trim` may keep this many frames more than it must (whole segments are dropped). */
  readonly trimKeepsMax: number;
}

export function frameAfter(position: Position, bytes: Uint8Array | string): EncodedFrame {
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  return { frame: position.frame + 1, hash: createHash('sha256').update(content).digest('hex'), bytes: content };
}

export function positionOf(frame: EncodedFrame): Position {
  return { frame: frame.frame, hash: frame.hash };
}

/** Appends `count` frames to an empty shard and returns them. */
export async function fill(log: Log, shard: Shard, count: number): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  let tail = logStart;
  for (let number = 0; number < count; number++) {
    const frame = frameAfter(tail, `shard ${shard} frame ${number}`);
    expect(await appendOnceServed(log, shard, tail, frame)).toEqual({ kind: 'acked' });
    frames.push(frame);
    tail = positionOf(frame);
  }
  return frames;
}

/** A store that has nobody to write for the moment (brokers that elect a leader) says so for certain, and is asked again. */
async function appendOnceServed(log: Log, shard: Shard, tail: Position, frame: EncodedFrame): Promise<AppendOutcome> {
  return vi.waitUntil(
    async () => {
      const outcome = await log.append(shard, tail, frame);
      return outcome.kind === 'unknown' && outcome.notWritten === true ? null : outcome;
    },
    { timeout: servedWithinMs, interval: 10 },
  );
}

export async function readAll(log: Log, shard: Shard, from = 0): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  for await (const { frame, hash, bytes } of log.read(shard, from)) frames.push({ frame, hash, bytes: Buffer.from(bytes) });
  return frames;
}

/** As `appendOnceServed`: a young leader of a copy may have nobody yet who reads it out. */
async function readOnceServed(log: Log, shard: Shard, from = 0): Promise<EncodedFrame[]> {
  const read = () =>
    readAll(log, shard, from).catch((error: unknown) => {
      if (error instanceof LogUnavailable) return null;
      throw error;
    });
  return vi.waitUntil(read, { timeout: servedWithinMs, interval: 10 });
}

export interface ConformanceOptions {
  /** Whether two may begin a shard at the same moment; else one after the other. */
  readonly beginsAtOnce?: boolean;
}

export function runLogConformance(
  name: string,
  makeStore: () => Promise<LogStore>,
  { beginsAtOnce = true }: ConformanceOptions = {},
): void {
  describe(`${name} keeps the promises of a log`, () => {
    let store: LogStore;
    let log: Log;
    let other: Log;
    let shardsUsed = 0;
    const freshShard = (): Shard => shardsUsed++;

    beforeAll(async () => {
      store = await makeStore();
      log = await store.open();
      other = await store.open();
    });
    afterAll(async () => {
      await log.close();
      await other.close();
      await store[Symbol.asyncDispose]();
    });

    test('an empty shard has its tail at the start and nothing to read', async () => {
      const shard = freshShard();
      expect(await log.tail(shard)).toEqual(logStart);
      expect(await readOnceServed(log, shard)).toEqual([]);
      await log.trim(shard, 10);
      expect(await log.tail(shard)).toEqual(logStart);
    });

    test('frames form one dense chain that reads back in order, byte for byte, from any point', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 150);
      expect(await log.tail(shard)).toEqual(positionOf(written.at(-1)!));
      for (const from of [0, 1, 75, 149]) expect(await readOnceServed(other, shard, from)).toEqual(asRead(written.slice(from)));
      expect(await readOnceServed(other, shard, 150)).toEqual([]);
    });

    test('every value of a byte comes back, and what the caller does to its buffer afterwards changes nothing', async () => {
      const shard = freshShard();
      const bytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
      const frame = frameAfter(logStart, bytes);
      const kept = Buffer.from(bytes);
      expect(await log.append(shard, logStart, frame)).toEqual({ kind: 'acked' });
      bytes.fill(7);
      const [read] = await readOnceServed(log, shard);
      expect(Buffer.from(read!.bytes).equals(kept)).toBe(true);
    });

    test('the largest frames fit, also several of them in a row', async () => {
      const shard = freshShard();
      let tail = logStart;
      for (let number = 0; number < 20; number++) {
        const frame = frameAfter(tail, Buffer.alloc(256 * 1024, number));
        expect(await log.append(shard, tail, frame)).toEqual({ kind: 'acked' });
        tail = positionOf(frame);
      }
      const read = await readOnceServed(log, shard);
      expect(read.map(({ bytes }) => [bytes.byteLength, bytes[0], bytes[262_143]])).toEqual(
        Array.from({ length: 20 }, (_, number) => [262_144, number, number]),
      );
    });

    test('an append that expects another tail is stale and writes nothing', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 3);
      const [first, second, third] = written.map(positionOf) as [Position, Position, Position];
      const stale = { kind: 'stale' };
      expect(await log.append(shard, logStart, frameAfter(logStart, 'again from the start'))).toEqual(stale);
      expect(await log.append(shard, first, frameAfter(first, 'in the middle'))).toEqual(stale);
      expect(await log.append(shard, second, frameAfter(second, 'before the last'))).toEqual(stale);
      expect(await log.append(shard, { ...third, hash: first.hash }, frameAfter(third, 'another past'))).toEqual(stale);
      const ahead = { frame: 7, hash: third.hash };
      expect(await log.append(shard, ahead, frameAfter(ahead, 'leaving a gap'))).toEqual(stale);
      expect(await readOnceServed(log, shard)).toEqual(asRead(written));
    });

    test('a first frame that expects a past is stale on an empty shard', async () => {
      const shard = freshShard();
      const past = { frame: 4, hash: 'ab'.repeat(32) };
      expect(await log.append(shard, past, frameAfter(past, 'no such past'))).toEqual({ kind: 'stale' });
      expect(await log.tail(shard)).toEqual(logStart);
    });

    test('of two writers that race for the same place exactly one wins, 300 times', async () => {
      const shard = freshShard();
      let tail = positionOf((await fill(log, shard, 1))[0]!);
      for (let round = 0; round < 300; round++) {
        const frames = [frameAfter(tail, `one ${round}`), frameAfter(tail, `other ${round}`)] as const;
        const outcomes = await Promise.all([log.append(shard, tail, frames[0]), other.append(shard, tail, frames[1])]);
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['acked', 'stale']);
        tail = positionOf(outcomes[0].kind === 'acked' ? frames[0] : frames[1]);
        expect(await log.tail(shard)).toEqual(tail);
      }
      expect((await readOnceServed(log, shard)).map(({ frame }) => frame)).toEqual(Array.from({ length: 301 }, (_, frame) => frame));
    });

    test(`of two who begin a shard ${beginsAtOnce ? 'at once' : 'one after the other'} exactly one wins`, async () => {
      for (let round = 0; round < 10; round++) {
        const shard = freshShard();
        const frames = [frameAfter(logStart, `one ${round}`), frameAfter(logStart, `other ${round}`)] as const;
        const first = log.append(shard, logStart, frames[0]);
        if (!beginsAtOnce) await first;
        const outcomes = await Promise.all([first, other.append(shard, logStart, frames[1])]);
        expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['acked', 'stale']);
        expect(await log.tail(shard)).toEqual(positionOf(outcomes[0].kind === 'acked' ? frames[0] : frames[1]));
      }
    });

    test('a reader that leaves in the middle of many frames disturbs nobody', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 600);
      for await (const { frame } of other.read(shard, 0)) if (frame === 320) break;
      expect(await readOnceServed(other, shard, 100)).toEqual(asRead(written.slice(100)));
    });

    test('a fenced writer that repeats its last append is refused, however often', async () => {
      const shard = freshShard();
      const [first] = await fill(log, shard, 1);
      const last = frameAfter(positionOf(first!), 'the last of the old owner');
      expect(await log.append(shard, positionOf(first!), last)).toEqual({ kind: 'acked' });
      const epoch = frameAfter(positionOf(last), 'the new owner takes over');
      expect(await other.append(shard, positionOf(last), epoch)).toEqual({ kind: 'acked' });
      for (let attempt = 0; attempt < 3; attempt++) expect(await log.append(shard, positionOf(first!), last)).toEqual({ kind: 'stale' });
      expect(await log.tail(shard)).toEqual(positionOf(epoch));
    });

    test('many shards are written side by side and do not see each other', async () => {
      const shards = Array.from({ length: 16 }, freshShard);
      const written = await Promise.all(shards.map((shard) => fill(log, shard, 40)));
      for (const [index, shard] of shards.entries()) expect(await readOnceServed(other, shard)).toEqual(asRead(written[index]!));
    });

    test('a read ends at the tail as it was when asked', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 5);
      const seen: number[] = [];
      for await (const { frame } of log.read(shard, 0)) {
        seen.push(frame);
        if (frame === 0) await log.append(shard, positionOf(written[4]!), frameAfter(positionOf(written[4]!), 'after the read began'));
      }
      expect(seen).toEqual([0, 1, 2, 3, 4]);
      expect((await log.tail(shard)).frame).toBe(5);
    });

    test('a trim drops only what is below, and the chain goes on', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 100);
      await log.trim(shard, 60);
      const left = await readOnceServed(log, shard);
      expect(left[0]!.frame).toBeGreaterThanOrEqual(60 - store.trimKeepsMax);
      expect(left[0]!.frame).toBeLessThanOrEqual(60);
      expect(left).toEqual(asRead(written.slice(left[0]!.frame)));
      await log.trim(shard, 10);
      expect(await readOnceServed(log, shard)).toEqual(left);
      const tail = positionOf(written.at(-1)!);
      expect(await log.append(shard, tail, frameAfter(tail, 'after the trim'))).toEqual({ kind: 'acked' });
      expect(await log.append(shard, logStart, frameAfter(logStart, 'a second beginning'))).toEqual({ kind: 'stale' });
    });

    test('the last frame of a shard always stays', async () => {
      const shard = freshShard();
      const written = await fill(log, shard, 50);
      await log.trim(shard, 1_000_000);
      const left = await readOnceServed(log, shard);
      expect(left.length).toBeLessThanOrEqual(store.trimKeepsMax + 1);
      expect(left.at(-1)).toEqual(asRead(written).at(-1));
      expect(await log.tail(shard)).toEqual(positionOf(written.at(-1)!));
    });

    test('the clock of the store is in whole milliseconds and does not run backwards', async () => {
      const first = await log.now();
      const second = await other.now();
      expect(Number.isSafeInteger(first)).toBe(true);
      expect(second).toBeGreaterThanOrEqual(first);
    });

    test('room that is told grows with what is written', async () => {
      if (log.room === undefined) return;
      const before = await log.room();
      const shard = freshShard();
      const frame = frameAfter(logStart, Buffer.alloc(100_000, 1));
      const outcome: AppendOutcome = await log.append(shard, logStart, frame);
      expect(outcome).toEqual({ kind: 'acked' });
      const after = await log.room();
      expect(after.usedBytes).toBeGreaterThanOrEqual(before.usedBytes + 100_000);
      expect(after.maxBytes).toBeGreaterThan(after.usedBytes);
    });
  });
}

function asRead(frames: readonly EncodedFrame[]): EncodedFrame[] {
  return frames.map(({ frame, hash, bytes }) => ({ frame, hash, bytes: Buffer.from(bytes) }));
}
