import { describe, expect, it } from 'vitest';
import { planBuyer } from '../load-tests/flash-sale/plan.ts';
import { UsageError } from './command.ts';
import { readSalePlan, repeatCommand } from './flash-sale-flags.ts';

const crowd = { buyers: '1000', stock: '200', seed: '3' };

describe('a sale under chaos', () => {
  it('lasts long enough for each fault when nobody says how long, and units last for most of it', () => {
    const { crowd: planned, chaos } = readSalePlan({ ...crowd, chaos: 'kill-server,pause-postgres,kill-postgres' });
    expect(chaos?.schedule.length).toBeGreaterThanOrEqual(3);
    const arrivals = Array.from({ length: 1_000 }, (_, index) => planBuyer(planned, index).arrivesAfterMs);
    expect(arrivals).toEqual(arrivals.toSorted((one, other) => one - other));
    expect(arrivals.filter((atMs) => atMs < 36_000)).toHaveLength(180);
    expect(arrivals.at(-1)).toBeGreaterThan(44_000);
    expect(arrivals.at(-1)).toBeLessThan(45_001);
  });

  it('keeps to a rate or a duration when one is given', () => {
    const rated = readSalePlan({ ...crowd, chaos: 'kill-server', rate: '10' });
    expect(rated.crowd).toMatchObject({ ratePerSecond: 10 });
    expect(rated.crowd.waves).toBeUndefined();
    expect(rated.chaos?.schedule).toHaveLength(5);
    const timed = readSalePlan({ ...crowd, chaos: 'kill-server', duration: '20' });
    expect(timed.crowd.waves).toEqual({ firstBuyers: 180, firstMs: 16_000, restMs: 4_000 });
    expect(timed.chaos?.schedule).toHaveLength(1);
  });

  it('with fewer buyers than units spreads all of them over the whole time', () => {
    const { crowd: planned } = readSalePlan({ buyers: '10', stock: '200', chaos: 'kill-server' });
    expect(planned.waves).toEqual({ firstBuyers: 10, firstMs: 30_000, restMs: 0 });
  });

  it.each([
    [{ chaos: 'kill' }, '"kill" is none of them'],
    [{ chaos: 'kill-server,pause-nats' }, '--chaos pause-nats needs --log jetstream.'],
    [{ chaos: 'kill-server', target: 'http://127.0.0.1:1' }, '--chaos breaks only a server that this command starts itself'],
  ])('that cannot be is refused in words: %o', (values, words) => {
    const asked = () => readSalePlan({ ...crowd, ...values });
    expect(asked).toThrow(UsageError);
    expect(asked).toThrow(words);
  });

  it('is not there when it was not asked for', () => {
    const { crowd: planned, chaos } = readSalePlan(crowd);
    expect(chaos).toBeNull();
    expect(planned).toMatchObject({ buyers: 1_000, stock: 200, seed: 3, ratePerSecond: null });
  });
});

describe('the command that repeats a sale', () => {
  it('has every flag that shaped it, the drawn seed, and no key', () => {
    expect(repeatCommand({ buyers: '10', stock: '5', chaos: 'kill-server,pause-postgres' }, 77)).toBe(
      'npm run flash-sale -- --buyers 10 --stock 5 --chaos kill-server,pause-postgres --seed 77',
    );
    expect(repeatCommand({ buyers: '10', stock: '5', target: "http://x/'; rm" }, 1)).toBe(
      String.raw`npm run flash-sale -- --buyers 10 --stock 5 --target 'http://x/'\''; rm' --seed 1 --key sk_…`,
    );
  });
});
