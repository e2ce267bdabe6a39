/**
 * What things cost in a simulated world: pure, in whole units, and the same for the same question. It stands in for
 * `services/pricing`, whose sums have tests of their own; what matters here is that sums are exact and sometimes refused.
 */
import type { AskQuote, Quote, QuoteLine, QuoteOutcome } from '../../actors/order/index.ts';

/** Takes a tenth off. */
export const tenthOffCode = 'TENTH OFF';
/** Takes everything off, shipping too: nothing is left to pay. */
export const giftCode = 'GIFT';
/** Its uses can be held, and prices know nothing of it any more. */
export const forgottenCode = 'LAST YEAR';

const shippingMinor = 490;

export function quoteFor({ lines, codes, currency }: Pick<AskQuote, 'lines' | 'codes' | 'currency'>): QuoteOutcome {
  if (codes.includes(forgottenCode)) return { ok: false, refusal: { code: 'code_invalid', discountCode: forgottenCode, why: 'over' } };
  const isGift = codes.includes(giftCode);
  const share = isGift ? 1 : codes.includes(tenthOffCode) ? 0.1 : 0;
  const quoted = lines.map((line) => quotedLine(line, share));
  const sum = (pick: (line: QuoteLine) => number) => quoted.reduce((total, line) => total + pick(line), 0);
  const shipping = isGift ? 0 : shippingMinor;
  const discountMinor = sum((line) => line.discountMinor);
  const quote: Quote = {
    currency,
    lines: quoted,
    subtotalMinor: sum((line) => line.unitPriceMinor * line.quantity),
    discountMinor,
    shippingMinor: shipping,
    shippingTaxMinor: 0,
    taxMinor: 0,
    taxIncluded: true,
    totalMinor: sum((line) => line.totalMinor) + shipping,
    shippingMethod: 'standard',
    deliverFrom: null,
    deliverBy: null,
    applied: codes.map((code) => ({ code, name: code, amountMinor: discountMinor })),
    notApplied: [],
  };
  return { ok: true, quote };
}

/** Odd prices, so that a tenth is rarely whole. */
export function unitPriceMinorOf(sku: string): number {
  return 301 + 97 * sku.length;
}

function quotedLine({ sku, quantity }: AskQuote['lines'][number], share: number): QuoteLine {
  const unitPriceMinor = unitPriceMinorOf(sku);
  const discountMinor = Math.floor(unitPriceMinor * quantity * share);
  const totalMinor = unitPriceMinor * quantity - discountMinor;
  return { sku, quantity, title: sku, unitPriceMinor, discountMinor, taxMinor: 0, totalMinor };
}
