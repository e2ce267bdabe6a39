/**
 * Amounts as Stripe counts them. Stripe follows ISO 4217 but for a few currencies, and an amount that is wrong by a
 * hundred is the most expensive mistake a shop can make; so the differences are a table of their own.
 */

/** ISO counts them without digits, Stripe with two that must be 0. */
const twoDigitsAtStripe: ReadonlySet<string> = new Set(['ISK', 'UGX']);
/** ISO counts them with two digits, Stripe without. */
const wholeAtStripe: ReadonlySet<string> = new Set(['MGA']);
/** Three digits, of which Stripe wants the last to be 0. */
const tensAtStripe: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** Null: Stripe cannot take exactly this amount. */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
  const code = currency.toUpperCase();
  if (twoDigitsAtStripe.has(code)) return amountMinor * 100;
  if (wholeAtStripe.has(code)) return amountMinor % 100 === 0 ? amountMinor / 100 : null;
  if (tensAtStripe.has(code)) return amountMinor % 10 === 0 ? amountMinor : null;
  return amountMinor;
}

/** What the platform keeps is for nobody to count: where Stripe cannot take exactly that, it is the next less that it can.
 *  An order whose total can be paid is not refused for its fee. */
export function toStripeFee(feeMinor: number, currency: string): number {
  const code = currency.toUpperCase();
  const step = wholeAtStripe.has(code) ? 100 : tensAtStripe.has(code) ? 10 : 1;
  return toStripeAmount(feeMinor - (feeMinor % step), currency) ?? 0;
}

export function fromStripeAmount(amount: number, currency: string): number {
  const code = currency.toUpperCase();
  if (twoDigitsAtStripe.has(code)) return Math.round(amount / 100);
  return wholeAtStripe.has(code) ? amount * 100 : amount;
}
