/**
 * Two measures for a few seconds each, so that neither the benchmark nor what it measures breaks unseen. Bounds are wide:
 * whoever runs tests has other work on the machine. They are no results; those are recorded (load-tests/RESULTS.md).
 */
import { expect, test } from 'vitest';
import { measures } from './catalogue.ts';
import type { BenchSettings } from './measure.ts';
import { runMeasure } from './run-measure.ts';

const settings: BenchSettings = {
  log: 'postgres',
  connections: 32,
  seconds: 2,
  quick: true,
  curves: false,
  progress: () => {},
  stopped: new AbortController().signal,
};

test.each([
  ['N1-serializable', 1.2, 10_000],
  ['N4-hello-world', 0.005, 1],
])('%s: both sides are pressed and compared', { timeout: 240_000 }, async (name, ratioMin, ratioMax) => {
  const measure = measures.find((one) => one.name === name);
  if (measure === undefined) throw new Error(`there is no measure ${name}`);
  const result = await runMeasure(measure, { pairs: 2, settings });
  expect(result.notMeasured).toBeNull();
  expect(result.pairs, JSON.stringify(result.discarded)).toHaveLength(2);
  expect(result.met, 'two pairs are too few for a verdict').toBeNull();
  expect(result.ratio).toBeGreaterThan(ratioMin);
  expect(result.ratio).toBeLessThan(ratioMax);
  expect(result.durability.ours).toContain('fsync');
  expect(result.figures.ours['p99Ms']).toBeGreaterThan(0);
});
