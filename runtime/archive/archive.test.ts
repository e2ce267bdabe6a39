/** Whatever is interrupted, archive and log together are the chain as it was written. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { encodeFrame } from '../frame/codec.ts';
import { LogDamaged } from '../frame/frame.ts';
import { limits } from '../limits.ts';
import { silentLogger } from '../logger.ts';
import { MemoryLog } from '../log/memory.ts';
import { type EncodedFrame, logStart, type Position } from '../log/port.ts';
import { MemoryMedia } from '../media/memory.ts';
import { MediaUnavailable } from '../media/port.ts';
import type { Checkpoint } from '../rows/port.ts';
import { Archive } from './archive.ts';
import { Archiver } from './archiver.ts';
import { historyOf } from './history.ts';

const day = 24 * 60 * 60 * 1000;

class World {
  readonly clock = new ManualClock();
  readonly log = new MemoryLog({ clock: this.clock, bytesMax: 1_000_000 });
  readonly media = new MemoryMedia();
  readonly written: EncodedFrame[] = [];
  checkpoint: Checkpoint | null = null;
  now = 0;
  /** Told whose checkpoint is asked for. */
  asked: (shard: number) => void = () => {};

  get archive(): Archive {
    return new Archive(this.media); // as a process that has just begun would see it
  }

  archiver(overrides: Partial<Record<keyof typeof limits, number>> = {}, shardCount = 1): Archiver {
    const durableCheckpoint = async (shard: number) => {
      this.asked(shard);
      return this.checkpoint;
    };
    const rows = { durableCheckpoint, now: async () => this.now };
    return new Archiver({
      log: this.log,
      rows,
      archive: this.archive,
      shardCount,
      clock: this.clock,
      limits: { ...limits, archiveSegmentBytes: 1_000, ...overrides },
      logger: silentLogger,
    });
  }

  /** Frames of about 120 bytes, one a second. */
  async write(count: number, at = this.now): Promise<void> {
    let tail: Position = this.written.at(-1) ?? logStart;
    for (let index = 0; index < count; index++) {
      const frame = encodeFrame(
        {
          kind: 'barrier',
          clusterId: '00000000-0000-4000-8000-000000000001',
          incarnation: '00000000-0000-4000-8000-000000000002',
          shard: 0,
          epoch: 1,
          frame: tail.frame + 1,
          at: at + index * 1_000,
          previousHash: tail.hash,
          nonce: '0000000000000001',
        },
        '',
      );
      expect(await this.log.append(0, tail, frame)).toEqual({ kind: 'acked' });
      this.written.push(frame);
      tail = { frame: frame.frame, hash: frame.hash };
    }
  }

  project(frame: number): void {
    this.checkpoint = { frame, hash: this.written[frame]!.hash, epoch: 1 };
  }

  async history(from = 0): Promise<string[]> {
    const hashes: string[] = [];
    for await (const { hash } of historyOf(this.log, this.archive).read(0, from)) hashes.push(hash);
    return hashes;
  }

  async firstInLog(): Promise<number> {
    for await (const { frame } of this.log.read(0, 0)) return frame;
    return -1;
  }

  async framesRead(work: () => Promise<void>): Promise<number> {
    let read = 0;
    const whole = this.log.read.bind(this.log);
    const spy = vi.spyOn(this.log, 'read').mockImplementation(async function* (shard, from) {
      for await (const frame of whole(shard, from)) {
        read += 1;
        yield frame;
      }
    });
    await work();
    spy.mockRestore();
    return read;
  }

  async segmentsOpened(work: () => Promise<void>): Promise<number> {
    const spy = vi.spyOn(this.media, 'get');
    await work();
    const opened = spy.mock.calls.length;
    spy.mockRestore();
    return opened;
  }

  get hashes(): string[] {
    return this.written.map(({ hash }) => hash);
  }
}

test('what rows are written from is archived, and trimmed when it is old; the history stays whole', async () => {
  const world = new World();
  await world.write(100);
  world.project(80);
  world.now = 2 * day;
  await world.archiver().run();
  expect([await world.firstInLog(), (await world.archive.end(0)).frame]).toEqual([0, 80]);
  world.now = 8 * day;
  await world.archiver().run();
  const first = await world.firstInLog();
  expect(first).toBeGreaterThan(70);
  expect(first).toBeLessThanOrEqual(80); // the frame of the checkpoint stays
  expect(await world.history()).toEqual(world.hashes);
  expect(await world.history(50)).toEqual(world.hashes.slice(50));
  expect(await world.history(95)).toEqual(world.hashes.slice(95));
});

