/** Orders in a storm: whatever comes late, twice or not at all, money and units agree in the end, and everything ends. */
import { describe, expect, test } from 'vitest';
import { Chaos } from './chaos.fixture.ts';

const seedsPerTest = 400;

describe('an order in a storm', () => {
  test.each([1, 1_001, 2_001])(
    'ends once, with one verdict for whoever waited, and money and units agree: seeds from %i',
    { timeout: 60_000 },
    (first) => {
      const outcomes = new Map<string, number>();
      for (let seed = first; seed < first + seedsPerTest; seed++) {
        const chaos = new Chaos(seed);
        try {
          chaos.run();
        } catch (cause) {
          const story = chaos.order.events.map(({ type, cause: why }) => `${type} (${why})`).join('\n');
          throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}\n${story}`, { cause });
        }
        outcomes.set(chaos.outcome, (outcomes.get(chaos.outcome) ?? 0) + 1);
      }
      const endings = [...outcomes.keys()];
      for (const ending of ['confirmed', 'canceled', 'failed checkout_expired', 'failed payment_failed', 'failed insufficient_stock'])
        expect(endings, [...outcomes].join('; ')).toContain(ending);
    },
  );
});
