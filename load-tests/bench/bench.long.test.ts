/** Every other measure once, briefly: that it reads what it says. Not how good it is. (Those of sockets: sockets/.) */
import { expect, test } from 'vitest';
import { measures } from './catalogue.ts';
import type { BenchSettings } from './measure.ts';
import { runMeasure } from './run-measure.ts';
import { socketMeasures } from './sockets/index.ts';

const settings: BenchSettings = {
  log: 'postgres',
  connections: 32,
  seconds: null,
  quick: true,
  curves: false,
  progress: () => {},
  stopped: new AbortController().signal,
};
const mine = measures.filter((measure) => !socketMeasures.includes(measure));

test.each(mine.map((measure) => [measure.name, measure] as const))('%s reads both sides', { timeout: 600_000 }, async (_, measure) => {
  const missing = await measure.missing();
  const result = await runMeasure(measure, { pairs: 1, settings });
  expect(result.notMeasured).toBe(missing);
  if (missing !== null) return;
  expect(result.ours).toBeGreaterThan(0);
  expect(result.ratio === null || result.ratio > 0).toBe(true);
  if (measure.readings === 'pairs') expect(result.met).toBeNull();
});