test('a segment that is not full waits until its oldest frame is old enough', async () => {
  const world = new World();
  await world.write(5);
  world.project(4);
  world.now = limits.archiveSegmentAgeMs - 1;
  await world.archiver().run();
  expect(await world.archive.segments(0)).toEqual([]);
  world.now = limits.archiveSegmentAgeMs;
  await world.archiver().run();
  expect(await world.archive.segments(0)).toEqual([{ shard: 0, first: 0, last: 4 }]);
});

test('a shard with little in its log is left alone until a segment is likely to be full, or old (T4)', async () => {
  const world = new World();
  await world.write(5);
  world.project(4);
  const archiver = world.archiver({ archiveSegmentAgeMs: 60_000, logRetentionMs: 2 * day });
  expect(await world.framesRead(() => archiver.run())).toBe(5 + 1); // one to see where the log begins
  expect(await world.framesRead(() => archiver.run())).toBe(1);
  await world.write(10, 5_000);
  world.project(14);
  await world.framesRead(() => archiver.run());
  const [full] = await world.archive.segments(0);
  expect(full!.last).toBeLessThan(14); // 1,000 bytes are about eight frames
  world.now = 80_000;
  expect(await world.framesRead(() => archiver.run())).toBe(14 - full!.last + 1); // old now
  expect((await world.archive.end(0)).frame).toBe(14);
});

test('a segment is opened again when its frames are old enough to be trimmed, not at every turn (T4)', async () => {
  const world = new World();
  await world.write(100);
  world.project(90);
  const archiver = world.archiver();
  expect(await world.segmentsOpened(() => archiver.run())).toBe(0);
  expect(await world.segmentsOpened(() => archiver.run())).toBe(0);
  world.now = 30 * day;
  expect(await world.segmentsOpened(() => archiver.run())).toBeGreaterThan(5);
  expect(await world.firstInLog()).toBeGreaterThan(50);
});

test('where the log drops whole pieces, segments are opened when a piece goes, and then all of it (T1, T4)', async () => {
  const world = new World();
  await world.write(100);
  world.project(90);
  const piece = 60;
  const reach = (below: number) => Math.floor(below / piece) * piece;
  const exact = world.log.trim.bind(world.log);
  Object.assign(world.log, {
    trimReach: async (below: number) => reach(below),
    trim: (shard: number, below: number) => exact(shard, reach(below)),
  });
  const archiver = world.archiver({ logRetentionMs: 7 * day, archiveSegmentAgeMs: 1 });
  await archiver.run();
  world.now = 7 * day + 40_000; // the first forty frames, one a second, are old enough
  expect(await world.segmentsOpened(() => archiver.run())).toBe(0);
  expect(await world.firstInLog()).toBe(0);
  world.now = 30 * day;
  expect(await world.segmentsOpened(() => archiver.run())).toBeGreaterThanOrEqual(6); // about eight frames each
  expect(await world.firstInLog()).toBe(piece);
  expect(await world.segmentsOpened(() => archiver.run())).toBe(0);
  expect(await world.history()).toEqual(world.hashes);
});

test('however many segments wait for their piece to go, few are opened at a turn (T4)', async () => {
  const world = new World();
  await world.write(1_200);
  world.project(1_199);
  Object.assign(world.log, { trimReach: async () => 0 });
  const archiver = world.archiver({ archiveSegmentBytes: 1 }); // each frame is one
  await archiver.run();
  world.now = 30 * day;
  await archiver.run();
  expect(await world.segmentsOpened(() => archiver.run())).toBeLessThan(12);
});

test('every shard has its turn once in the interval, one after the other', async () => {
  const world = new World();
  const startedAtMs = world.clock.monotonicMs();
  const turns: string[] = [];
  world.asked = (shard) => turns.push(`${world.clock.monotonicMs() - startedAtMs} ms: ${shard}`);
  const archiver = world.archiver({ archiveIntervalMs: 8_000 }, 4);
  archiver.start();
  await world.clock.advance(10_000);
  await archiver.stop();
  expect(turns).toEqual(['2000 ms: 0', '4000 ms: 1', '6000 ms: 2', '8000 ms: 3', '10000 ms: 0']);
});

