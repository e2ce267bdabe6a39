/** Tax: decision tables for the rules X1 to X6. */
import { describe, expect, it } from 'vitest';
import type { TaxQuestion, TaxRate } from './port.ts';
import { taxOf } from './tax.ts';
import { noon, rate } from './test-kit.ts';

const seattle = { country: 'US', region: 'WA', postalCode: '98101-1234' };

function ask(rates: readonly TaxRate[], more: Partial<TaxQuestion> = {}) {
  return taxOf({
    storeId: 'store',
    currency: 'USD',
    priceMode: 'tax_excluded',
    destination: seattle,
    lines: [{ sku: 'a', amountMinor: 10_000, taxCategory: null }],
    shippingMinor: 0,
    at: noon,
    rates,
    ...more,
  });
}

const taxOn = (rates: readonly TaxRate[], more: Partial<TaxQuestion> = {}) => ask(rates, more).lineTaxMinor[0];
const book = [{ sku: 'a', amountMinor: 10_000, taxCategory: 'books' }];

describe('X1 where and when a rate holds', () => {
  it.each([
    ['its country', {}, 500],
    ['another country', { country: 'CA' }, 0],
    ['its region', { region: 'WA' }, 500],
    ['another region', { region: 'OR' }, 0],
    ['its postal prefix', { postalPrefix: '981' }, 500],
    ['another postal prefix', { postalPrefix: '982' }, 0],
    ['another category', { category: 'books' }, 0],
    ['from now', { startsAt: noon }, 500],
    ['from later', { startsAt: noon + 1 }, 0],
    ['until later', { endsAt: noon + 1 }, 500],
    ['until now', { endsAt: noon }, 0],
  ])('%s', (_what, more, taxMinor) => {
    expect(taxOn([rate('r', 5, more)])).toBe(taxMinor);
  });

  it('postal codes are compared without blanks, in capitals', () => {
    const rates = [rate('r', 5, { country: 'GB', postalPrefix: 'SW1A' })];
    expect(taxOn(rates, { destination: { country: 'GB', postalCode: 'sw1 a1aa' } })).toBe(500);
  });
});

describe('X2 the closest rate of a layer counts, layers add up', () => {
  const general = rate('general', 5);
  it.each([
    ['region before country', [general, rate('r', 7, { region: 'WA' })], 700],
    ['postal prefix before region', [rate('r', 7, { region: 'WA' }), rate('p', 8, { postalPrefix: '98' })], 800],
    ['the longer prefix', [rate('p', 8, { postalPrefix: '981' }), rate('q', 9, { postalPrefix: '98' })], 800],
    ['the one that began later', [general, rate('new', 6, { startsAt: noon })], 600],
    ['the one that begins tomorrow not yet', [general, rate('new', 6, { startsAt: noon + 86_400_000 })], 500],
    ['the smaller id where all is equal', [rate('b', 6), rate('a', 5)], 500],
    ['two layers', [general, rate('county', 3, { layer: 'county', postalPrefix: '981' })], 800],
    ['two layers of which one is elsewhere', [general, rate('county', 3, { layer: 'county', postalPrefix: '970' })], 500],
  ])('%s', (_what, rates, taxMinor) => {
    expect(taxOn(rates)).toBe(taxMinor);
    expect(taxOn([...rates].reverse())).toBe(taxMinor);
  });

  it.each([
    ['its own rate', [general, rate('books', 2, { category: 'books' })], 200],
    ['its own rate before a closer general one', [rate('p', 9, { postalPrefix: '981' }), rate('books', 2, { category: 'books' })], 200],
    ['X6 a rate of 0, which keeps the general one away', [general, rate('books', 0, { category: 'books' })], 0],
    ['the general one where it has none', [general, rate('food', 0, { category: 'food' })], 500],
  ])('a book has %s', (_what, rates, taxMinor) => {
    expect(taxOn(rates, { lines: book })).toBe(taxMinor);
  });
});

describe('X3 rounded once per set of rates', () => {
  const tenOfFive = Array.from({ length: 10 }, (_, index) => ({ sku: `s${index}`, amountMinor: 5, taxCategory: null }));

  it('ten lines of 5 cents pay the tax of 50 cents, spread to the unit', () => {
    const { lineTaxMinor } = ask([rate('r', 9)], { lines: tenOfFive });
    expect(lineTaxMinor).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
    const turned = ask([rate('r', 9)], { lines: [...tenOfFive].reverse() });
    expect([...turned.lineTaxMinor].reverse()).toEqual(lineTaxMinor);
  });

  it('lines with other rates are another sum', () => {
    const lines = [...tenOfFive, { sku: 'z', amountMinor: 10_000, taxCategory: 'books' }];
    const { lineTaxMinor, components } = ask([rate('r', 9), rate('books', 2, { category: 'books', name: 'Reduced' })], { lines });
    expect(lineTaxMinor.at(-1)).toBe(200);
    expect(components).toEqual([
      { name: 'Reduced', rateMillionths: 20_000, taxableMinor: 10_000, taxMinor: 200 },
      { name: 'Tax r', rateMillionths: 90_000, taxableMinor: 50, taxMinor: 5 },
    ]);
  });

  it('layers are told apart on the receipt and sum to what was paid', () => {
    const { components } = ask([rate('state', 6.5), rate('county', 2.5, { layer: 'county' })], {
      lines: [{ sku: 'a', amountMinor: 69_600, taxCategory: null }],
    });
    expect(components.map(({ name, taxMinor }) => [name, taxMinor])).toEqual([
      ['Tax county', 1_740],
      ['Tax state', 4_524],
    ]);
  });
});

describe('X4 and X5 included tax, and shipping', () => {
  const vat = rate('vat', 20, { taxesShipping: true });
  it.each([
    ['excluded', 'tax_excluded', [vat], 2_000, 100],
    ['included', 'tax_included', [vat], 1_667, 83],
    ['shipping is not taxed', 'tax_excluded', [rate('vat', 20)], 2_000, 0],
    ['shipping has no category', 'tax_excluded', [rate('v', 20, { category: 'books', taxesShipping: true })], 0, 0],
    ['X6 no rate', 'tax_included', [], 0, 0],
  ] as const)('%s', (_what, priceMode, rates, lineTaxMinor, shippingTaxMinor) => {
    const answer = ask(rates, { priceMode, shippingMinor: 500 });
    expect([answer.lineTaxMinor[0], answer.shippingTaxMinor]).toEqual([lineTaxMinor, shippingTaxMinor]);
  });
});
