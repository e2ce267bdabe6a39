import { describe, expect, it } from 'vitest';
import { faultKinds, planFaults, readFaultKinds, type ScheduleOptions, timesMaxDefault } from './schedule.ts';

const options: ScheduleOptions = {
  kinds: ['kill-server', 'pause-postgres', 'kill-postgres'],
  seed: 7,
  saleMs: 120_000,
  timesMin: 1,
  timesMax: 5,
};
const seeds = Array.from({ length: 50 }, (_, index) => index);

describe('the schedule of faults', () => {
  it('is the same for the same seed and another for another', () => {
    expect(planFaults(options)).toEqual(planFaults(options));
    expect(planFaults(options)).not.toEqual(planFaults({ ...options, seed: 8 }));
  });

  it('gives each fault its turn in every round, in a drawn order', () => {
    for (const seed of seeds) {
      const first = planFaults({ ...options, seed }).filter((fault) => fault.round === 1);
      expect(first.map((fault) => fault.kind).toSorted()).toEqual([...options.kinds].toSorted());
    }
    const orders = new Set(
      seeds.map((seed) =>
        planFaults({ ...options, seed, saleMs: 0 })
          .map((fault) => fault.kind)
          .join(),
      ),
    );
    expect(orders.size).toBeGreaterThan(3);
  });

  it('has more faults for a longer sale, at most so many of each', () => {
    const count = (saleMs: number): number => planFaults({ ...options, saleMs }).length;
    expect(count(1_000)).toBe(3);
    expect(count(60_000)).toBe(5);
    expect(count(3_600_000)).toBe(options.kinds.length * timesMaxDefault);
  });

  it('spreads them over the sale, one in each stretch, with pauses of 0.5 to 8 s', () => {
    for (const seed of seeds) {
      const faults = planFaults({ ...options, seed });
      const slotMs = options.saleMs / faults.length;
      for (const [index, fault] of faults.entries()) {
        expect(Math.floor(fault.notBeforeMs / slotMs)).toBe(index);
        expect(fault.pauseMs).toBeGreaterThanOrEqual(500);
        expect(fault.pauseMs).toBeLessThanOrEqual(8_000);
      }
    }
  });

  it('leaves out no seed: pauses short and long, leaders and others are drawn', () => {
    const faults = seeds.flatMap((seed) => planFaults({ ...options, seed }));
    expect(Math.min(...faults.map((fault) => fault.pauseMs))).toBeLessThan(1_500);
    expect(Math.max(...faults.map((fault) => fault.pauseMs))).toBeGreaterThan(7_000);
    expect(new Set(faults.map((fault) => fault.hitsLeader)).size).toBe(2);
  });
});

describe('the names of faults', () => {
  it('are read with spaces and doubles', () => {
    expect(readFaultKinds('kill-server, pause-nats,kill-server')).toEqual({ kinds: ['kill-server', 'pause-nats'] });
    expect(readFaultKinds(faultKinds.join())).toEqual({ kinds: faultKinds });
  });

  it.each(['', 'kill', 'kill-server,', 'kill-server,kill-redis'])('are refused in words when there is none such: "%s"', (text) => {
    expect(readFaultKinds(text)).toMatchObject({ problem: expect.stringContaining('kill-server, pause-nats') });
  });
});
