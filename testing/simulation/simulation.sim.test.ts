import { expect, test } from 'vitest';
import { definitions } from './definitions.ts';
import { faultKinds } from './faults.ts';
import { failureText, runSeeds } from './run.ts';
import { runWorld } from './world.ts';

const seeds = 200;
const commandsMin = 500;

/** A minute on two idle cores; others may be using them. */
const withinMs = 600_000;

test(
  `${seeds} worlds of faults keep every promise, and every kind of fault strikes`,
  async () => {
    const summary = await runSeeds({ from: 1, seeds, workers: 2 });
    expect(summary.failures.map(failureText).join('\n\n')).toBe('');
    expect(summary.neverStruck).toEqual([]);
    expect(Object.keys(summary.faults)).toHaveLength(faultKinds.length);
    expect(summary.commandsLeast).toBeGreaterThanOrEqual(commandsMin);
    expect(summary.seeds).toBe(seeds);
    expect(summary.histories.worldsDecided).toBeGreaterThan(seeds / 2);
    expect(Math.min(...Object.values(summary.checkouts))).toBeGreaterThan(seeds / 4);
    expect(summary.checkouts.confirmed).toBeGreaterThan(4 * seeds);
  },
  withinMs,
);

test.each([7, 4_242, 123_456_789_012])('seed %i run twice does the same things in the same order', async (seed) => {
  const [first, second] = [await runWorld({ seed, definitions }), await runWorld({ seed, definitions })];
  expect(second).toEqual(first);
});

test('another seed is another world', async () => {
  const [first, second] = [await runWorld({ seed: 1, definitions }), await runWorld({ seed: 2, definitions })];
  expect(second.digest).not.toBe(first.digest);
});
