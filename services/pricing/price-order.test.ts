/** What an order costs: the numbers of the header of `price-order.ts`, and orders that were worked out by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Discount, type PricedOrder, pricingLimits } from './port.ts';
import { type OrderQuestion, priceOrder } from './price-order.ts';
import { payableStepOf } from '../../actors/kernel/currency.ts';
import { sumOf } from '../../actors/kernel/rounding.ts';
import { amountOff, anyOrder, coupon, discount, freeShipping, noon, percentage, priced, rate } from './test-kit.ts';

const seattle = { country: 'US', region: 'WA', postalCode: '98101' };

function order(more: Partial<OrderQuestion> = {}): OrderQuestion {
  return {
    lines: [{ sku: 'headphones', quantity: 2 }],
    currency: 'USD',
    priceMode: 'tax_excluded',
    prices: new Map([['headphones', priced(34_800, { title: 'Headphones' })]]),
    discounts: [],
    coupons: [],
    codes: [],
    shippingMinor: 0,
    destination: seattle,
    rates: [rate('wa', 9, { region: 'WA' })],
    at: noon,
    ...more,
  };
}

function ok(question: OrderQuestion): PricedOrder {
  const result = priceOrder(question);
  if ('refusal' in result) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result;
}

describe('worked by hand', () => {
  it('two headphones at 348.00 with 9 % sales tax come to 758.64', () => {
    expect(ok(order())).toMatchObject({
      lines: [
        {
          sku: 'headphones',
          title: 'Headphones',
          quantity: 2,
          unitPriceMinor: 34_800,
          discountMinor: 0,
          taxMinor: 6_264,
          totalMinor: 75_864,
        },
      ],
      subtotalMinor: 69_600,
      taxMinor: 6_264,
      totalMinor: 75_864,
      taxes: [{ name: 'Tax wa', rateMillionths: 90_000, taxableMinor: 69_600, taxMinor: 6_264 }],
    });
  });

  it('a laptop stand at 29.99 with 8 % comes to 32.39', () => {
    const prices = new Map([['stand', priced(2_999)]]);
    const result = ok(order({ lines: [{ sku: 'stand', quantity: 1 }], prices, rates: [rate('fl', 8)] }));
    expect([result.taxMinor, result.totalMinor]).toEqual([240, 3_239]);
  });

  it('with tax in the prices the total is what was shown, and the tax is in it', () => {
    const result = ok(order({ priceMode: 'tax_included', rates: [rate('vat', 20)], shippingMinor: 600 }));
    expect(result).toMatchObject({ taxIncluded: true, subtotalMinor: 69_600, taxMinor: 11_600, totalMinor: 70_200 });
  });

  it('discount, shipping and tax together', () => {
    const result = ok(
      order({
        lines: [
          { sku: 'a', quantity: 3 },
          { sku: 'b', quantity: 1 },
        ],
        prices: new Map([
          ['a', priced(1_000)],
          ['b', priced(777)],
        ]),
        discounts: [discount('ten', percentage(10))],
        shippingMinor: 500,
        rates: [rate('wa', 9, { taxesShipping: true })],
      }),
    );
    // 37.77 − 3.78 = 33.99; 9 % = 3.06; shipping 5.00 + 0.45
    expect(result).toMatchObject({
      subtotalMinor: 3_777,
      discountMinor: 378,
      shippingMinor: 500,
      shippingTaxMinor: 45,
      taxMinor: 351,
      totalMinor: 4_250,
    });
    expect(result.lines.map(({ discountMinor }) => discountMinor)).toEqual([300, 78]);
  });

  it.each([
    ['JPY', 1_500, 150],
    ['KWD', 1_500, 150],
  ])('in %s the minor unit is the unit: 10 %% of %i is %i', (currency, unitPriceMinor, taxMinor) => {
    const prices = new Map([['x', priced(unitPriceMinor, { currency })]]);
    expect(ok(order({ currency, prices, lines: [{ sku: 'x', quantity: 1 }], rates: [rate('t', 10)] })).taxMinor).toBe(taxMinor);
  });

  it('O7 in dinars every part is one that a card can pay: 1.755 and 5 % of it', () => {
    const prices = new Map([
      ['x', priced(1_755, { currency: 'KWD' })],
      ['y', priced(1_115, { currency: 'KWD' })],
    ]);
    const lines = [
      { sku: 'x', quantity: 1 },
      { sku: 'y', quantity: 2 },
    ];
    const rates = [rate('t', 5, { taxesShipping: true })];
    const result = ok(order({ currency: 'KWD', prices, lines, rates, shippingMinor: 1_253, discounts: [discount('d', percentage(3))] }));
    // 1.760 + 2.230 = 3.990; 3 % is 0.1197; 5 % of 3.870 is 0.1935; shipping 1.250 + 0.0625
    expect(result).toMatchObject({
      subtotalMinor: 3_990,
      discountMinor: 120,
      shippingMinor: 1_250,
      shippingTaxMinor: 60,
      taxMinor: 250,
      totalMinor: 5_370,
    });
    expect(result.lines.map(({ unitPriceMinor }) => unitPriceMinor)).toEqual([1_755, 1_115]); // O3
  });

  it('O7 tax that is in the price is no part of what is paid, and stays exact', () => {
    const prices = new Map([['x', priced(1_750, { currency: 'BHD' })]]);
    const lines = [{ sku: 'x', quantity: 1 }];
    const result = ok(order({ currency: 'BHD', priceMode: 'tax_included', prices, lines, rates: [rate('vat', 10)] }));
    expect([result.totalMinor, result.taxMinor]).toEqual([1_750, 159]);
  });

  it('a code in small letters and blanks applies, and the answer says which', () => {
    const result = ok(
      order({ discounts: [discount('d', amountOff(600), { automatic: false })], coupons: [coupon('SIX', 'd')], codes: [' six '] }),
    );
    expect(result.applied).toEqual([{ discountId: 'd', code: 'SIX', name: 'Name of d', amountMinor: 600 }]);
    expect(result.totalMinor).toBe(75_210);
  });

  it('O2 free shipping is taken off the shipping and not off the goods', () => {
    const result = ok(order({ discounts: [discount('free', freeShipping)], shippingMinor: 495 }));
    expect(result).toMatchObject({
      shippingMinor: 0,
      discountMinor: 0,
      applied: [{ discountId: 'free', amountMinor: 495 }],
      totalMinor: 75_864,
    });
  });

  it('without a destination there is no tax yet: what a cart shows', () => {
    expect(ok(order({ destination: null, shippingMinor: null }))).toMatchObject({ taxMinor: 0, shippingMinor: 0, totalMinor: 69_600 });
  });
});

describe('O5 what cannot be priced says why', () => {
  it.each([
    ['an SKU without a price', order({ prices: new Map() }), { code: 'price_unavailable', sku: 'headphones', why: 'no_price' }],
    ['another currency', order({ currency: 'EUR' }), { code: 'price_unavailable', sku: 'headphones', why: 'other_currency' }],
    [
      'more than can be summed exactly',
      order({ prices: new Map([['headphones', priced(pricingLimits.subtotalMinorMax)]]) }),
      { code: 'amount_too_large', sku: 'headphones' },
    ],
  ])('%s', (_what, question, refusal) => {
    expect(priceOrder(question)).toEqual({ refusal });
  });

  it('a price of 0 is a price', () => {
    expect(ok(order({ prices: new Map([['headphones', priced(0)]]) })).totalMinor).toBe(0);
  });
});

describe('whatever the order', () => {
  it('O1 the parts sum to the total, and nothing is below 0', () => {
    fc.assert(
      fc.property(anyOrder, (question) => {
        const result = ok(question);
        const tax = result.taxIncluded ? 0 : result.taxMinor;
        expect(result.subtotalMinor - result.discountMinor + result.shippingMinor + tax).toBe(result.totalMinor);
        expect(
          sumOf(result.lines.map((line) => line.totalMinor)) + result.shippingMinor + (result.taxIncluded ? 0 : result.shippingTaxMinor),
        ).toBe(result.totalMinor);
        expect(sumOf(result.lines.map((line) => line.discountMinor))).toBe(result.discountMinor);
        expect(sumOf(result.lines.map((line) => line.taxMinor)) + result.shippingTaxMinor).toBe(result.taxMinor);
        expect(sumOf(result.taxes.map((component) => component.taxMinor))).toBe(result.taxMinor);
        expect(sumOf(result.applied.map((applied) => applied.amountMinor))).toBe(
          result.discountMinor + question.shippingMinor - result.shippingMinor,
        );
        for (const line of result.lines) {
          for (const value of [line.discountMinor, line.taxMinor, line.totalMinor]) expect(value).toBeGreaterThanOrEqual(0);
          expect(line.discountMinor).toBeLessThanOrEqual(line.unitPriceMinor * line.quantity);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('O7 in every currency a total and each of its parts is made of payable steps, and they sum', () => {
    const anywhere = fc.record({ question: anyOrder, currency: fc.constantFrom('KWD', 'BHD', 'JOD', 'OMR', 'TND', 'MGA', 'IQD', 'JPY') });
    fc.assert(
      fc.property(anywhere, ({ question, currency }) => {
        const here = (value: Discount['value']) => (value.kind === 'amount' ? { ...value, currency } : value);
        const result = ok({
          ...question,
          currency,
          prices: new Map([...question.prices].map(([sku, price]) => [sku, { ...price, currency }])),
          discounts: question.discounts.map((each) => ({ ...each, value: here(each.value) })),
        });
        const paid = [result.totalMinor, result.shippingMinor, ...result.lines.map(({ totalMinor }) => totalMinor)];
        expect(paid.map((amountMinor) => amountMinor % payableStepOf(currency))).toEqual(paid.map(() => 0));
        const { subtotalMinor, discountMinor, shippingMinor, shippingTaxMinor, taxMinor, taxIncluded, totalMinor } = result;
        expect(subtotalMinor - discountMinor + shippingMinor + (taxIncluded ? 0 : taxMinor)).toBe(totalMinor);
        expect(sumOf(result.lines.map((line) => line.totalMinor)) + shippingMinor + (taxIncluded ? 0 : shippingTaxMinor)).toBe(totalMinor);
        expect(sumOf(result.taxes.map((component) => component.taxMinor))).toBe(taxMinor);
      }),
      { numRuns: 500 },
    );
  });

  it('O4 the order of lines, discounts, codes and rates changes no amount', () => {
    const shuffled = anyOrder.chain((question) =>
      fc.record({
        question: fc.constant(question),
        lines: fc.shuffledSubarray(question.lines, { minLength: question.lines.length }),
        discounts: fc.shuffledSubarray(question.discounts, { minLength: question.discounts.length }),
        rates: fc.shuffledSubarray(question.rates, { minLength: question.rates.length }),
        codes: fc.shuffledSubarray(question.codes, { minLength: question.codes.length }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ question, ...other }) => {
        const sorted = ({ lines, notApplied, ...rest }: PricedOrder) => ({
          ...rest,
          lines: [...lines].sort((left, right) => (left.sku < right.sku ? -1 : 1)),
          notApplied: notApplied.map((entry) => JSON.stringify(entry)).sort(),
        });
        expect(sorted(ok({ ...question, ...other }))).toEqual(sorted(ok(question)));
      }),
      { numRuns: 300 },
    );
  });

  it('O4 one line of five is two lines of two and three', () => {
    const split = order({
      lines: [
        { sku: 'headphones', quantity: 2 },
        { sku: 'headphones', quantity: 3 },
      ],
    });
    expect(ok(split)).toEqual(ok(order({ lines: [{ sku: 'headphones', quantity: 5 }] })));
  });

  it('every discount and code that was known is in exactly one of applied and notApplied', () => {
    fc.assert(
      fc.property(anyOrder, (question) => {
        const { applied, notApplied } = ok(question);
        const ids = [...applied, ...notApplied].map(({ discountId }) => discountId).filter((id) => id !== null);
        expect(new Set(ids).size).toBe(ids.length);
        const automatic = question.discounts.filter((one) => one.automatic).map((one) => one.id);
        expect(automatic.filter((id) => !ids.includes(id))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
