import { expect, test } from 'vitest';
import { frameAfter, positionOf, runLogConformance } from './conformance.ts';
import { MemoryLog } from './memory.ts';
import { logStart } from './port.ts';

runLogConformance('the log in memory', async () => {
  let nowMs = 1_000;
  const log = new MemoryLog({ clock: { wallMs: () => nowMs++ } });
  return { open: async () => log, trimKeepsMax: 0, async [Symbol.asyncDispose]() {} };
});

test('a log in memory that has used its room says full until a trim', async () => {
  const log = new MemoryLog({ clock: { wallMs: () => 0 }, bytesMax: 250 });
  const first = frameAfter(logStart, Buffer.alloc(100, 1));
  const second = frameAfter(positionOf(first), Buffer.alloc(100, 2));
  const third = frameAfter(positionOf(second), Buffer.alloc(100, 3));
  expect(await log.append(0, logStart, first)).toEqual({ kind: 'acked' });
  expect(await log.append(0, positionOf(first), second)).toEqual({ kind: 'acked' });
  expect(await log.append(0, positionOf(second), third)).toEqual({ kind: 'full' });
  expect(await log.room()).toEqual({ usedBytes: 200, maxBytes: 250 });
  await log.trim(0, 1);
  expect(await log.append(0, positionOf(second), third)).toEqual({ kind: 'acked' });
});
