/**
 * What part of an order's money belongs to some of its units: for refunds, for shipments, for what is left. Pure.
 *
 * F1. Units of a line are counted from 0. A part takes the next ones, and their money is what the end of the range has
 *     been given minus what its beginning had (`slice`). So however an order is split, and in whatever order its parts
 *     are refunded, the parts of all units sum to exactly what was paid, and no part is negative.
 * F2. Discount and tax of a part are sliced the same way, so the parts' sums are also exact one by one.
 * F3. Shipping is money without units: it is sliced by its own amount. Its tax follows.
 * F4. More than is left is refused, with what is left.
 */
import { assert } from './assert.ts';
import { slice, sumOf } from './rounding.ts';

/** The part of a quote, as kept with the order, that this needs. */
export interface PaidOrder {
  readonly taxIncluded: boolean;
  readonly lines: readonly PaidLine[];
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
}

export interface PaidLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
}

export interface Units {
  readonly sku: string;
  readonly quantity: number;
}

/** What was given back before; for shipments, what was shipped before. */
export interface Given {
  readonly units: readonly Units[];
  /** Without its tax. */
  readonly shippingMinor: number;
}

export const nothingGiven: Given = { units: [], shippingMinor: 0 };

export interface Part {
  readonly lines: readonly PartLine[];
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly shippingTaxMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
}

export interface PartLine extends Units {
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly taxMinor: number;
  readonly totalMinor: number;
}

/** In the order in which they are checked. */
export type PartRefusal =
  | { readonly code: 'sku_not_in_order'; readonly sku: string }
  | { readonly code: 'units_exceeded'; readonly sku: string; readonly left: number }
  | { readonly code: 'shipping_exceeded'; readonly leftMinor: number };

/** `shippingMinor`: how much of the shipping goes with it, without its tax. */
export function refundFor(
  order: PaidOrder,
  units: readonly Units[],
  given: Given,
  shippingMinor = 0,
): Part | { readonly refusal: PartRefusal } {
  const lines: PartLine[] = [];
  const before = unitsBySku(given.units);
  for (const [sku, quantity] of unitsBySku(units)) {
    const line = order.lines.find((candidate) => candidate.sku === sku);
    if (line === undefined) return { refusal: { code: 'sku_not_in_order', sku } };
    const from = before.get(sku) ?? 0;
    assert(from <= line.quantity, 'no more was given back than was sold');
    if (from + quantity > line.quantity) return { refusal: { code: 'units_exceeded', sku, left: line.quantity - from } }; // F4
    lines.push(partLineOf(order, line, from, from + quantity));
  }
  const leftMinor = order.shippingMinor - given.shippingMinor;
  assert(shippingMinor >= 0 && leftMinor >= 0, 'shipping is given back once');
  if (shippingMinor > leftMinor) return { refusal: { code: 'shipping_exceeded', leftMinor } };
  return partOf(order, lines, given.shippingMinor, shippingMinor);
}

/** Whatever is left of everything. */
export function refundOfRest(order: PaidOrder, given: Given): Part {
  const before = unitsBySku(given.units);
  const units = order.lines.map(({ sku, quantity }) => ({ sku, quantity: quantity - (before.get(sku) ?? 0) }));
  const part = refundFor(
    order,
    units.filter(({ quantity }) => quantity > 0),
    given,
    order.shippingMinor - given.shippingMinor,
  );
  assert(!('refusal' in part), 'what is left can be given back');
  return part;
}

/** The money of each shipment, in the order they leave; the first carries the shipping. Null: units beyond the order. */
export function splitShipments(order: PaidOrder, shipments: readonly (readonly Units[])[]): readonly Part[] | null {
  const parts: Part[] = [];
  let given = nothingGiven;
  for (const units of shipments) {
    const part = refundFor(order, units, given, order.shippingMinor - given.shippingMinor);
    if ('refusal' in part) return null;
    parts.push(part);
    given = plus(given, units, part.shippingMinor);
  }
  return parts;
}

export function plus(given: Given, units: readonly Units[], shippingMinor: number): Given {
  const sums = [...unitsBySku([...given.units, ...units])].map(([sku, quantity]) => ({ sku, quantity }));
  return { units: sums, shippingMinor: given.shippingMinor + shippingMinor };
}

/** F1, F2 */
function partLineOf(order: PaidOrder, line: PaidLine, from: number, to: number): PartLine {
  const subtotalMinor = line.unitPriceMinor * (to - from);
  const discountMinor = slice(line.discountMinor, from, to, line.quantity);
  const taxMinor = slice(line.taxMinor, from, to, line.quantity);
  const totalMinor = subtotalMinor - discountMinor + (order.taxIncluded ? 0 : taxMinor);
  assert(totalMinor >= 0, 'no part costs less than nothing');
  return { sku: line.sku, quantity: to - from, subtotalMinor, discountMinor, taxMinor, totalMinor };
}

function partOf(order: PaidOrder, lines: readonly PartLine[], shippingBeforeMinor: number, shippingMinor: number): Part {
  const shippingEndMinor = shippingBeforeMinor + shippingMinor;
  const shippingTaxMinor = slice(order.shippingTaxMinor, shippingBeforeMinor, shippingEndMinor, order.shippingMinor); // F3
  return {
    lines,
    subtotalMinor: sumOf(lines.map((line) => line.subtotalMinor)),
    discountMinor: sumOf(lines.map((line) => line.discountMinor)),
    shippingMinor,
    shippingTaxMinor,
    taxMinor: sumOf(lines.map((line) => line.taxMinor)) + shippingTaxMinor,
    totalMinor: sumOf(lines.map((line) => line.totalMinor)) + shippingMinor + (order.taxIncluded ? 0 : shippingTaxMinor),
  };
}

function unitsBySku(units: readonly Units[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of units) {
    assert(Number.isSafeInteger(quantity) && quantity > 0, 'units are counted from 1');
    sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  }
  return sums;
}
