/** Quotes from a store's data: in which order things are refused, and what goes to whom. */
import { describe, expect, it } from 'vitest';
import { assert, type Instant } from '../../actors/kernel/index.ts';
import { MemoryPricingData } from './memory.ts';
import {
  type Discount,
  type OrderQuote,
  type PriceMode,
  PricingUnavailable,
  type QuoteQuestion,
  type ShippingOption,
  type ShippingQuestion,
  type TaxService,
} from './port.ts';
import { type QuoteParts, Quotes } from './quotes.ts';
import { storeTaxService } from './tax.ts';
import { amountOff, coupon, discount, freeShipping, noon, percentage, rate } from './test-kit.ts';

const catalogue = new Map([
  ['headphones', { title: 'Headphones', unitPriceMinor: 34_800, currency: 'USD' }],
  ['book', { title: 'Book', unitPriceMinor: 2_000, currency: 'USD' }],
]);
const standard: ShippingOption = {
  methodId: 'standard',
  name: 'Standard',
  priceMinor: 0,
  deliverFrom: noon,
  deliverBy: noon + 86_400_000,
  promise: 'tomorrow by 12:00',
};
const express: ShippingOption = { ...standard, methodId: 'express', name: 'Express', priceMinor: 1_500 };
const recipient = { name: 'Ada', line1: '1 Pike St', city: 'Seattle', country: 'US', region: 'WA', postalCode: '98101' };

interface World {
  readonly priceMode?: PriceMode;
  readonly discounts?: readonly Discount[];
  readonly codes?: readonly (readonly [code: string, discountId: string])[];
  readonly options?: readonly ShippingOption[];
  readonly parts?: Partial<QuoteParts>;
}

async function world({ priceMode = 'tax_excluded', discounts = [], codes = [], options = [standard, express], parts = {} }: World = {}) {
  const data = new MemoryPricingData();
  await data.putSettings('store', { currency: 'USD', priceMode });
  for (const one of discounts) await data.putDiscount('store', one);
  for (const [code, discountId] of codes) await data.putCoupon('store', coupon(code, discountId));
  await data.putTaxRate('store', rate('wa', 9, { region: 'WA', taxesShipping: true }));
  await data.putTaxRate('store', rate('books', 2, { category: 'books' }));
  await data.putTraits('store', { sku: 'book', categories: ['books'], taxCategory: 'books', weightGrams: 300 });
  const asked: ShippingQuestion[] = [];
  const quotes = new Quotes({
    data,
    prices: { pricesOf: async () => catalogue },
    shipping: {
      async optionsFor(question) {
        asked.push(question);
        return options;
      },
    },
    taxes: storeTaxService,
    ...parts,
  });
  return { quotes, asked };
}

function question(more: Partial<QuoteQuestion> = {}): QuoteQuestion {
  return {
    lines: [{ sku: 'headphones', quantity: 2 }],
    codes: [],
    currency: 'USD',
    destination: recipient,
    shippingMethod: null,
    locations: ['SEA-3'],
    at: noon,
    ...more,
  };
}

async function quoted(setup: World, more: Partial<QuoteQuestion> = {}): Promise<OrderQuote> {
  const result = await (await world(setup)).quotes.quote('store', question(more));
  assert(!('refusal' in result), `refused: ${JSON.stringify(result)}`);
  return result;
}

async function refusal(setup: World, more: Partial<QuoteQuestion> = {}) {
  const result = await (await world(setup)).quotes.quote('store', question(more));
  assert('refusal' in result, `quoted: ${JSON.stringify(result)}`);
  return result.refusal;
}

describe('a quote', () => {
  it('two headphones to Seattle come to 758.64, by the cheapest method', async () => {
    expect(await quoted({})).toMatchObject({ subtotalMinor: 69_600, taxMinor: 6_264, totalMinor: 75_864, shipping: standard });
  });

  it('takes the method that was asked for, with the tax on it', async () => {
    expect(await quoted({}, { shippingMethod: 'express' })).toMatchObject({
      shippingMinor: 1_500,
      shippingTaxMinor: 135,
      shipping: express,
    });
  });

  it('tells shipping the weight, the goods before discounts, and where they are', async () => {
    const { quotes, asked } = await world({ discounts: [discount('half', percentage(50))] });
    await quotes.quote('store', question({ lines: [{ sku: 'book', quantity: 3 }] }));
    expect(asked).toEqual([
      { storeId: 'store', destination: recipient, currency: 'USD', subtotalMinor: 6_000, weightGrams: 900, locations: ['SEA-3'], at: noon },
    ]);
  });

  it('knows the category of an SKU for its tax and its discounts', async () => {
    const onBooks = discount('books', percentage(10), { target: { kind: 'lines', skus: [], categories: ['books'] } });
    const result = await quoted({ discounts: [onBooks] }, { lines: [...question().lines, { sku: 'book', quantity: 1 }] });
    expect(result.lines.map(({ discountMinor, taxMinor }) => [discountMinor, taxMinor])).toEqual([
      [0, 6_264],
      [200, 36],
    ]);
  });

  it('free shipping by code is worth what the chosen method costs', async () => {
    const setup = { discounts: [discount('d', freeShipping, { automatic: false })], codes: [['FREE', 'd']] as const };
    const result = await quoted(setup, { codes: ['free'], shippingMethod: 'express' });
    expect(result).toMatchObject({ shippingMinor: 0, applied: [{ code: 'FREE', amountMinor: 1_500 }] });
  });

  it('is in the currency of the store when nobody says which', async () => {
    expect((await quoted({}, { currency: null })).currency).toBe('USD');
  });

  it('a tax service outside is asked about what is left after discounts, and believed', async () => {
    const asked: unknown[] = [];
    const taxes: TaxService = {
      async taxOf(taxQuestion) {
        asked.push(taxQuestion.lines, taxQuestion.destination.postalCode);
        return { lineTaxMinor: [7], shippingTaxMinor: 0, components: [] };
      },
    };
    const result = await quoted({ discounts: [discount('d', amountOff(600))], parts: { taxes } });
    expect(asked).toEqual([[{ sku: 'headphones', amountMinor: 69_000, taxCategory: null }], '98101']);
    expect(result.totalMinor).toBe(69_007);
  });
});

