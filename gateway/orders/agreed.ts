/**
 * What only the merchant may say of an order: prices of its lines, no tax, another price for shipping. As shops do it
 * who agree with a buyer on the telephone, or take over orders from elsewhere.
 *
 * G1. A buyer who names a price is refused, whatever key their storefront shows.
 * G2. Of an SKU all units have a named price, or none.
 */
import type { Agreement } from '../../actors/order/commands.ts';
import { type OpenAnswer, problemAnswer } from '../http/answers.ts';
import type { Identity } from '../http/route.ts';
import type { CartCheckout, LinesCheckout } from './schemas.ts';

/** Null: it may stand. */
export function refusedAgreement(body: CartCheckout | LinesCheckout, { merchant }: Identity): OpenAnswer | null {
  if ('cartId' in body) return null;
  const { lines, taxExempt, shippingMinor } = body;
  const named = new Set(lines.filter(({ unitPriceMinor }) => unitPriceMinor !== undefined).map(({ sku }) => sku));
  if (named.size === 0 && taxExempt === undefined && shippingMinor === undefined) return null;
  if (!merchant) return problemAnswer('secret_key_required'); // G1
  const mixed = lines.findIndex(({ sku, unitPriceMinor }) => unitPriceMinor === undefined && named.has(sku));
  if (mixed < 0) return null;
  const detail = 'another line of this SKU names its price, so this one must, too'; // G2
  return problemAnswer('validation_failed', { errors: [{ pointer: `/lines/${mixed}/unitPriceMinor`, detail }] });
}

export function agreementOf(body: CartCheckout | LinesCheckout): { readonly agreed?: Agreement } {
  if ('cartId' in body || (body.taxExempt === undefined && body.shippingMinor === undefined)) return {};
  return { agreed: { taxExempt: body.taxExempt === true, shippingMinor: body.shippingMinor ?? null } };
}
