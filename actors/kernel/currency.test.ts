/** Currencies: the kept list against `Intl`, and amounts as text without a float. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencies, decimalTextOf, isCurrency, minorDigitsOf, minorOf } from './currency.ts';

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['KRW', 0],
    ['EUR', 2],
    ['USD', 2],
    ['HUF', 2],
    ['KWD', 3],
    ['IQD', 3],
  ] as const)('%s has %i digits', (currency, digits) => {
    expect(minorDigitsOf(currency)).toBe(digits);
  });

  it('agree with Intl but for those where Intl follows usage and not the standard', () => {
    const intlDigits = (currency: string) =>
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    const byUsage = 'AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK PKR SOS SYP YER'.split(' ');
    const differing = currencies.filter((currency) => intlDigits(currency) !== minorDigitsOf(currency));
    expect(differing.filter((currency) => !byUsage.includes(currency))).toEqual([]);
  });

  it('are written in capitals, and nothing else is one', () => {
    expect(currencies).toHaveLength(new Set(currencies).size);
    for (const other of ['eur', 'EURO', 'XXY', '', null, 7]) expect(isCurrency(other)).toBe(false);
    expect(minorDigitsOf('XXY')).toBeNull();
  });
});

describe('amounts as text', () => {
  it.each([
    [75_864, 'USD', '758.64'],
    [5, 'USD', '0.05'],
    [-5, 'USD', '-0.05'],
    [1_500, 'JPY', '1500'],
    [1_500, 'KWD', '1.500'],
    [0, 'KWD', '0.000'],
  ])('%i %s is %s', (amountMinor, currency, text) => {
    expect(decimalTextOf(amountMinor, currency)).toBe(text);
    expect(minorOf(text, currency)).toBe(amountMinor);
  });

  it.each([
    ['1.005', 'USD'],
    ['1.5', 'JPY'],
    ['1,50', 'EUR'],
    ['', 'EUR'],
    ['1e3', 'EUR'],
    ['1', 'XXY'],
    ['999999999999999.99', 'EUR'],
  ])('%s %s is no amount', (text, currency) => {
    expect(minorOf(text, currency)).toBeNull();
  });

  it('come back as they went, in every currency', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.constantFrom(...currencies), (amountMinor, currency) => {
        expect(minorOf(decimalTextOf(amountMinor, currency), currency)).toBe(amountMinor);
      }),
    );
  });
});
