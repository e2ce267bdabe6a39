/** Amounts as pages show them and take them: the server's digits, whatever the `Intl` of a browser says. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as kernel from '../../../actors/kernel/index.ts';
import { openPage } from '../page.fixture.ts';

interface PageMoney {
  money(amountMinor: number, currency: string): string;
  decimalTextOf(amountMinor: number, currency: string): string;
  minorOf(typed: string, currency: string): number | null;
  totalText(amounts: readonly { readonly amountMinor: number; readonly currency: string }[]): string;
}

openPage();
const { money, decimalTextOf, minorOf, totalText } = (await import(join(import.meta.dirname, 'money.js'))) as PageMoney;

/** `10000.00` of `HUF 10,000.00` or `10.000,00 Ft`: the language is that of the machine. */
function decimalIn(text: string): string {
  const point = new Intl.NumberFormat().formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  const number = /\d(?:.*\d)?/.exec(text)?.[0] ?? '';
  return [...number]
    .filter((one) => one === point || /\d/.test(one))
    .join('')
    .replace(point, '.');
}

describe('an amount that is shown', () => {
  it.each(kernel.currencies)('is exact in %s', (currency) => {
    for (const amountMinor of [0, 1, 99, 1_234_567, Number.MAX_SAFE_INTEGER]) {
      const exact = kernel.decimalTextOf(amountMinor, currency);
      expect(decimalIn(money(amountMinor, currency))).toBe(exact);
      expect(decimalTextOf(amountMinor, currency)).toBe(exact);
    }
  });

  it('is a sum in the currency of the things that cost it, one for each currency', () => {
    const price = (amountMinor: number, currency: string) => ({ amountMinor, currency });
    expect(totalText([price(500_000, 'HUF'), price(250_000, 'HUF')])).toBe(money(750_000, 'HUF'));
    expect(totalText([price(100, 'EUR'), price(7, 'JPY'), price(50, 'EUR')])).toBe(`${money(150, 'EUR')} + ${money(7, 'JPY')}`);
    expect(totalText([])).toBe('');
  });

  it('keeps its sign', () => {
    expect(decimalTextOf(-5, 'USD')).toBe('-0.05');
    expect(money(-5, 'USD')).toContain('-');
  });
});

describe('an amount that is typed', () => {
  it.each([
    ['5000', 'HUF', 500_000],
    ['5000.00', 'HUF', 500_000],
    ['1500', 'JPY', 1_500],
    ['1.5', 'KWD', 1_500],
    ['1.234', 'KWD', 1_234],
    ['1.1', 'USD', 110],
    ['.5', 'USD', 50],
    ['5.', 'USD', 500],
    ['0.500', 'USD', 50],
    ['007', 'USD', 700],
    ['90071992547409.91', 'USD', Number.MAX_SAFE_INTEGER],
  ])('%s %s is %i minor units', (typed, currency, amountMinor) => {
    expect(minorOf(typed, currency)).toBe(amountMinor);
  });

  it.each([
    ['', 'USD'],
    ['.', 'USD'],
    ['1.005', 'USD'],
    ['1.5', 'JPY'],
    ['1,50', 'EUR'],
    ['1e3', 'EUR'],
    ['-1', 'EUR'],
    ['1', 'XXY'],
    ['90071992547409.92', 'USD'],
    ['9'.repeat(1_000), 'USD'],
  ])('%s %s is no amount', (typed, currency) => {
    expect(minorOf(typed, currency)).toBeNull();
  });

  it('is what the server reads, in every currency', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), fc.constantFrom(...kernel.currencies), (amountMinor, currency) => {
        const typed = decimalTextOf(amountMinor, currency);
        expect(minorOf(typed, currency)).toBe(amountMinor);
        expect(kernel.minorOf(typed, currency)).toBe(amountMinor);
      }),
    );
  });
});
