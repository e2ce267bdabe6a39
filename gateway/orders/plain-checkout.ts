/**
 * The body of nearly every checkout, told by hand: lines of a SKU and a number, an address in plain letters. Also who is
 * turned away at the door sent one, and on the day of the drop those are most.
 *
 * P1. What is told here the schema says too, with the same value; whatever else a body may be is for the schema. Pure.
 */
import { isQuantity, isSku } from '../../actors/kernel/index.ts';
import { limits } from '../../runtime/limits.ts';
import { fieldsOf, isRecord } from '../schemas/plain.ts';
import type { LinesCheckout } from './schemas.ts';

/** Printable ASCII that neither begins nor ends with a space: nothing to trim, nothing to refuse. */
const plainText = /^[!-~](?:[ -~]*[!-~])?$/;
/** Of all addresses the schema takes, those without anything unusual in them. */
const plainEmail = /^[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9]+\.)+[A-Za-z]{2,}$/;
const plainCountry = /^[A-Z]{2}$/;

/** Null: another form, or wrong. */
export function plainCheckout(value: unknown): LinesCheckout | null {
  if (!isRecord(value)) return null;
  const { email, shippingAddress, shippingMethod, paymentMethod, lines } = value;
  if (fieldsOf(value) !== (shippingMethod === undefined ? 4 : 5)) return null;
  if (typeof email !== 'string' || email.length > 254 || !plainEmail.test(email)) return null;
  if (!isText(paymentMethod, 255) || (shippingMethod !== undefined && !isText(shippingMethod, 64))) return null;
  const to = plainAddress(shippingAddress);
  const wanted = plainLines(lines);
  if (to === null || wanted === null) return null;
  const checkout = { lines: wanted, email, shippingAddress: to, paymentMethod };
  return shippingMethod === undefined ? checkout : { ...checkout, shippingMethod };
}

function plainAddress(value: unknown): LinesCheckout['shippingAddress'] | null {
  if (!isRecord(value)) return null;
  const { name, line1, line2, city, region, postalCode, country } = value;
  if (fieldsOf(value) !== 5 + (line2 === undefined ? 0 : 1) + (region === undefined ? 0 : 1)) return null;
  if (!isText(name, 200) || !isText(line1, 200) || !isText(city, 100) || !isText(postalCode, 20)) return null;
  if (typeof country !== 'string' || !plainCountry.test(country)) return null;
  if ((line2 !== undefined && !isText(line2, 200)) || (region !== undefined && !isText(region, 100))) return null;
  const address = { name, line1, city, postalCode, country };
  if (line2 === undefined && region === undefined) return address;
  return { ...address, ...(line2 === undefined ? {} : { line2 }), ...(region === undefined ? {} : { region }) };
}

function plainLines(value: unknown): LinesCheckout['lines'] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.linesMax) return null;
  const lines: LinesCheckout['lines'] = [];
  for (const line of value as readonly unknown[]) {
    if (!isRecord(line) || fieldsOf(line) !== 2) return null;
    const { sku, quantity } = line;
    if (!isSku(sku) || !isQuantity(quantity)) return null;
    lines.push({ sku, quantity });
  }
  return lines;
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length <= max && plainText.test(value);
}
