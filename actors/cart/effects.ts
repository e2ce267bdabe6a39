/** Timers and debts of a cart, derived from its state: when it expires, and the question to the order that has it. */
import { actorId, type Effect, type EffectOutcome, type Instant } from '../kernel/index.ts';
import type { CartCommand, OrderVerdict } from './commands.ts';
import { type CartState, expiresAt } from './state.ts';

export function deadline(state: CartState): Instant | null {
  if (state.version === 0) return null;
  if (state.status === 'open') return expiresAt(state);
  return state.status === 'in_checkout' && !state.asking ? state.askAt : null;
}

const questionForm = /^askOrder:(\d+):(.*)$/;

/** The order is read as the merchant reads it: it need not know that a cart asks. */
export function pending({ id, asking, askAt, orderId }: CartState): readonly Effect[] {
  if (!asking || orderId === null) return [];
  return [{ id: `askOrder:${askAt}:${orderId}`, to: actorId('order', id.store, orderId), command: readAsMerchant, notAfter: null }];
}

const readAsMerchant = { type: 'read', buyer: null } as const;

/** An order nobody knows gave up. Any other refusal is no answer, and the question stays owed. */
export function answered(effect: Effect, outcome: EffectOutcome): CartCommand {
  const [, askAt, orderId = ''] = questionForm.exec(effect.id) ?? [];
  const verdict = verdictOf(outcome);
  return verdict === null ? { type: 'tick' } : { type: 'orderSaid', orderId, askAt: Number(askAt), verdict };
}

function verdictOf(outcome: EffectOutcome): OrderVerdict | null {
  if ('refusal' in outcome) return outcome.refusal.code === 'order_unknown' ? 'given_up' : null;
  const { type, status, number, payBy } = outcome.reply as Readonly<Record<'type' | 'status' | 'number' | 'payBy', unknown>>;
  if (type !== 'order') return null;
  if (typeof number === 'number') return 'ordered'; // it was confirmed, whatever came afterwards
  if (typeof payBy === 'number') return 'keep'; // declined, but another card may still pay for it
  return status === 'failed' || status === 'canceled' ? 'given_up' : 'keep';
}
