/** Refunds and shipments: no sequence of parts loses or invents a cent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PricedOrder } from './port.ts';
import { priceOrder } from './price-order.ts';
import { nothingGiven, type PaidOrder, type Part, plus, refundFor, refundOfRest, splitShipments } from '../../actors/kernel/refunds.ts';
import { sumOf } from '../../actors/kernel/rounding.ts';
import { anyOrder } from './test-kit.ts';

/** Three at 10.00 with 1.00 off and 9 %: nothing divides. */
const order: PaidOrder = {
  taxIncluded: false,
  lines: [
    { sku: 'a', quantity: 3, unitPriceMinor: 1_000, discountMinor: 100, taxMinor: 261 },
    { sku: 'b', quantity: 1, unitPriceMinor: 50, discountMinor: 50, taxMinor: 0 },
  ],
  shippingMinor: 500,
  shippingTaxMinor: 45,
};

function part(result: ReturnType<typeof refundFor>): Part {
  if ('refusal' in result) throw new Error(JSON.stringify(result.refusal));
  return result;
}

/** A random way to give everything back, some units and some shipping at a time. */
const anyRefunds = fc.record({
  question: anyOrder,
  steps: fc.array(fc.record({ line: fc.nat(7), quantity: fc.integer({ min: 1, max: 20 }), shippingMinor: fc.nat(700) }), { maxLength: 30 }),
});

describe('worked by hand', () => {
  it('F1 one unit after the other sums to the line', () => {
    let given = nothingGiven;
    const totals: number[] = [];
    for (let unit = 0; unit < 3; unit += 1) {
      const one = [{ sku: 'a', quantity: 1 }];
      totals.push(part(refundFor(order, one, given)).totalMinor);
      given = plus(given, one, 0);
    }
    expect(totals).toEqual([1_054, 1_053, 1_054]);
    expect(sumOf(totals)).toBe(3_000 - 100 + 261);
  });

  it('F3 shipping in parts, with its tax', () => {
    const first = part(refundFor(order, [], nothingGiven, 333));
    const rest = part(refundFor(order, [], plus(nothingGiven, [], 333), 167));
    expect([first.totalMinor, rest.totalMinor]).toEqual([333 + 30, 167 + 15]);
  });

  it('with tax in the prices a refund pays the price and says the tax', () => {
    expect(part(refundFor({ ...order, taxIncluded: true }, [{ sku: 'a', quantity: 3 }], nothingGiven))).toMatchObject({
      totalMinor: 2_900,
      taxMinor: 261,
    });
  });

  it('shipments: the first carries the shipping', () => {
    const parts = splitShipments(order, [
      [{ sku: 'a', quantity: 2 }],
      [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 1 },
      ],
    ]);
    expect(parts?.map(({ totalMinor }) => totalMinor)).toEqual([2_107 + 545, 1_054]);
    expect(splitShipments(order, [[{ sku: 'a', quantity: 4 }]])).toBeNull();
  });
});

describe('F4 more than is left is refused', () => {
  const given = { units: [{ sku: 'a', quantity: 2 }], shippingMinor: 400 };
  it.each([
    ['an SKU that is not in the order', [{ sku: 'z', quantity: 1 }], 0, { code: 'sku_not_in_order', sku: 'z' }],
    ['units that are gone', [{ sku: 'a', quantity: 2 }], 0, { code: 'units_exceeded', sku: 'a', left: 1 }],
    [
      'one SKU named twice',
      [
        { sku: 'a', quantity: 1 },
        { sku: 'a', quantity: 1 },
      ],
      0,
      { code: 'units_exceeded', sku: 'a', left: 1 },
    ],
    ['shipping', [], 101, { code: 'shipping_exceeded', leftMinor: 100 }],
  ])('%s', (_what, units, shippingMinor, refusal) => {
    expect(refundFor(order, units, given, shippingMinor)).toEqual({ refusal });
  });
});

describe('whatever the order and the sequence', () => {
  it('F1 and F2 partial refunds and the rest sum to exactly what was paid', () => {
    fc.assert(
      fc.property(anyRefunds, ({ question, steps }) => {
        const paid = priceOrder(question) as PricedOrder;
        const parts: Part[] = [];
        let given = nothingGiven;
        for (const step of steps) {
          const sku = paid.lines[step.line % paid.lines.length]?.sku ?? '';
          const units = [{ sku, quantity: step.quantity }];
          const result = refundFor(paid, units, given, step.shippingMinor);
          if ('refusal' in result) continue;
          parts.push(result);
          given = plus(given, units, step.shippingMinor);
        }
        parts.push(refundOfRest(paid, given));
        for (const one of parts)
          expect(Math.min(one.totalMinor, one.taxMinor, one.discountMinor, one.shippingTaxMinor)).toBeGreaterThanOrEqual(0);
        const sums = (field: 'totalMinor' | 'taxMinor' | 'discountMinor' | 'subtotalMinor' | 'shippingMinor' | 'shippingTaxMinor') =>
          expect([field, sumOf(parts.map((one) => one[field]))]).toEqual([field, paid[field]]);
        for (const field of ['totalMinor', 'taxMinor', 'discountMinor', 'subtotalMinor', 'shippingMinor', 'shippingTaxMinor'] as const)
          sums(field);
      }),
      { numRuns: 500 },
    );
  });

  it('shipments sum to the total', () => {
    fc.assert(
      fc.property(anyOrder, fc.integer({ min: 1, max: 5 }), (question, size) => {
        const paid = priceOrder(question) as PricedOrder;
        const units = paid.lines.flatMap(({ sku, quantity }) => Array.from({ length: quantity }, () => ({ sku, quantity: 1 })));
        const shipments = Array.from({ length: Math.ceil(units.length / size) }, (_, index) =>
          units.slice(index * size, (index + 1) * size),
        );
        expect(sumOf(splitShipments(paid, shipments)?.map(({ totalMinor }) => totalMinor) ?? [])).toBe(paid.totalMinor);
      }),
    );
  });
});
