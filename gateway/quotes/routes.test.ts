/** Quotes over HTTP: the demo store's own prices, without its actors. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryPricingData } from '../../services/pricing/memory.ts';
import { PricingUnavailable, type QuoteReads } from '../../services/pricing/port.ts';
import { Quotes } from '../../services/pricing/quotes.ts';
import { demoPricing, seedPricing } from '../../services/pricing/seed.ts';
import { storeTaxService } from '../../services/pricing/tax.ts';
import { MemoryShippingData } from '../../services/shipping/memory.ts';
import { demoShipping, seedShipping } from '../../services/shipping/seed.ts';
import { Shipping } from '../../services/shipping/service.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { quoteRoutes } from './routes.ts';

const mug = { title: 'Fog Mug', unitPriceMinor: 1_400, currency: 'GBP' };
const london = { country: 'GB', postalCode: 'N1 1AA' };
const pounds = (amountMinor: number) => ({ amountMinor, currency: 'GBP' });

let away = false;
let world: GatewayWorld;

beforeAll(async () => {
  const clock = new ManualClock();
  const data = new MemoryPricingData();
  const shippingData = new MemoryShippingData();
  const quotesOf = (): QuoteReads =>
    new Quotes({ data, prices: { pricesOf: async () => pricesNow() }, shipping: new Shipping(shippingData), taxes: storeTaxService });
  const quotes = quotesOf();
  world = await GatewayWorld.start({ extraRoutes: quoteRoutes({ quotes, clock }) });
  const { storeId } = world.demo;
  await seedPricing(data, storeId, demoPricing);
  await seedShipping(shippingData, storeId, demoShipping);
});
afterAll(() => world[Symbol.asyncDispose]());

function pricesNow() {
  if (away) throw new PricingUnavailable('the catalogue is away');
  return new Map([['mug', mug]]);
}

function quote(body: Record<string, unknown>) {
  return world.call('POST', '/v1/quotes', {
    key: world.demo.publishableKey,
    idempotencyKey: '',
    body: { lines: [{ sku: 'mug', quantity: 2 }], destination: london, ...body },
  });
}

test('a basket has its sums and every way to ship it, cheapest first, with no buyer and no key of idempotency', async () => {
  const { status, body } = await quote({});
  expect(status).toBe(200);
  expect(body).toMatchObject({
    lines: [{ sku: 'mug', quantity: 2, title: 'Fog Mug', unitPrice: pounds(1_400), total: pounds(2_800) }],
    subtotal: pounds(2_800),
    shipping: pounds(395),
    taxIncluded: true,
    total: pounds(3_195),
    shippingMethod: 'islands-standard',
    shippingOptions: [
      { id: 'islands-standard', name: 'Standard', price: pounds(395) },
      { id: 'islands-next-day', name: 'Next day', price: pounds(795) },
    ],
  });
});

test('a code and another way to ship it change the sums', async () => {
  const { body } = await quote({ codes: ['welcome10'], shippingMethod: 'islands-next-day' });
  expect(body).toMatchObject({
    discount: pounds(280),
    shipping: pounds(795),
    total: pounds(2_800 - 280 + 795),
    discounts: [{ code: 'WELCOME10', amount: pounds(280) }],
  });
});

test.each([
  ['a code nobody knows', { codes: ['NOPE'] }, 409, { code: 'code_invalid', discountCode: 'NOPE', why: 'code_unknown' }],
  ['a way that does not go there', { shippingMethod: 'america-air' }, 409, { code: 'shipping_unavailable', why: 'method_not_offered' }],
  [
    'a state that decides about tax and is missing',
    { destination: { country: 'US', postalCode: '98101' } },
    409,
    { why: 'address_incomplete', missing: ['region'] },
  ],
  ['an SKU without a price', { lines: [{ sku: 'air', quantity: 1 }] }, 409, { code: 'price_unavailable', sku: 'air' }],
  ['no country', { destination: {} }, 422, { code: 'validation_failed' }],
  ['no lines', { lines: [] }, 422, { code: 'validation_failed' }],
])('%s is refused in the words of a checkout', async (_what, more, status, fields) => {
  const answer = await quote(more);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject(fields);
});

test('while prices cannot be read it is worth trying again', async () => {
  away = true;
  const { status, body, headers } = await quote({});
  away = false;
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'rows_unavailable', '1']);
});

test('it needs a key of the store', async () => {
  expect((await world.call('POST', '/v1/quotes', { key: '', idempotencyKey: '', body: {} })).status).toBe(401);
});
