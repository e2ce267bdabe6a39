import { expect, it } from 'vitest';
import { Lines } from './lines.ts';
import { startBoth } from './start-both.ts';

/** Work that ends when it is told to. */
function held(): { readonly done: Promise<void>; readonly end: () => void } {
  let end = (): void => {};
  const done = new Promise<void>((resolve) => (end = resolve));
  return { done, end };
}

it('in a line one at a time works, in the order in which they came; other lines go on', async () => {
  const lines = new Lines();
  const log: string[] = [];
  const gate = held();
  const first = lines.inLine(1, async () => {
    await gate.done;
    log.push('first');
  });
  const second = lines.inLine(1, async () => void log.push('second'));
  await lines.inLine(2, async () => void log.push('other line'));
  expect(log).toEqual(['other line']);
  gate.end();
  await Promise.all([first, second]);
  expect(log).toEqual(['other line', 'first', 'second']);
});

it('whoever fails fails alone', async () => {
  const lines = new Lines();
  const failing = lines.inLine(1, () => Promise.reject(new Error('broken')));
  const next = lines.inLine(1, () => Promise.resolve());
  await expect(failing).rejects.toThrow('broken');
  await expect(next).resolves.toBeUndefined();
});

it('of two servers that start together none stays when the other does not come', async () => {
  let stopped = 0;
  const fine = { stop: () => Promise.resolve(void (stopped += 1)) };
  const broken: Promise<typeof fine> = Promise.reject(new Error('no room'));
  await expect(startBoth(Promise.resolve(fine), broken)).rejects.toThrow('no room');
  expect(stopped).toBe(1);
});
