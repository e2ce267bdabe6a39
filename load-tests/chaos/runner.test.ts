/** The runner against a system of numbers: who serves when is decided here. */
import { expect, it } from 'vitest';
import { nowMs } from '../measure/now.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Hand, Inflicted } from './hand.ts';
import { type ChaosOptions, faultLine, NotRecovered, runChaos } from './runner.ts';
import { type FaultKind, type PlannedFault, planFaults } from './schedule.ts';

const withinMs = 300;
const bounds = {
  'kill-server': withinMs,
  'pause-nats': withinMs,
  'kill-nats': withinMs,
  'pause-postgres': withinMs,
  'kill-postgres': withinMs,
};

/** Serves every few milliseconds, except when it is told not to. */
class Numbers implements Hand, Disposable {
  readonly acknowledgements = new Acknowledgements();
  readonly sources = ['pulse-1', 'pulse-2'];
  readonly inflicted: FaultKind[] = [];
  silent = new Set<string>();
  revived = 0;
  /** What a fault silences, for good. */
  kills: readonly string[] = [];
  cannotRevive = false;
  readonly #ticker = setInterval(() => {
    const atMs = nowMs();
    for (const source of this.sources.filter((one) => !this.silent.has(one)))
      this.acknowledgements.record(source, { askedAtMs: atMs, sentAtMs: atMs, endedAtMs: atMs });
  }, 2);

  [Symbol.dispose](): void {
    clearInterval(this.#ticker);
  }

  inflict(fault: PlannedFault): Promise<Inflicted> {
    const atMs = nowMs();
    this.inflicted.push(fault.kind);
    this.silent = new Set(this.kills);
    return Promise.resolve({ beganAtMs: atMs, endedAtMs: atMs, lastedMs: 0, provenBySentAtMs: atMs, target: null, failure: null });
  }

  revive(): Promise<void> {
    this.revived += 1;
    this.silent.clear();
    return this.cannotRevive ? Promise.reject(new Error('out of ideas')) : Promise.resolve();
  }

  lastWords(): string {
    return 'nothing to be seen';
  }

  run(options: Partial<ChaosOptions> = {}) {
    const { acknowledgements, sources } = this;
    const never = new AbortController().signal;
    return runChaos({
      hand: this,
      schedule: planned(['kill-server', 'pause-postgres']),
      acknowledgements,
      sources,
      doorsOpenedAtMs: nowMs(),
      saleOver: never,
      stopped: never,
      servesAgainWithinMs: bounds,
      progress: () => undefined,
      onFault: () => undefined,
      ...options,
    });
  }
}

function planned(kinds: readonly FaultKind[], times = 1): PlannedFault[] {
  return planFaults({ kinds, seed: 3, saleMs: 0, timesMin: times, timesMax: times }).map((fault) => ({ ...fault, calmMs: 1 }));
}

it('a system that serves everywhere after each fault has recovered from all of them', async () => {
  using system = new Numbers();
  const faults = await system.run();
  expect(faults.map((fault) => fault.kind).toSorted()).toEqual(['kill-server', 'pause-postgres']);
  expect(faults.every((fault) => fault.recovered)).toBe(true);
  expect(faults[0]?.servedAgainAfterMs).toBeLessThanOrEqual(withinMs);
  expect(faults[1]?.acknowledgedBefore).toBeGreaterThan(0);
  expect(system.revived).toBe(0);
});

it('a part that stays behind is not recovered, even if the rest serves; nothing more is broken, and what is down is started', async () => {
  using system = new Numbers();
  system.kills = ['pulse-2'];
  const said: string[] = [];
  const [fault, ...more] = await system.run({ onFault: (line) => said.push(line) });
  expect(said.at(-1)).toContain('nothing to be seen');
  expect(more).toEqual([]);
  expect(fault).toMatchObject({ recovered: false, everywhereAfterMs: null, servedAgainAfterMs: expect.any(Number) });
  expect(faultLine(fault!)).toContain(`everywhere after more than ${withinMs} ms`);
  expect(system.revived).toBe(1);
});

it('a system that cannot be brought back ends the run in words', async () => {
  using system = new Numbers();
  system.kills = system.sources;
  system.cannotRevive = true;
  const run = system.run();
  await expect(run).rejects.toThrow(NotRecovered);
  await expect(run).rejects.toThrow(/did not serve again within 300 ms.*out of ideas/);
});

it('when the sale is over only faults that had no turn yet still come', async () => {
  using system = new Numbers();
  await system.run({ saleOver: AbortSignal.abort(), schedule: planned(['kill-server', 'kill-postgres'], 3) });
  expect(system.inflicted.toSorted()).toEqual(['kill-postgres', 'kill-server']);
});

it('an interrupted run begins no fault', async () => {
  using system = new Numbers();
  expect(await system.run({ stopped: AbortSignal.abort() })).toEqual([]);
  expect(system.inflicted).toEqual([]);
});