describe('Q2 to Q4 refusals', () => {
  const later: Instant = noon + 1;
  const discounts = [
    discount('ten', percentage(10), { automatic: false }),
    discount('big', percentage(10), { automatic: false, subtotalMinMinor: 1_000_000 }),
    discount('later', percentage(10), { automatic: false, startsAt: later }),
    discount('alone', percentage(20), { combines: false }),
  ];
  const codes = [
    ['TEN', 'ten'],
    ['BIG', 'big'],
    ['LATER', 'later'],
  ] as const;

  it.each<readonly [string, World, Partial<QuoteQuestion>, object]>([
    ['an SKU without a price', {}, { lines: [{ sku: 'hat', quantity: 1 }] }, { code: 'price_unavailable', sku: 'hat', why: 'no_price' }],
    ['another currency', {}, { currency: 'EUR' }, { code: 'price_unavailable', sku: 'headphones', why: 'other_currency' }],
    ['an unknown code', {}, { codes: ['nine'] }, { code: 'code_invalid', discountCode: 'NINE', why: 'code_unknown' }],
    [
      'a code whose minimum is not reached',
      { discounts, codes },
      { codes: ['BIG'] },
      { code: 'code_invalid', discountCode: 'BIG', why: 'subtotal_below_minimum' },
    ],
    [
      'a code that is not yet',
      { discounts, codes },
      { codes: ['TEN', 'LATER'] },
      { code: 'code_invalid', discountCode: 'LATER', why: 'not_started' },
    ],
    [
      'more codes than an order may name',
      {},
      { codes: Array.from({ length: 21 }, (_, index) => `C${index}`) },
      { code: 'code_invalid', discountCode: 'C20', why: 'too_many_codes' },
    ],
    [
      'an address without its parts',
      {},
      { destination: { ...recipient, name: ' ', city: '', region: 'Washington' } },
      { code: 'shipping_unavailable', why: 'address_incomplete', missing: ['name', 'city', 'region'] },
    ],
    [
      'a country that is none',
      {},
      { destination: { ...recipient, country: 'usa' } },
      { code: 'shipping_unavailable', why: 'address_incomplete', missing: ['country'] },
    ],
    ['a place nothing goes to', { options: [] }, {}, { code: 'shipping_unavailable', why: 'no_method' }],
    [
      'a method that is not offered',
      {},
      { shippingMethod: 'drone' },
      { code: 'shipping_unavailable', why: 'method_not_offered', offered: ['standard', 'express'] },
    ],
    [
      'the price before the code and the address',
      { options: [] },
      { codes: ['nine'], lines: [{ sku: 'hat', quantity: 1 }] },
      { code: 'price_unavailable' },
    ],
    ['the code before the address', {}, { codes: ['nine'], destination: { ...recipient, city: '' } }, { code: 'code_invalid' }],
  ])('%s', async (_what, setup, more, expected) => {
    expect(await refusal(setup, more)).toMatchObject(expected);
  });

  it('Q3 a code that gave way to a better discount is no refusal', async () => {
    const result = await quoted({ discounts, codes }, { codes: ['TEN'] });
    expect(result.applied.map(({ discountId }) => discountId)).toEqual(['alone']);
    expect(result.notApplied).toMatchObject([{ code: 'TEN', why: 'better_discount' }]);
  });

  it('Q3 a discount without a code that does not apply is no refusal', async () => {
    const result = await quoted({ discounts: [discount('later', percentage(10), { startsAt: later })] });
    expect(result.notApplied).toMatchObject([{ discountId: 'later', code: null, why: 'not_started' }]);
  });

  it('Q4 a region is asked for only where it decides', async () => {
    expect((await quoted({}, { destination: { name: 'Ada', line1: '1', city: 'Paris', country: 'FR', postalCode: '' } })).taxMinor).toBe(0);
  });
});

describe('before checkout', () => {
  it('a cart shows discounts, and codes that do nothing do no harm', async () => {
    const { quotes } = await world({ discounts: [discount('d', percentage(10))] });
    const { lines, currency, at } = question();
    expect(await quotes.totals('store', { lines, currency, at, codes: ['nine'] })).toMatchObject({
      discountMinor: 6_960,
      taxMinor: 0,
      totalMinor: 62_640,
      notApplied: [{ code: 'NINE', why: 'code_unknown' }],
    });
  });

  it('a checkout page sees what is offered', async () => {
    const { quotes } = await world();
    expect(await quotes.shippingOptions('store', question())).toEqual([standard, express]);
    expect(await quotes.shippingOptions('store', question({ currency: 'EUR' }))).toMatchObject({ refusal: { code: 'price_unavailable' } });
  });
});

it('Q5 a neighbour that is away is an operating fault', async () => {
  const shipping = { optionsFor: () => Promise.reject(new Error('no line')) };
  const { quotes } = await world({ parts: { shipping } });
  await expect(quotes.quote('store', question())).rejects.toThrow(PricingUnavailable);
});
