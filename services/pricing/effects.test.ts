/** The service that orders ask for quotes: its answers, its silence, its bound. */
import { expect, it } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import type { AskQuote } from '../../actors/order/outside.ts';
import { pricingService, quotesAtOnceMax } from './effects.ts';
import { type OrderQuote, PricingUnavailable, type QuoteQuestion } from './port.ts';
import { noon } from './test-kit.ts';

const order = actorId('pricing', 'store', 'order-1');
const ask: AskQuote = {
  type: 'quote',
  orderId: 'order-1',
  currency: 'USD',
  lines: [{ sku: 'a', quantity: 2 }],
  codes: ['TEN'],
  destination: { name: 'Ada', line1: '1 Pike St', city: 'Seattle', country: 'US', region: 'WA', postalCode: '98101' },
  shippingMethod: null,
  allocations: [
    {
      sku: 'a',
      locations: [
        { location: 'SEA-3', quantity: 2 },
        { location: 'LAX-1', quantity: 0 },
      ],
    },
    {
      sku: 'b',
      locations: [
        { location: 'ORD-1', quantity: 1 },
        { location: 'SEA-3', quantity: 1 },
      ],
    },
  ],
  at: noon,
};

const quote: OrderQuote = {
  currency: 'USD',
  taxIncluded: false,
  lines: [{ sku: 'a', title: 'A', quantity: 2, unitPriceMinor: 100, discountMinor: 20, taxMinor: 18, totalMinor: 198 }],
  subtotalMinor: 200,
  discountMinor: 20,
  shippingMinor: 5,
  shippingTaxMinor: 0,
  taxMinor: 18,
  totalMinor: 203,
  taxes: [{ name: 'Tax', rateMillionths: 100_000, taxableMinor: 180, taxMinor: 18 }],
  applied: [{ discountId: 'd', code: 'TEN', name: 'Ten', amountMinor: 20 }],
  notApplied: [{ discountId: null, code: 'NINE', name: 'NINE', why: 'code_unknown' }],
  shipping: {
    methodId: 'standard',
    name: 'Standard',
    priceMinor: 5,
    deliverFrom: noon,
    deliverBy: noon + 1_000,
    promise: 'today by 12:00',
  },
};

it('answers an order with its quote, and asks about each warehouse once', async () => {
  const asked: [string, QuoteQuestion][] = [];
  const service = pricingService({
    async quote(storeId, question) {
      asked.push([storeId, question]);
      return quote;
    },
  });
  const { taxes: _taxes, shipping: _shipping, ...kept } = quote;
  expect(await service(order, ask)).toEqual({
    reply: {
      ok: true,
      quote: {
        ...kept,
        shippingMethod: 'standard',
        deliverFrom: '2026-03-01T12:00:00.000Z',
        deliverBy: '2026-03-01T12:00:01.000Z',
        applied: [{ code: 'TEN', name: 'Ten', amountMinor: 20 }],
        notApplied: [{ code: 'NINE', name: 'NINE', why: 'code_unknown' }],
      },
    },
  });
  expect(asked).toMatchObject([['store', { locations: ['ORD-1', 'SEA-3'], codes: ['TEN'], at: noon }]]);
});

it('a refusal is an answer', async () => {
  const refusal = { code: 'shipping_unavailable', why: 'no_method' } as const;
  expect(await pricingService({ quote: async () => ({ refusal }) })(order, ask)).toEqual({ reply: { ok: false, refusal } });
});

it('V2 what cannot be told now is no answer; what is broken is loud', async () => {
  const failing = (error: Error) => pricingService({ quote: () => Promise.reject(error) })(order, ask);
  expect(await failing(new PricingUnavailable('away'))).toBeNull();
  await expect(failing(new TypeError('broken'))).rejects.toThrow('broken');
});

it('V3 beyond its bound it answers nothing, and goes on when there is room', async () => {
  const waiting: (() => void)[] = [];
  const service = pricingService({ quote: () => new Promise((resolve) => waiting.push(() => resolve(quote))) });
  const first = Array.from({ length: quotesAtOnceMax }, () => service(order, ask));
  expect(await service(order, ask)).toBeNull();
  for (const answer of waiting) answer();
  await Promise.all(first);
  const next = service(order, ask);
  waiting.at(-1)?.();
  expect(await next).toMatchObject({ reply: { ok: true } });
});

it('what it does not know it refuses', async () => {
  expect(await pricingService({ quote: async () => quote })(order, { type: 'sing' })).toEqual({ refusal: { code: 'command_unknown' } });
});
