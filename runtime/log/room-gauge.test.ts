import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { RoomGauge } from './room-gauge.ts';

function gauge(options: { readonly bytesMax: number; readonly diskFreeBytesMin?: number; readonly folder?: string }) {
  const world = { usedBytes: 0, nowMs: 0, measurements: 0 };
  const measureUsedBytes = async () => {
    world.measurements += 1;
    return world.usedBytes;
  };
  const room = new RoomGauge({ diskFreeBytesMin: 0, ...options, measureUsedBytes, clock: { monotonicMs: () => world.nowMs } });
  return { world, room };
}

test('a burst is added up between two measurements', async () => {
  const { world, room } = gauge({ bytesMax: 10_000 });
  expect(await room.hasRoomFor(4_000)).toBe(true);
  room.wrote(4_000);
  expect(await room.hasRoomFor(4_000)).toBe(true);
  room.wrote(4_000);
  expect(await room.hasRoomFor(4_000)).toBe(false);
  expect(world.measurements).toBe(1);
});

test('room that a trim made is found at once', async () => {
  const { world, room } = gauge({ bytesMax: 10_000 });
  world.usedBytes = 10_000;
  expect(await room.hasRoomFor(100)).toBe(false);
  world.usedBytes = 1_000;
  room.trimmed();
  expect(await room.hasRoomFor(100)).toBe(true);
});

test('a full log is measured again, but not more than once a second', async () => {
  const { world, room } = gauge({ bytesMax: 10_000 });
  world.usedBytes = 10_000;
  for (let attempt = 0; attempt < 50; attempt++) expect(await room.hasRoomFor(100)).toBe(false);
  expect(world.measurements).toBe(1);
  world.usedBytes = 0;
  world.nowMs += 1_000;
  expect(await room.hasRoomFor(100)).toBe(true);
});

test('a disk at its floor leaves no room, whatever the log itself may hold', async () => {
  const { world, room } = gauge({ bytesMax: 1e15, diskFreeBytesMin: Number.MAX_SAFE_INTEGER, folder: tmpdir() });
  world.usedBytes = 5_000;
  expect(await room.room()).toEqual({ usedBytes: 5_000, maxBytes: 5_000 });
  expect(await room.hasRoomFor(1)).toBe(false);
});
