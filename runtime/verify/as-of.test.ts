/** The state at an instant is what the frames up to there make of it, wherever they are kept by now. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorId, actorKey } from '../../actors/kernel/index.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { tallyDefinition, type TallyState } from '../../testing/tally-actor.ts';
import { Archive } from '../archive/archive.ts';
import { historyOf } from '../archive/history.ts';
import { encodeFrame } from '../frame/codec.ts';
import { PayloadBuilder } from '../frame/payload.ts';
import { MemoryLog } from '../log/memory.ts';
import { type EncodedFrame, type Log, type LogReader, logStart, type Position } from '../log/port.ts';
import { MemoryMedia } from '../media/memory.ts';
import { beginningOf, shardAsOf } from './as-of.ts';

const names = ['a', 'b', 'c/d', ''];
const start = 1_700_000_000_000;
const definitions = new Map([[tallyDefinition.kind, tallyDefinition]]);

interface WrittenFrame {
  readonly at: number;
  readonly adds: readonly { readonly name: string; readonly n: number }[];
}

const anyFrames = fc
  .array(
    fc.record({
      laterMs: fc.constantFrom(0, 0, 1, 5, 1_000),
      adds: fc.array(fc.record({ name: fc.constantFrom(...names), n: fc.integer({ min: 1, max: 9 }) }), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    let at = start;
    return steps.map(({ laterMs, adds }): WrittenFrame => ({ at: (at += laterMs), adds }));
  });

async function write(log: Log, frames: readonly WrittenFrame[]): Promise<EncodedFrame[]> {
  const written: EncodedFrame[] = [];
  const versions = new Map<string, number>();
  let tail: Position = logStart;
  for (const { at, adds } of frames) {
    const payload = new PayloadBuilder();
    for (const { name, n } of adds) {
      const version = (versions.get(name) ?? 0) + 1;
      versions.set(name, version);
      payload.addEvent(payload.addActor(actorId('tally', 's', name)), version, JSON.stringify({ type: 'added', n }));
    }
    const header = {
      kind: 'events',
      clusterId: '00000000-0000-4000-8000-000000000001',
      incarnation: '00000000-0000-4000-8000-000000000002',
      shard: 0,
      epoch: 1,
      frame: tail.frame + 1,
      at,
      previousHash: tail.hash,
      nonce: '0000000000000001',
    } as const;
    const frame = encodeFrame(header, payload.build());
    expect(await log.append(0, tail, frame)).toEqual({ kind: 'acked' });
    written.push(frame);
    tail = { frame: frame.frame, hash: frame.hash };
  }
  return written;
}

/** Some of it archived, some of that trimmed. */
async function historyWith(frames: readonly WrittenFrame[], archived: number, trimmed: number): Promise<LogReader> {
  const log = new MemoryLog({ clock: new ManualClock() });
  const written = await write(log, frames);
  const archive = new Archive(new MemoryMedia());
  const half = Math.floor(archived / 2);
  let end: Position = logStart;
  for (const part of [written.slice(0, half), written.slice(half, archived)]) if (part.length > 0) end = await archive.add(0, end, part);
  await log.trim(0, Math.min(trimmed, archived));
  return historyOf(log, archive);
}

/** Told from what was written, without a fold. */
function expected(frames: readonly WrittenFrame[], at: number, wanted: (name: string) => boolean): Record<string, object> {
  const counted = frames.flatMap((frame, number) => (frame.at <= at ? frame.adds.map((add) => ({ ...add, number })) : []));
  return Object.fromEntries(
    names.flatMap((name) => {
      const own = counted.filter((add) => add.name === name);
      if (own.length === 0 || !wanted(name)) return [];
      return [[name, { total: own.reduce((sum, { n }) => sum + n, 0), version: own.length, frame: own.at(-1)!.number }]];
    }),
  );
}

async function looked(log: LogReader, at: number, wanted: (name: string) => boolean, upTo?: number) {
  const keys = new Set(names.filter(wanted).map((name) => actorKey(actorId('tally', 's', name))));
  const clock = new ManualClock();
  const request = { log, shard: 0, definitions, clock, at, wanted: (key: string) => keys.has(key) };
  const past = await shardAsOf(upTo === undefined ? request : { ...request, upTo });
  const actors = Object.fromEntries(
    past.actors.map(({ id, state, frame }) => {
      const { total, version } = state as TallyState;
      return [id.id, { total, version, frame }];
    }),
  );
  return { frame: past.frame, actors };
}

test('at any instant the state is the sum of the frames that are not later, wherever they are kept', async () => {
  const cases = fc.asyncProperty(
    anyFrames,
    fc.nat({ max: 30 }),
    fc.nat({ max: 30 }),
    fc.array(fc.integer({ min: -2, max: 30_000 }), { minLength: 1, maxLength: 6 }),
    fc.subarray(names),
    async (frames, archived, trimmed, offsets, chosen) => {
      const log = await historyWith(frames, Math.min(archived, frames.length), trimmed);
      const wanted = (name: string) => chosen.includes(name);
      // also the very instants of frames and their neighbours, where an end is easily missed by one
      const instants = [...offsets.map((offset) => start + offset), frames.at(-1)!.at, frames[Math.floor(frames.length / 2)]!.at - 1];
      for (const at of instants) {
        const frame = frames.filter((written) => written.at <= at).length - 1;
        expect(await looked(log, at, wanted)).toEqual({ frame, actors: expected(frames, at, wanted) });
      }
    },
  );
  await fc.assert(cases, { numRuns: 150 });
});

test('of a running shard nothing counts that is not acknowledged', async () => {
  const frames = [1, 2, 3].map((n) => ({ at: start + n, adds: [{ name: 'a', n }] }));
  const log = await historyWith(frames, 0, 0);
  expect(await looked(log, start + 100, () => true, 1)).toEqual({ frame: 1, actors: { a: { total: 3, version: 2, frame: 1 } } });
});

test('an instant before the first frame has no state; the beginning can be told', async () => {
  const log = await historyWith([{ at: start, adds: [{ name: 'a', n: 1 }] }], 1, 1);
  expect(await looked(log, start - 1, () => true)).toEqual({ frame: -1, actors: {} });
  expect(await beginningOf(log, 0)).toBe(start);
  expect(await beginningOf(log, 1)).toBeNull();
});

test('a long look lets others have their turn', async () => {
  const frames = Array.from({ length: 50 }, (_, n) => ({ at: start + n, adds: [{ name: 'a', n: 1 }] }));
  const log = await historyWith(frames, 0, 0);
  let nowMs = 0;
  let turns = 0;
  const clock = {
    wallMs: () => nowMs,
    monotonicMs: () => (nowMs += 1), // each look at the clock costs a millisecond
    after: (_ms: number, call: () => void) => {
      turns += 1;
      queueMicrotask(call);
      return () => {};
    },
    defer: (call: () => void) => queueMicrotask(call),
  };
  await shardAsOf({ log, shard: 0, definitions, clock, at: start + 1_000, wanted: () => true });
  expect(turns).toBeGreaterThanOrEqual(5);
});
