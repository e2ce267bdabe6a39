/** The channels whose items are the views of one actor each: the stock of an SKU, an order. */
import { type ActorCommand, actorId } from '../../actors/kernel/index.ts';
import type { OrderReply } from '../../actors/order/commands.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import type { ActorCalls } from '../http/actor-calls.ts';
import { stockItem } from '../http/routes/shop.ts';
import { outsideOf, type ProblemCode, problemOfRefusal, problemOfUnavailable } from '../problems.ts';
import type { PushChannel } from '../push/channel.ts';
import type { ItemRead } from '../push/topic-reads.ts';

/** The first value of a watched SKU comes from its actor, like every answer. */
export function stockChannel(actors: ActorCalls): PushChannel {
  return {
    read: (store, sku, done) =>
      actors.outcome(actorId('stock', store, sku), { type: 'read' }, (outcome) => {
        if (outcome.kind !== 'reply') return done(notRead(outcome));
        const item = stockItem(outcome);
        done({ kind: 'item', version: item.version, item });
      }),
  };
}

export function orderChannel(actors: ActorCalls): PushChannel {
  const readAs = (buyer: string | null): ActorCommand & { readonly buyer: string | null } => ({ type: 'read', buyer });
  return {
    read: (store, id, done) =>
      actors.outcome(actorId('order', store, id), readAs(null), (outcome) => {
        if (outcome.kind !== 'reply') return done(notRead(outcome));
        const { orderId, status, paymentStatus, number, version } = outcome.reply as OrderReply;
        done({ kind: 'item', version, item: { orderId, status, paymentStatus, number, version } });
      }),
    admit: async (store, id, buyer) => refusedAs(await actors.asked(actorId('order', store, id), readAs(buyer)), 'order_unknown'),
  };
}

export type NotRead = Exclude<ItemRead, { kind: 'item' }>;

export function notRead(outcome: Exclude<Outcome, { kind: 'reply' }>): NotRead {
  return outcome.kind === 'refused' ? { kind: 'unknown' } : { kind: 'later', retryAfterMs: outcome.retryAfterMs };
}

/** Null: it was shown to this buyer. */
export function refusedAs(outcome: Outcome, unknown: ProblemCode): ProblemCode | null {
  if (outcome.kind === 'reply') return null;
  if (outcome.kind === 'unavailable') return outsideOf(problemOfUnavailable(outcome.code));
  return outsideOf(problemOfRefusal(outcome.refusal.code) ?? unknown);
}
