/**
 * Refunds: money back from a captured payment.
 *
 * R1. All refunds of a payment that have not failed come to at most what was captured.
 */
import { type Answer, missing, ok, wrongParameter, wrongState } from './answer.ts';
import { amountOf, type Call, isAnswer, listOf, refuseUnknown, type Surroundings, tooMany } from './call.ts';
import { type Card, findCard } from './cards.ts';
import { textOf, textsOf } from './form.ts';
import { type Intent, type Refund, showCharge, showRefund } from './objects.ts';

const settleMs = 1_000;
const known = new Set(
  'amount charge currency customer expand instructions_email metadata origin payment_intent reason refund_application_fee reverse_transfer'.split(
    ' ',
  ),
);
const reasons = new Set(['duplicate', 'fraudulent', 'requested_by_customer']);

export function createRefund(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, known);
  if (unknown !== null) return unknown;
  const intent = refundedIntent(call);
  if (isAnswer(intent)) return intent;
  const wanted = amountOf(call.fields, 'amount');
  if (isAnswer(wanted)) return wanted;
  const reason = textOf(call.fields, 'reason');
  if (reason !== null && !reasons.has(reason)) return wrongParameter('reason', `Invalid reason: ${reason}.`);
  if (intent.amountReceived === 0 || intent.chargeId === null) {
    return wrongState('This PaymentIntent does not have a successful charge to refund.', { code: 'payment_intent_unexpected_state' });
  }
  const left = intent.amountReceived - intent.amountRefunded;
  if (left <= 0) return wrongState(`Charge ${intent.chargeId} has already been refunded.`, { code: 'charge_already_refunded' });
  const amount = wanted ?? left;
  if (amount > left)
    return wrongState(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`, { param: 'amount' }); // R1
  if (!call.world.hasRoomForRefund(intent.id)) return tooMany('refunds of one payment');
  return ok(showRefund(refund(call, intent, intent.chargeId, amount, reason)));
}

function refund(call: Call, intent: Intent, chargeId: string, amount: number, reason: string | null): Refund {
  const behaviour: Card['refund'] = findCard(intent.paymentMethod ?? '')?.refund ?? 'succeeds';
  const made: Refund = {
    id: call.newId('re'),
    account: intent.account,
    created: call.nowSeconds(),
    intentId: intent.id,
    chargeId,
    amount,
    currency: intent.currency,
    status: behaviour === 'pends' ? 'pending' : 'succeeded',
    reason,
    metadata: textsOf(call.fields, 'metadata'),
  };
  const after: Intent = { ...intent, amountRefunded: intent.amountRefunded + amount };
  call.world.put({ kind: 'refund', value: made });
  call.world.put({ kind: 'intent', value: after });
  call.world.announce('refund.created', intent.account, showRefund(made));
  call.world.announce('charge.refunded', intent.account, showCharge(after));
  if (behaviour !== 'succeeds') settleLater(call, made, behaviour === 'pends' ? 'succeeded' : 'failed');
  return made;
}

/** What the bank says later; also for a pending refund that a restart found. */
export function settleLater(call: Surroundings, made: Refund, status: 'succeeded' | 'failed'): void {
  call.later(settleMs, () => settle(call, { ...made, status }));
}

function settle(call: Surroundings, settled: Refund): void {
  call.world.put({ kind: 'refund', value: settled });
  const intent = call.world.intents.get(settled.intentId);
  if (settled.status === 'failed' && intent !== undefined) {
    call.world.put({ kind: 'intent', value: { ...intent, amountRefunded: intent.amountRefunded - settled.amount } });
    call.world.announce('refund.failed', settled.account, showRefund(settled));
  }
  call.world.announce('refund.updated', settled.account, showRefund(settled));
}

function refundedIntent(call: Call): Intent | Answer {
  const chargeId = textOf(call.fields, 'charge');
  const intentId = textOf(call.fields, 'payment_intent');
  if (chargeId === null && intentId === null) {
    return wrongParameter(
      'payment_intent',
      'One of the following params should be provided for this request: payment_intent or charge.',
      'parameter_missing',
    );
  }
  const intent = intentId === null ? call.world.intentOfCharge(chargeId ?? '') : call.world.intents.get(intentId);
  if (intent?.account === call.account) return intent;
  return intentId === null ? missing('charge', chargeId ?? '', 'charge', 404) : missing('payment_intent', intentId, 'payment_intent', 404);
}

export function retrieveRefund(call: Call): Answer {
  const found = call.world.refunds.get(call.id);
  return found?.account === call.account ? ok(showRefund(found)) : missing('refund', call.id, 'id');
}

export function listRefunds(call: Call): Answer {
  const intentId = textOf(call.fields, 'payment_intent') ?? call.world.intentOfCharge(textOf(call.fields, 'charge') ?? '')?.id ?? null;
  const among = intentId === null ? [...call.world.refunds.values()] : [...call.world.refundsOf(intentId)];
  return listOf(call, '/v1/refunds', among.filter(({ account }) => account === call.account).reverse(), showRefund);
}
