/** The shapes every decision of an order is built from, and the refusals that several commands share. */
import type { Decision, Settled } from '../../kernel/index.ts';
import type { Once, OrderCommand, OrderRefusal, OrderReplyAny } from '../commands.ts';
import type { OrderEvent, OrderHappening } from '../events.ts';
import { orderLimits } from '../limits.ts';
import { statusOf } from '../reply.ts';
import type { OrderState } from '../state.ts';

export type OrderDecision = Decision<OrderEvent, OrderReplyAny, OrderRefusal>;
export type OrderSettled = Settled<OrderReplyAny, OrderRefusal>;
export type CommandOf<Type extends OrderCommand['type']> = Extract<OrderCommand, { readonly type: Type }>;

/** A decision before it is known what follows from it: `decide.ts` adds the cause, the way back, and who is answered. */
export type Step =
  /** Answered with the order as it is then. */
  | { readonly kind: 'shown'; readonly events: readonly OrderHappening[] }
  | { readonly kind: 'noted'; readonly events: readonly OrderHappening[] }
  | { readonly kind: 'waiting'; readonly ticket: string; readonly events: readonly OrderHappening[] }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly refusal: OrderRefusal };

export function shown(...events: readonly OrderHappening[]): Step {
  return { kind: 'shown', events };
}

export function noted(...events: readonly OrderHappening[]): Step {
  return { kind: 'noted', events };
}

export function refused(refusal: OrderRefusal): Step {
  return { kind: 'refused', refusal };
}

export const repeated: Step = { kind: 'repeated' };
export const busy: Step = refused({ code: 'in_progress', retryAfterMs: orderLimits.busyRetryMs });

export function ended(state: OrderState): Step {
  return refused({ code: 'order_ended', status: statusOf(state) });
}

/** I5: what one key did stands; with another body it is another wish, which needs another key. Null: a new command. */
export function repeatIn(
  memory: readonly { readonly commandId: string; readonly fingerprint: string | null }[],
  { commandId, fingerprint }: Once,
): 'same' | Step | null {
  const known = memory.find((each) => each.commandId === commandId);
  if (known === undefined) return null;
  const isSame = known.fingerprint === null || known.fingerprint === fingerprint;
  return isSame ? 'same' : refused({ code: 'idempotency_key_reused' });
}

/** `buyer: null` is the merchant's secret key, which may touch every order of its store. */
export function refusedCaller(state: OrderState, buyer: string | null): OrderRefusal | null {
  if (state.place === null) return { code: 'order_unknown' };
  return buyer !== null && buyer !== state.place.buyer ? { code: 'order_foreign' } : null;
}
