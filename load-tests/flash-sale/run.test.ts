/** The whole harness against a toy shop: clean when the shop is honest, failed in the right place for every lie. */
import { describe, expect, it } from 'vitest';
import { type Lie, ToyShop } from '../toy-shop.ts';
import { flashSaleLines, generatorWarning, reportFlashSale } from './report.ts';
import { type FlashSaleOptions, runFlashSale } from './run.ts';

const seed = 11;
const buyers = 60;

async function play(lies: readonly Lie[], stock: number, more: Partial<FlashSaleOptions> = {}) {
  await using shop = new ToyShop(lies);
  const url = await shop.listen();
  const options = {
    buyers,
    stock,
    seed,
    ratePerSecond: null,
    socketsMax: 10,
    connectionsMax: 16,
    patienceMs: 15_000,
    settleGraceMs: 500,
    holdTtlSeconds: 6,
    serverPid: null,
  };
  return await runFlashSale({ ...options, url, publishableKey: 'pk_toy', secretKey: 'sk_toy', progress: () => undefined, ...more });
}

describe.concurrent('a flash sale', () => {
  it('at an honest shop sells every unit, refuses the rest and comes out clean', { timeout: 60_000 }, async () => {
    const outcome = await play([], 20);
    expect(outcome.verdict).toMatchObject({
      sold: 20,
      oversold: 0,
      undersold: 0,
      lostAcknowledged: 0,
      duplicated: 0,
      holdsLeaked: 0,
      differences: [],
      clean: true,
    });
    expect(outcome.verdict.refused).toBe(buyers - 20);
    expect(outcome.retries.twice).toBeGreaterThan(0);
    const report = reportFlashSale(outcome, { stock: 20, seed, durability: 'none: a toy' });
    expect(report).toMatchObject({ buyers, stock: 20, sold: 20, sockets: 10, seed, ok: true });
    expect(report.timeline.reduce((sum, second) => sum + second.commits, 0)).toBe(20);
    expect(report).toMatchObject({ faults: [], verified: null });
    expect(report.pushLatencyMs?.p99).toBeGreaterThanOrEqual(0);
    expect(flashSaleLines(report).at(-1)).toContain('clean');
  });

  it('with more units than buyers sells as many as were wanted', { timeout: 60_000 }, async () => {
    const { verdict } = await play([], 500);
    expect(verdict.linearizable).toBe('yes');
    expect(verdict).toMatchObject({ sold: verdict.demand, undersold: 0, clean: true });
  });

  it('lets nobody in once the doors are closed', async () => {
    const outcome = await play([], 5, { ratePerSecond: 5, doorsClose: AbortSignal.abort() });
    expect(outcome.arrived).toBe(0);
    expect(outcome.verdict).toMatchObject({ sold: 0, demand: 0, clean: true });
  });

  it.each([
    ['oversells', 'oversold', 20],
    ['undersells', 'undersold', 20],
    ['forgetsCommits', 'lostAcknowledged', 20],
    ['ignoresKeys', 'duplicated', 20],
    ['neverExpires', 'holdsLeaked', 100],
    ['receivesTwice', 'duplicated', 10],
  ] as const)('at a shop that %s is found out as %s', { timeout: 60_000 }, async (lie, count, stock) => {
    const { verdict } = await play([lie], stock, { patienceMs: 7_000 });
    expect(verdict[count]).toBeGreaterThan(0);
    expect(verdict.clean).toBe(false);
  });

  it.each(['oversells', 'grantsTwice', 'refusesFromMemory'] as const)(
    'at a shop that %s tells things that no order explains',
    { timeout: 60_000 },
    async (lie) => {
      const { verdict } = await play([lie], 20, { patienceMs: 7_000 });
      expect(verdict).toMatchObject({ linearizable: 'no', clean: false });
    },
  );

  it('at a shop that pushes backwards is found out in words', { timeout: 60_000 }, async () => {
    const { verdict } = await play(['pushesBackwards'], 20);
    expect(verdict.differences.join('\n')).toContain('older version after a newer one');
    expect(verdict.clean).toBe(false);
  });
});

describe('the warning about the generator', () => {
  it('is given only when the generator was the limit', async () => {
    const report = reportFlashSale(await play([], 5, { buyers: 5, ratePerSecond: 50 }), { stock: 5, seed, durability: 'none' });
    expect(generatorWarning({ ...report, generator: { busy: 0.5, cores: 0.5, serverCores: 1, wasLimit: false } })).toBeNull();
    expect(generatorWarning({ ...report, generator: { busy: 0.95, cores: 0.9, serverCores: 0.4, wasLimit: true } })).toContain(
      "the generator's limit",
    );
    expect(generatorWarning({ ...report, generator: { busy: 0.95, cores: 0.3, serverCores: 0.4, wasLimit: true } })).toContain(
      'Other work',
    );
  });
});
