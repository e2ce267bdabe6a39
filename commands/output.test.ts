import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOutput } from './output.ts';

const listeners = new Map<string | symbol, () => void>();
let nowMs = 0;

beforeEach(() => {
  listeners.clear();
  nowMs = 5_000;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.spyOn(process, 'on').mockImplementation((event, listener) => {
    listeners.set(event, listener as () => void);
    return process;
  });
  vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
});

afterEach(() => vi.restoreAllMocks());

test.each([
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGTERM'],
] as const)('%s, and %s at once after it, are one wish to stop', (first, second) => {
  const { stopped } = createOutput(undefined);
  expect(stopped.aborted).toBe(false);
  listeners.get(first)!();
  nowMs += 999;
  listeners.get(second)!();
  expect(stopped.reason).toBe(first);
  expect(process.exit).not.toHaveBeenCalled();
});

test('a second signal later on ends the process, through its exit listeners', () => {
  createOutput(undefined);
  listeners.get('SIGINT')!();
  nowMs += 1_000;
  listeners.get('SIGINT')!();
  expect(process.exit).toHaveBeenCalledExactlyOnceWith(2);
});
