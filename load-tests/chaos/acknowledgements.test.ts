import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';

const times = (sentAtMs: number, endedAtMs: number) => ({ askedAtMs: sentAtMs, sentAtMs, endedAtMs });
let acknowledgements: Acknowledgements;

beforeEach(() => {
  vi.useFakeTimers();
  acknowledgements = new Acknowledgements();
});
afterEach(() => vi.useRealTimers());

it('an answer to what was sent before does not prove that the system serves again', async () => {
  acknowledgements.record('sale', times(90, 110));
  const first = acknowledgements.first({ sentAtMs: 100, answeredAtMs: 105 }, 1_000);
  acknowledgements.record('sale', times(99, 120));
  acknowledgements.record('sale', times(101, 104));
  acknowledgements.record('sale', times(101, 130));
  acknowledgements.record('sale', times(102, 131));
  expect(await first).toBe(130);
  expect(acknowledgements.count).toBe(5);
});

it('one that came before anybody asked is remembered, until it is forgotten', async () => {
  acknowledgements.record('sale', times(101, 130));
  expect(await acknowledgements.first({ sentAtMs: 100, answeredAtMs: 100 }, 0)).toBe(130);
  acknowledgements.forget();
  const first = acknowledgements.first({ sentAtMs: 100, answeredAtMs: 100 }, 50);
  await vi.advanceTimersByTimeAsync(50);
  expect(await first).toBeNull();
});

it('who asks about one source is not answered by another', async () => {
  const first = acknowledgements.first({ sentAtMs: 0, answeredAtMs: 0 }, 50, 'pulse-1');
  acknowledgements.record('pulse-2', times(1, 2));
  acknowledgements.record('pulse-1', times(3, 4));
  expect(await first).toBe(4);
});
