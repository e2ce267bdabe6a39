/** Stripe's amounts against ISO 4217: https://docs.stripe.com/currencies#special-cases */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencies, minorDigitsOf, payableStepOf } from '../../actors/kernel/currency.ts';
import { fromStripeAmount, toStripeAmount, toStripeFee } from './amounts.ts';

describe('an amount at Stripe', () => {
  it.each([
    [1_000, 'USD', 1_000],
    [500, 'JPY', 500],
    [5, 'ISK', 500],
    [5, 'UGX', 500],
    [500, 'MGA', 5],
    [501, 'MGA', null],
    [5_120, 'KWD', 5_120],
    [5_124, 'KWD', null],
    [1_000, 'HUF', 1_000],
  ])('%i %s is %s', (amountMinor, currency, amount) => {
    expect(toStripeAmount(amountMinor, currency)).toBe(amount);
  });

  it.each([
    [253, 'KWD', 250],
    [9, 'BHD', 0],
    [253, 'MGA', 2],
    [5, 'ISK', 500],
    [253, 'USD', 253],
  ])('as a fee of %i %s is %s: never a reason to refuse the order', (feeMinor, currency, fee) => {
    expect(toStripeFee(feeMinor, currency)).toBe(fee);
  });

  it('comes back as it went, in every currency, unless it could not go', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999 }), fc.constantFrom(...currencies), (amountMinor, currency) => {
        const amount = toStripeAmount(amountMinor, currency);
        expect(amount === null || fromStripeAmount(amount, currency) === amountMinor).toBe(true);
        expect(amount === null || Number.isInteger(amount)).toBe(true);
      }),
    );
  });

  it('exists for whatever is made of payable steps, in every currency', () => {
    for (const currency of currencies)
      for (const steps of [1, 7, 512]) expect(toStripeAmount(steps * payableStepOf(currency), currency), currency).not.toBeNull();
  });

  it('exists for every whole unit', () => {
    for (const currency of currencies) expect(toStripeAmount(7 * 10 ** (minorDigitsOf(currency) ?? 2), currency)).not.toBeNull();
  });
});
