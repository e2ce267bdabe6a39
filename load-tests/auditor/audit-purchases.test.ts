/** The judge of purchases finds what is planted, one thing at a time, in a sale that is otherwise right. */
import { describe, expect, it } from 'vitest';
import { auditPurchases, type PurchaseVerdict } from './audit-purchases.ts';
import type { BookLevel, Observation } from './observations.ts';
import type { BookOrder, BookPayment, PurchaseObservation } from './purchase-observations.ts';

const order: BookOrder = {
  orderId: 'o1',
  email: 'b@x',
  number: 1,
  status: 'confirmed',
  paymentStatus: 'captured',
  quantity: 1,
  shipped: 0,
  returned: 0,
  taxIncluded: true,
  totalMinor: 1_200,
  subtotalMinor: 1_000,
  discountMinor: 0,
  shippingMinor: 200,
  taxMinor: 200,
  capturedMinor: 1_200,
  refundedMinor: 0,
};
const payment: BookPayment = {
  paymentId: 'p1',
  orderId: 'o1',
  status: 'succeeded',
  amountMinor: 1_200,
  capturableMinor: 0,
  receivedMinor: 1_200,
  refundedMinor: 0,
};
const level: BookLevel = { location: 'm', onHand: 1, available: 0, held: 0, committed: 1, allotted: 0, damaged: 0, safetyStock: 0 };
const left: Observation = { kind: 'left', buyer: 0, cameToBuy: true, hadUnit: true, bought: true };
const sent: PurchaseObservation = { kind: 'checkoutSent', buyer: 0, key: 'k', quantity: 1, sentAtMs: 1 };
const told: PurchaseObservation = {
  kind: 'orderSeen',
  buyer: 0,
  key: 'k',
  orderId: 'o1',
  number: 1,
  status: 'confirmed',
  paymentStatus: 'captured',
  version: 5,
  totalMinor: 1_200,
  sentAtMs: 1,
  answeredAtMs: 2,
};

interface Planted {
  readonly orders?: readonly BookOrder[];
  readonly payments?: readonly BookPayment[] | null;
  readonly seen?: readonly PurchaseObservation[];
}

function verdictOf({ orders = [order], payments = [payment], seen = [sent, told] }: Planted): PurchaseVerdict {
  const movements = [{ kind: 'received', location: 'm', delta: 1 }];
  const opening = { sku: 'a', stock: 1, unitPriceMinor: 1_000 };
  return auditPurchases(opening, [left], seen, { levels: [level], movements, holds: new Map() }, { orders, payments });
}

describe('the judge of purchases', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(verdictOf({})).toMatchObject({ clean: true, differences: [], ordersConfirmed: 1, paymentsChecked: 1, sold: 1 });
    expect(verdictOf({ payments: null })).toMatchObject({ clean: true, paymentsChecked: null });
  });

  it.each<[string, Planted, Partial<PurchaseVerdict>]>([
    [
      'money for an order that there is not',
      { payments: [payment, { ...payment, paymentId: 'p2', orderId: 'o2' }] },
      { chargedWithoutOrder: 1 },
    ],
    ['an order whose money is still under way', { orders: [{ ...order, paymentStatus: 'authorised' }] }, { paymentsWithoutVerdict: 1 }],
    [
      'a payment left open beside the one that counts',
      { payments: [payment, { ...payment, paymentId: 'p2', orderId: 'o2', status: 'requires_action', receivedMinor: 0 }] },
      { paymentsWithoutVerdict: 1 },
    ],
    ['an acknowledged order that is gone', { orders: [] }, { lostAcknowledged: 1 }],
    ['two orders of one key', { seen: [sent, told, { ...told, orderId: 'o9' }] }, { duplicated: 1 }],
  ])('finds %s', (_, planted, expected) => {
    expect(verdictOf(planted)).toMatchObject({ ...expected, clean: false });
  });

  it.each<[string, Planted, string]>([
    ['a total of another price', { orders: [{ ...order, subtotalMinor: 900 }] }, 'at 1000 come to 900'],
    ['less taken than it costs', { payments: [{ ...payment, receivedMinor: 1_100 }] }, 'the payments say 1100'],
    ['an order that goes back', { seen: [sent, told, { ...told, version: 4, sentAtMs: 3, answeredAtMs: 4 }] }, 'went back to version 4'],
    ['one number twice', { orders: [order, { ...order, orderId: 'o2' }] }, 'number 1 is that of'],
  ])('says of %s what is wrong', (_, planted, words) => {
    const { differences, clean } = verdictOf(planted);
    expect(differences.join('\n')).toContain(words);
    expect(clean).toBe(false);
  });
});
