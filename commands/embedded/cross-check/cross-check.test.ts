/** Each thing that can be wrong between actors, planted one at a time in facts that are otherwise right. */
import { describe, expect, it } from 'vitest';
import { crossCheck, type KnownPayments, type PaymentFacts } from './cross-check.ts';
import { type Facts, keyOf, noFacts, type OrderFacts } from './facts.ts';

const confirmed: OrderFacts = {
  store: 's',
  orderId: 'order_1',
  version: 9,
  frame: 4,
  stage: 'confirmed',
  holdStatus: 'committed',
  holdIds: ['hold_1'],
  lines: [{ sku: 'A', quantity: 3, booked: 1, shipped: 1 }],
  codes: ['TEN'],
  number: 1,
  paymentStatus: 'captured',
  intentId: 'pi_1',
  capturedMinor: 900,
  refundedMinor: 100,
  refundsUnderWay: false,
};

const canceled: OrderFacts = {
  ...confirmed,
  orderId: 'order_2',
  stage: 'canceled',
  holdStatus: 'released',
  holdIds: ['hold_2'],
  number: 2,
  paymentStatus: 'captured',
  refundedMinor: 900,
  intentId: 'pi_2',
};

const paid: PaymentFacts = {
  paymentId: 'pi_1',
  store: 's',
  orderId: 'order_1',
  status: 'succeeded',
  receivedMinor: 900,
  refundedMinor: 100,
};
const givenBack: PaymentFacts = { ...paid, paymentId: 'pi_2', orderId: 'order_2', refundedMinor: 900 };

function rightFacts(): Facts {
  const facts = noFacts();
  facts.orders.set(keyOf('s', 'order_1'), confirmed).set(keyOf('s', 'order_2'), canceled);
  facts.committed.set(keyOf('s', 'hold_1', 'A'), 2);
  facts.uses.set(keyOf('s', 'hold_1', 'TEN'), 'committed').set(keyOf('s', 'hold_2', 'TEN'), 'given_back');
  facts.numbers.set('s', { next: 4, onTheirWay: new Set([3]) });
  return facts;
}

function findings(change: (facts: Facts) => void, payments: readonly PaymentFacts[] = [paid, givenBack], complete = true): string[] {
  const facts = rightFacts();
  change(facts);
  const known: KnownPayments = { payments, complete };
  return crossCheck(facts, known).map(({ key, what }) => `${key}: ${what}`);
}

const nothing = (): void => {};
const withOrder =
  (change: Partial<OrderFacts>) =>
  ({ orders }: Facts): void =>
    void orders.set(keyOf('s', 'order_1'), { ...confirmed, ...change });

describe('what must hold between actors', () => {
  it('holds where nothing is wrong', () => {
    expect(findings(nothing)).toEqual([]);
  });

  it.each<[string, (facts: Facts) => void, string]>([
    ['units missing', ({ committed }) => committed.clear(), 'order/order_1: units of A that are committed for it'],
    [
      'units too many',
      ({ committed }) => committed.set(keyOf('s', 'hold_1', 'A'), 3),
      'order/order_1: units of A that are committed for it',
    ],
    [
      'units left behind',
      ({ committed }) => committed.set(keyOf('s', 'hold_2', 'A'), 3),
      'order/order_2: units of A that are committed although it is canceled',
    ],
    ['a use that nobody knows', ({ uses }) => uses.delete(keyOf('s', 'hold_1', 'TEN')), 'order/order_1: its use of code TEN'],
    ['a use left behind', ({ uses }) => uses.set(keyOf('s', 'hold_2', 'TEN'), 'committed'), 'order/order_2: its use of code TEN'],
    [
      'a gap in the numbers',
      ({ numbers }) => numbers.set('s', { next: 4, onTheirWay: new Set() }),
      'store/s: number 3 belongs to no order',
    ],
    ['one number twice', withOrder({ number: 2 }), 'order/order_2: its number is that of order_1, too'],
    ['less taken than the order says', withOrder({ capturedMinor: 1_000 }), 'order/order_1: what was taken for it'],
    ['less given back than the order says', withOrder({ refundedMinor: 200 }), 'order/order_1: what was given back'],
  ])('finds %s', (_, change, expected) => {
    expect(findings(change)).toContain(expected);
  });

  it('finds money for an order that there is not', () => {
    const stray = { ...paid, paymentId: 'pi_3', orderId: 'order_3' };
    expect(findings(nothing, [paid, givenBack, stray])).toEqual(['payment/pi_3: money without an order (order_3)']);
  });

  it('finds an ended order whose payment is still open', () => {
    const openOne = { ...paid, paymentId: 'pi_4', orderId: 'order_2', status: 'requires_capture', receivedMinor: 0, refundedMinor: 0 };
    expect(findings(nothing, [paid, givenBack, openOne])).toEqual(['order/order_2: payment pi_4 of an ended order']);
  });

  it('finds a payment that is gone, unless the oldest may have been forgotten', () => {
    expect(findings(nothing, [givenBack])).toEqual(['order/order_1: what was taken for it', 'order/order_1: what was given back']);
    expect(findings(nothing, [givenBack], false)).toEqual([]);
  });

  it('passes over what is under way: units on their way out, a capture, a refund', () => {
    const shipping = { lines: [{ sku: 'A', quantity: 3, booked: 0, shipped: 1 }] };
    expect(findings(withOrder(shipping))).toEqual([]);
    expect(findings(withOrder({ paymentStatus: 'capturing', capturedMinor: 0 }))).toEqual([]);
    expect(findings(withOrder({ refundsUnderWay: true, refundedMinor: 0 }))).toEqual([]);
  });

  it('takes a use that is no longer known by name for one of those that were folded', () => {
    const folded = ({ uses, foldedCodes }: Facts): void => {
      uses.delete(keyOf('s', 'hold_1', 'TEN'));
      foldedCodes.add(keyOf('s', 'TEN'));
    };
    expect(findings(folded)).toEqual([]);
  });
});
