/**
 * Amounts that a merchant gives back are in the currency of the order: what was paid in euros goes back in euros, whatever
 * its store sells in by now.
 *
 * C1. An order that is not priced has taken no money: it says so itself, whatever currency is named.
 */
import { actorId, type Money } from '../../actors/kernel/index.ts';
import type { OrderReply } from '../../actors/order/commands.ts';
import { problemAnswer } from '../http/answers.ts';
import type { Call, Respond } from '../http/route.ts';
import { isOrderId } from './buyer-routes.ts';
import type { OrderContext } from './deps.ts';
import { readAs } from './verdict.ts';

export interface NamedAmount {
  /** Undefined: none is named. */
  readonly amount: Money | undefined;
  /** Where it stands in the body. */
  readonly pointer: string;
}

/** `goOn` gives it back; an amount in another currency is refused before. */
export function inOwnCurrency(
  context: OrderContext,
  call: Call<unknown>,
  respond: Respond,
  { amount, pointer }: NamedAmount,
  goOn: () => void,
): void {
  const id = call.params.orderId!;
  if (amount === undefined || !isOrderId(id)) return goOn();
  context.actors.outcome(actorId('order', call.identity.store.storeId, id), readAs(null), (outcome) => {
    if (outcome.kind !== 'reply') return respond(context.actors.problemOf(outcome));
    const currency = (outcome.reply as OrderReply).quote?.currency ?? amount.currency; // C1
    if (currency === amount.currency) return goOn();
    respond(problemAnswer('validation_failed', { errors: [{ pointer: `${pointer}/currency`, detail: `the order is in ${currency}` }] }));
  });
}