test('a log that is nearly full is trimmed whatever its age, and never above the checkpoint (T1, T2)', async () => {
  const world = new World();
  await world.write(100);
  world.project(60);
  await world.archiver({ logTrimAt: 0.001 }).run();
  expect(await world.firstInLog()).toBeGreaterThan(50);
  expect(await world.firstInLog()).toBeLessThanOrEqual(60);
  expect(await world.history()).toEqual(world.hashes);
});

test('what cannot be archived is not trimmed', async () => {
  const world = new World();
  await world.write(100);
  world.project(90);
  world.now = 30 * day;
  world.media.put = () => Promise.reject(new MediaUnavailable('full'));
  await world.archiver({ logTrimAt: 0.001 }).run();
  expect(await world.firstInLog()).toBe(0);
});

test('whatever fails, wherever it fails, the history is the chain as it was written (property)', async () => {
  const step = fc.record({
    frames: fc.nat(40),
    projected: fc.double({ min: 0, max: 1, noNaN: true }),
    days: fc.nat(10),
    failsAt: fc.nat(6),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const world = new World();
      const put = world.media.put.bind(world.media);
      for (const { frames, projected, days, failsAt } of steps) {
        await world.write(frames);
        if (world.written.length === 0) continue;
        const reached = Math.max(world.checkpoint?.frame ?? 0, Math.floor(projected * (world.written.length - 1)));
        world.project(reached);
        world.now += days * day;
        let puts = 0;
        world.media.put = async (name, bytes) => {
          if (++puts === failsAt) throw new MediaUnavailable('cut');
          await put(name, bytes);
          if (puts === failsAt + 1) throw new MediaUnavailable('cut after it was written');
        };
        await world.archiver().run();
        expect(await world.history()).toEqual(world.hashes);
      }
    }),
    { numRuns: 60 },
  );
});

test('of a long archive only some headers stay in memory (I7)', async () => {
  const world = new World();
  await world.write(1_100);
  world.project(1_099);
  const { archive } = world;
  let end = logStart;
  for (const frame of world.written) end = await archive.add(0, end, [frame]);
  const one = (frame: number) => ({ shard: 0, first: frame, last: frame });
  const ask = (frame: number) => world.segmentsOpened(async () => void (await archive.header(one(frame))));
  expect([await ask(1_099), await ask(500), await ask(5), await ask(5)]).toEqual([0, 0, 1, 0]);
});

test('a flipped byte anywhere in a segment is noticed and served to nobody, and the frame is named', async () => {
  const world = new World();
  await world.write(20);
  world.project(19);
  world.now = day;
  await world.archiver({ archiveSegmentBytes: 1_000_000 }).run();
  const [name] = await world.media.list('log/0/');
  const honest = world.media.objects.get(name!)!;
  for (let at = 0; at < honest.byteLength; at += 13) {
    const broken = Uint8Array.from(honest);
    broken[at] = broken[at]! ^ 4;
    world.media.objects.set(name!, broken);
    await expect(world.history(), `byte ${at}`).rejects.toThrow(LogDamaged);
  }
  world.media.objects.delete(name!);
  await world.log.trim(0, 19);
  await expect(world.history()).rejects.toThrow(/neither the archive nor the log/);
});

test('an archive that lost its first segment is not a history that begins later', async () => {
  const world = new World();
  await world.write(100);
  world.project(90);
  await world.archiver({ logTrimAt: 0.001 }).run();
  const [first] = await world.media.list('log/0/');
  world.media.objects.delete(first!);
  await expect(world.history()).rejects.toThrow(/the archive begins later/);
});

test('a segment that was damaged after it was written keeps its frames in the log', async () => {
  const world = new World();
  await world.write(100);
  world.project(90);
  const archiver = world.archiver();
  await archiver.run(); // archived, too young to be trimmed
  const [first] = await world.media.list('log/0/');
  world.media.objects.get(first!)![200]! ^= 1;
  world.now = 30 * day;
  await archiver.run();
  expect(await world.firstInLog()).toBe(0);
});

test('a reader in the middle of a trim goes on in the archive (H1)', async () => {
  const world = new World();
  await world.write(100);
  const seen: string[] = [];
  for await (const { frame, hash } of historyOf(world.log, world.archive).read(0, 0)) {
    seen.push(hash);
    if (frame === 20) {
      world.project(95);
      await world.archiver({ logTrimAt: 0.001 }).run();
    }
  }
  expect(seen).toEqual(world.hashes);
});
