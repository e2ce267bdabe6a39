/** The whole way of a quote: catalogue, store data and shipping in a real Postgres, put together as the server does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import type { AskQuote, QuoteOutcome } from '../../actors/order/outside.ts';
import { createPool } from '../../runtime/postgres/pool.ts';
import { type TestDatabase, testDatabase } from '../../testing/postgres.ts';
import { draft } from '../catalog/conformance.ts';
import { PostgresCatalog } from '../catalog/postgres.ts';
import { PostgresShippingData } from '../shipping/postgres.ts';
import { plainShipping, seedShipping } from '../shipping/seed.ts';
import { Shipping } from '../shipping/service.ts';
import { CatalogPrices } from './catalog-prices.ts';
import { pricingService } from './effects.ts';
import { PostgresPricingData } from './postgres.ts';
import { Quotes } from './quotes.ts';
import { secondPricing, seedPricing } from './seed.ts';
import { storeTaxService } from './tax.ts';

/** A Wednesday morning. */
const at = Date.parse('2026-11-18T09:00Z');

describe('a quote from Postgres', () => {
  let database: TestDatabase;
  let closers: (() => Promise<void>)[] = [];
  let service: ReturnType<typeof pricingService>;

  beforeAll(async () => {
    database = await testDatabase();
    const url = database.url('app');
    const pool = createPool({
      url,
      applicationName: 'onhand test',
      connectionsMax: 4,
      connectTimeoutMs: 5_000,
      answerTimeoutMs: 20_000,
      settings: {},
    });
    const catalog = new PostgresCatalog({ url });
    closers = [() => catalog.close(), () => pool.end()];
    const [data, shippingData] = [new PostgresPricingData(pool), new PostgresShippingData(pool)];
    await seedPricing(data, 'store', secondPricing);
    await seedShipping(shippingData, 'store', plainShipping('USD'));
    const price = { amountMinor: 34_800, currency: 'USD' };
    await catalog.put('store', [draft('headphones', 0, { price })]);
    service = pricingService(
      new Quotes({ data, prices: new CatalogPrices(catalog), shipping: new Shipping(shippingData), taxes: storeTaxService }),
    );
  });
  afterAll(async () => {
    for (const close of closers) await close();
    await database[Symbol.asyncDispose]();
  });

  async function ask(more: Partial<AskQuote> = {}, store = 'store'): Promise<QuoteOutcome> {
    const command: AskQuote = {
      type: 'quote',
      orderId: 'order-1',
      currency: 'USD',
      lines: [{ sku: 'headphones', quantity: 2 }],
      codes: [],
      destination: { name: 'Ada', line1: '1 Pike St', city: 'Seattle', country: 'US', region: 'WA', postalCode: '98101' },
      shippingMethod: null,
      allocations: [{ sku: 'headphones', locations: [{ location: 'main', quantity: 2 }] }],
      at,
      ...more,
    };
    return ((await service(actorId('pricing', store, 'order-1'), command)) as { reply: QuoteOutcome }).reply;
  }

  it('two headphones to Seattle come to 758.64', async () => {
    expect(await ask()).toMatchObject({
      ok: true,
      quote: {
        lines: [
          { sku: 'headphones', title: 'Title of headphones', quantity: 2, unitPriceMinor: 34_800, taxMinor: 6_264, totalMinor: 75_864 },
        ],
        taxMinor: 6_264,
        totalMinor: 75_864,
        shippingMethod: 'standard',
        deliverFrom: '2026-11-19T00:00:00.000Z',
        deliverBy: '2026-11-24T21:00:00.000Z',
      },
    });
  });

  it.each([
    ['an SKU that is not sold', { lines: [{ sku: 'hat', quantity: 1 }] }, { code: 'price_unavailable', sku: 'hat' }],
    ['an unknown code', { codes: ['NINE'] }, { code: 'code_invalid', discountCode: 'NINE', why: 'code_unknown' }],
    ['another way', { shippingMethod: 'drone' }, { code: 'shipping_unavailable' }],
  ])('%s is refused', async (_what, more, refusal) => {
    expect(await ask(more)).toMatchObject({ ok: false, refusal });
  });

  it('sees no price of another store (I6)', async () => {
    expect(await ask({}, 'other')).toMatchObject({ ok: false, refusal: { code: 'price_unavailable', sku: 'headphones' } });
  });
});
