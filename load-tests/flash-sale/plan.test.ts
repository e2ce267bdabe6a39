import { describe, expect, it } from 'vitest';
import { makeRandom } from '../random.ts';
import { planBuyer, shares } from './plan.ts';

const options = { buyers: 20_000, seed: 42, ratePerSecond: 1_000, socketsMax: 300 };
const plans = (change: Partial<typeof options> = {}) =>
  Array.from({ length: change.buyers ?? options.buyers }, (_, index) => planBuyer({ ...options, ...change }, index));

describe('the plan of a sale', () => {
  it('is the same for the same seed and another for another', () => {
    expect(plans({ buyers: 500 })).toEqual(plans({ buyers: 500 }));
    expect(plans({ buyers: 500 })).not.toEqual(plans({ buyers: 500, seed: 43 }));
  });

  it('does not change for those who were there before when more come', () => {
    const few = plans({ buyers: 100, socketsMax: 0 });
    expect(plans({ buyers: 200, socketsMax: 0 }).slice(0, 100)).toEqual(few);
  });

  it('mixes the behaviours in their shares', () => {
    const all = plans();
    const share = (of: (plan: (typeof all)[number]) => boolean): number => all.filter(of).length / all.length;
    expect(share((plan) => plan.behaviour === 'abandon')).toBeCloseTo(shares.abandon, 1.5);
    expect(share((plan) => plan.behaviour === 'expire')).toBeCloseTo(shares.expire, 1.5);
    expect(share((plan) => plan.sendsTwice)).toBeCloseTo(shares.sendsTwice, 1.5);
    expect(share((plan) => plan.cutsAfterMs !== null)).toBeCloseTo(shares.cuts, 1.5);
  });

  it('opens exactly as many pages as there may be, spread over the crowd', () => {
    const watchers = plans().filter((plan) => plan.watches);
    expect(watchers.length).toBe(300);
    expect(watchers.filter((plan) => plan.index < 10_000).length).toBe(150);
    expect(plans({ buyers: 7, socketsMax: 100 }).filter((plan) => plan.watches).length).toBe(7);
    expect(plans({ socketsMax: 0 }).some((plan) => plan.watches)).toBe(false);
  });

  it('spreads arrivals at the rate, in order', () => {
    const arrivals = plans({ buyers: 1_000 }).map((plan) => plan.arrivesAfterMs);
    expect([...arrivals].sort((one, other) => one - other)).toEqual(arrivals);
    expect(arrivals.at(-1)).toBeGreaterThan(998);
    expect(arrivals.at(-1)).toBeLessThan(1_000);
  });
});

describe('seeded randomness', () => {
  it('gives the numbers it gave when the first plans were made', () => {
    const random = makeRandom(1, 2);
    expect([random.next(), random.next()].map((value) => value.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.108656",
        "0.897255",
      ]
    `);
    expect(random.between(3, 3)).toBe(3);
  });

  it('is even enough', () => {
    const random = makeRandom(7);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let drawn = 0; drawn < 100_000; drawn += 1) counts[random.between(0, 9)]! += 1;
    for (const count of counts) expect(count).toBeGreaterThan(9_500);
  });
});
