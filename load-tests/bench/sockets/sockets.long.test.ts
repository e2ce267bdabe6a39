/** Every measure of open sockets, briefly, with a tenth of the sockets: that each reads what it says. Not how good it is. */
import { afterEach, describe, expect, test } from 'vitest';
import type { BenchSettings, PreparedMeasure, Reading } from '../measure.ts';
import { socketMeasures } from './index.ts';

const settings: BenchSettings = {
  log: 'postgres',
  connections: 16,
  seconds: null,
  quick: true,
  curves: false,
  progress: () => {},
  stopped: new AbortController().signal,
};

let prepared: PreparedMeasure | null = null;

afterEach(async () => {
  await prepared?.[Symbol.asyncDispose]();
  prepared = null;
});

/** What must be among the figures, beside a value above zero. */
const figuresOf: Readonly<Record<string, readonly string[]>> = {
  N6: ['maximumPerSecond', 'holdsPerSecond', 'p50Ms', 'waitingMax'],
  N7: ['messages', 'serverCores'],
  N8: ['liveBytesPerSocket'],
  N11: ['p50Ms', 'firstPageP50Ms', 'changes'],
};

describe.each(socketMeasures)('$name', (measure) => {
  test('reads both sides', { timeout: 300_000 }, async () => {
    expect(await measure.missing()).toBeNull();
    prepared = await measure.prepare(settings);
    await prepared.warmUp?.();
    const readings: readonly Reading[] = [await prepared.ours(), ...(prepared.baseline === null ? [] : [await prepared.baseline()])];
    for (const { value, figures, problem } of readings) {
      expect(problem).toBeUndefined();
      expect(value).toBeGreaterThan(0);
      expect(Object.keys(figures)).toEqual(expect.arrayContaining([...(figuresOf[measure.id] ?? ['nothing is known of it'])]));
    }
    expect(readings).toHaveLength(measure.judge === 'ratio' ? 2 : 1);
  });
});
