/** What buyers and merchants want of orders, how often, and which orders it fits; and what they send after the sale. */
import type { Once, OrderCommand, OrderReply } from '../../actors/order/index.ts';
import type { Random } from './random.ts';

export const verbs = [
  ['place', 34],
  ['fillCart', 10],
  ['placeAgain', 8],
  ['pay', 8],
  ['cancel', 5],
  ['look', 4],
  ['ship', 14],
  ['deliver', 5],
  ['sendBack', 8],
  ['takeBack', 8],
  ['refund', 6],
  ['refundAgain', 3],
] as const;
export type Verb = (typeof verbs)[number][0];

export interface SaleContext {
  readonly random: Random;
  readonly locations: readonly string[];
  readonly once: Once;
  readonly skus: readonly string[];
  readonly buyer: string | null;
  /** What was last told of the order. */
  readonly reply: OrderReply | null;
}

export function afterSale(
  verb: 'ship' | 'deliver' | 'sendBack' | 'takeBack' | 'refund' | 'refundAgain',
  { random, locations, once, skus, buyer, reply }: SaleContext,
): OrderCommand {
  const sku = random.pick(skus);
  const some = [{ sku, quantity: random.integer(1, 2) }];
  switch (verb) {
    case 'ship':
      return { type: 'fulfil', ...once, lines: random.chance(0.5) ? null : some, tracking: null };
    case 'deliver':
      return { type: 'deliver', ...once, shipmentId: `shipment_${anyOf(reply?.shipments, random)}` };
    case 'sendBack':
      return { type: 'requestReturn', ...once, buyer, lines: some, reason: 'too small' };
    case 'takeBack': {
      const returnId = `return_${anyOf(reply?.returns, random)}`;
      const lines = random.chance(0.7) ? null : [{ sku, quantity: 1 }];
      const condition = random.chance(0.7) ? 'restock' : 'damaged';
      const refund = random.chance(0.8);
      return { type: 'receiveReturn', ...once, returnId, lines, location: random.pick(locations), condition, refund };
    }
    case 'refund':
      return { type: 'refund', ...once, amountMinor: random.chance(0.3) ? null : random.integer(1, 700), reason: 'sorry' };
    case 'refundAgain':
      return { type: 'retryRefund', ...once, refundId: reply?.refunds.at(-1)?.refundId ?? 'refund_0' };
  }
}

function anyOf(known: readonly unknown[] | undefined, random: Random): number {
  return random.integer(1, Math.max(1, known?.length ?? 1));
}

/** Whether an order of which this was last told may well accept it. */
export function fits(verb: Verb, reply: OrderReply | null): boolean {
  switch (verb) {
    case 'place':
    case 'fillCart':
      return false;
    case 'pay':
      return reply === null || reply.status === 'failed' || reply.status === 'requires_action';
    case 'ship':
      return reply !== null && (reply.status === 'confirmed' || reply.status === 'partially_shipped');
    case 'deliver':
    case 'sendBack':
      return reply !== null && reply.shipments.length > 0;
    case 'takeBack':
      return reply !== null && reply.returns.some(({ status }) => status === 'requested');
    case 'refundAgain':
      return reply !== null && reply.refunds.length > 0;
    case 'refund':
      return reply !== null && reply.number !== null && reply.status !== 'canceled';
    default:
      return true;
  }
}
