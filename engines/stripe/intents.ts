/**
 * PaymentIntents as Stripe has them: a state machine that takes money at most once.
 *
 * P1. An intent is authorised at most once: a confirmation of one that is authorised, captured or canceled is
 *     refused with `payment_intent_unexpected_state` and the intent in the error.
 * P2. captured + released = authorised: a capture of less releases the rest.
 * P3. What waits for its capture is canceled by itself after seven days.
 */
import { type Answer, broken, missing, ok, wrongParameter, wrongState } from './answer.ts';
import { amountOf, type Call, isAnswer, listOf, refuseUnknown, type Surroundings, tooMany } from './call.ts';
import { type Card, findCard } from './cards.ts';
import { fieldsOf, textOf, textsOf } from './form.ts';
import { authenticationFailed, type Intent, type IntentTerms, newIntent, showDecline, showIntent } from './objects.ts';

const captureWithinSeconds = 7 * 24 * 60 * 60;
const slowMs = 3_000;
const processingMs = 1_500;

/** Of the API version that the SDK speaks, and `payment_method_types` of those before it. */
const knownAtCreation = new Set(
  (
    'amount currency allowed_payment_method_types amount_details application_fee_amount automatic_payment_methods capture_method confirm ' +
    'confirmation_method confirmation_token customer customer_account description error_on_requires_action excluded_payment_method_types expand hooks ' +
    'mandate mandate_data metadata off_session on_behalf_of payment_details payment_method payment_method_configuration payment_method_data ' +
    'payment_method_options payment_method_types radar_options receipt_email return_url setup_future_usage shipping statement_descriptor ' +
    'statement_descriptor_suffix transfer_data transfer_group use_stripe_sdk'
  ).split(' '),
);
const knownAtConfirmation = new Set(
  (
    'allowed_payment_method_types amount_details amount_to_confirm capture_method client_secret confirmation_token error_on_requires_action ' +
    'excluded_payment_method_types expand hooks mandate mandate_data off_session payment_details payment_method payment_method_data ' +
    'payment_method_options payment_method_types radar_options receipt_email return_url setup_future_usage shipping use_stripe_sdk'
  ).split(' '),
);
const knownAtCapture = new Set(
  (
    'amount_details amount_to_capture application_fee_amount expand final_capture hooks metadata payment_details statement_descriptor ' +
    'statement_descriptor_suffix transfer_data'
  ).split(' '),
);
const knownAtCancellation = new Set(['cancellation_reason', 'expand']);
const captureMethods = new Set(['automatic', 'automatic_async', 'manual']);
const cancellationReasons = new Set(['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned']);

export function createIntent(call: Call): Answer {
  const terms = termsOf(call);
  if (isAnswer(terms)) return terms;
  const named = paymentMethodOf(call);
  if (isAnswer(named)) return named;
  if (!call.world.hasRoomForIntent()) return tooMany('payments');
  const id = call.newId('pi');
  const clientSecret = `${id}_secret_${call.newId('sec').slice('sec_'.length)}`;
  const made = { id, clientSecret, account: call.account, created: call.nowSeconds(), paymentMethod: named?.id ?? null };
  const intent = newIntent(made, terms);
  const shown = store(call, intent, 'payment_intent.created');
  return textOf(call.fields, 'confirm') === 'true' ? confirm(call, intent, named) : ok(shown);
}

function termsOf(call: Call): IntentTerms | Answer {
  const { fields, world } = call;
  const unknown = refuseUnknown(fields, knownAtCreation);
  if (unknown !== null) return unknown;
  const amount = amountOf(fields, 'amount');
  if (isAnswer(amount)) return amount;
  if (amount === null) return wrongParameter('amount', 'Missing required param: amount.', 'parameter_missing');
  const currency = textOf(fields, 'currency')?.toLowerCase() ?? '';
  if (!/^[a-z]{3}$/.test(currency)) return wrongParameter('currency', `Invalid currency: ${currency}.`, 'parameter_invalid_string');
  const captureMethod = textOf(fields, 'capture_method') ?? 'automatic_async';
  if (!captureMethods.has(captureMethod)) return wrongParameter('capture_method', `Invalid capture_method: ${captureMethod}.`);
  const fee = amountOf(fields, 'application_fee_amount');
  if (isAnswer(fee)) return fee;
  const destination = textOf(fieldsOf(fields, 'transfer_data') ?? {}, 'destination');
  const wrongFee = refuseFee(call, fee, amount, destination);
  if (wrongFee !== null) return wrongFee;
  const customer = textOf(fields, 'customer');
  if (customer !== null && world.customers.get(customer)?.account !== call.account) return missing('customer', customer, 'customer', 400);
  return {
    amount,
    currency,
    captureMethod,
    feeAmount: fee,
    destination,
    customer,
    metadata: textsOf(fields, 'metadata'),
    description: textOf(fields, 'description'),
    returnUrl: textOf(fields, 'return_url'),
  };
}

/** A fee is taken from a payment of another account: by acting as it, or by sending it on to it. */
function refuseFee(call: Call, fee: number | null, amount: number, destination: string | null): Answer | null {
  if (destination !== null && !call.world.accounts.has(destination))
    return missing('destination', destination, 'transfer_data[destination]', 400);
  if (fee === null) return null;
  if (call.account === '' && destination === null) {
    return wrongParameter(
      'application_fee_amount',
      'Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (Stripe-Account header) or destination payment (transfer_data[destination]).',
    );
  }
  return fee <= amount ? null : wrongParameter('application_fee_amount', 'The application fee cannot be larger than the payment.');
}

function paymentMethodOf(call: Call): Card | Answer | null {
  const data = fieldsOf(call.fields, 'payment_method_data');
  const name = textOf(call.fields, 'payment_method') ?? (data === null ? null : textOf(fieldsOf(data, 'card') ?? {}, 'number'));
  if (name === null) return null;
  return findCard(name) ?? missing('PaymentMethod', name, 'payment_method', 400);
}

export function retrieveIntent(call: Call): Answer {
  const intent = find(call);
  return isAnswer(intent) ? intent : { ...ok(show(call, intent)), kept: false };
}

export function listIntents(call: Call): Answer {
  const customer = textOf(call.fields, 'customer');
  const least = Number(textOf(fieldsOf(call.fields, 'created') ?? {}, 'gte') ?? '0');
  const own = [...call.world.intents.values()].filter(
    (intent) => intent.account === call.account && intent.created >= least && (customer === null || intent.customer === customer),
  );
  return listOf(call, '/v1/payment_intents', own.reverse(), (intent) => show(call, intent));
}

export function confirmIntent(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, knownAtConfirmation);
  if (unknown !== null) return unknown;
  const intent = find(call);
  if (isAnswer(intent)) return intent;
  const named = paymentMethodOf(call);
  if (isAnswer(named)) return named;
  return confirm(call, intent, named);
}

const confirmable: ReadonlySet<string> = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);

function confirm(call: Call, before: Intent, named: Card | null): Answer {
  if (!confirmable.has(before.status)) return unexpected(call, before, 'confirm', 'requires_confirmation, requires_action'); // P1
  const card = named ?? (before.paymentMethod === null ? null : findCard(before.paymentMethod));
  if (card === null) return unexpected(call, before, 'confirm', 'one with a payment method');
  const returnUrl = textOf(call.fields, 'return_url') ?? before.returnUrl;
  const intent: Intent = { ...before, paymentMethod: card.id, returnUrl, lastDecline: null, confirmations: before.confirmations + 1 };
  if (card.misbehaves === 'error_always' || (card.misbehaves === 'error_once' && before.confirmations === 0)) {
    call.world.put({ kind: 'intent', value: { ...before, confirmations: intent.confirmations } });
    return broken();
  }
  if (card.misbehaves === 'processing') return beginProcessing(call, intent);
  if (card.threeDSecure) {
    return ok(store(call, { ...intent, status: 'requires_action' }, 'payment_intent.requires_action'));
  }
  const answer = authorise(call, intent, card);
  switch (card.misbehaves) {
    case 'slow':
      return { ...answer, misbehave: { kind: 'delay', ms: slowMs } };
    case 'silent':
      return { ...answer, misbehave: { kind: 'silence' } };
    case 'error_after':
      return broken();
    default:
      return answer;
  }
}

function beginProcessing(call: Call, intent: Intent): Answer {
  const shown = store(call, { ...intent, status: 'processing' }, 'payment_intent.processing');
  finishProcessingLater(call, intent.id);
  return ok(shown);
}

/** Also for what a restart found still under way. */
export function finishProcessingLater(call: Surroundings, intentId: string): void {
  call.later(processingMs, () => {
    const intent = call.world.intents.get(intentId);
    const card = findCard(intent?.paymentMethod ?? '');
    if (intent?.status === 'processing' && card !== null) authorise(call, intent, card);
  });
}

/** The bank's verdict. */
function authorise(call: Surroundings, intent: Intent, card: Card): Answer {
  const chargeId = call.newId('ch');
  if (card.authorisation.kind === 'declined') {
    const lastDecline = { ...card.authorisation.decline, paymentMethod: card.id };
    const refused: Intent = { ...intent, status: 'requires_payment_method', paymentMethod: null, chargeId, lastDecline };
    const shown = store(call, refused, 'payment_intent.payment_failed');
    const body = { error: { ...showDecline(lastDecline), charge: chargeId, payment_intent: shown } };
    return { status: 402, body, kept: true };
  }
  const authorised: Intent =
    intent.captureMethod === 'manual'
      ? { ...intent, status: 'requires_capture', chargeId, amountCapturable: intent.amount }
      : { ...intent, status: 'succeeded', chargeId, amountReceived: intent.amount };
  const event = authorised.status === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.amount_capturable_updated';
  return ok(store(call, authorised, event));
}

/** The buyer has answered 3-D Secure on the page. False: there was nothing to answer. */
export function finishAction(call: Call, verdict: 'authorise' | 'fail'): boolean {
  const intent = find(call);
  if (isAnswer(intent) || intent.status !== 'requires_action') return false;
  const card = findCard(intent.paymentMethod ?? '');
  if (verdict === 'authorise' && card !== null) {
    authorise(call, intent, card);
    return true;
  }
  const message =
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt again.';
  const lastDecline = { code: authenticationFailed, declineCode: '', message, paymentMethod: intent.paymentMethod ?? '' };
  store(call, { ...intent, status: 'requires_payment_method', paymentMethod: null, lastDecline }, 'payment_intent.payment_failed');
  return true;
}

export function captureIntent(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, knownAtCapture);
  if (unknown !== null) return unknown;
  const intent = find(call);
  if (isAnswer(intent)) return intent;
  const amount = amountOf(call.fields, 'amount_to_capture');
  if (isAnswer(amount)) return amount;
  const fee = amountOf(call.fields, 'application_fee_amount');
  if (isAnswer(fee)) return fee;
  if (intent.status !== 'requires_capture') return unexpected(call, intent, 'capture', 'requires_capture');
  const captured = amount ?? intent.amountCapturable;
  if (captured > intent.amountCapturable) {
    const message = `The amount to capture (${captured}) is more than the capturable amount (${intent.amountCapturable}).`;
    return wrongParameter('amount_to_capture', message, 'amount_too_large');
  }
  const wrongFee = refuseFee(call, fee, captured, intent.destination);
  if (wrongFee !== null) return wrongFee;
  const feeAmount = fee ?? intent.feeAmount;
  const after: Intent = { ...intent, status: 'succeeded', amountReceived: captured, amountCapturable: 0, feeAmount }; // P2
  return ok(store(call, after, 'payment_intent.succeeded'));
}

export function cancelIntent(call: Call): Answer {
  const unknown = refuseUnknown(call.fields, knownAtCancellation);
  if (unknown !== null) return unknown;
  const reason = textOf(call.fields, 'cancellation_reason');
  if (reason !== null && !cancellationReasons.has(reason))
    return wrongParameter('cancellation_reason', `Invalid cancellation_reason: ${reason}.`);
  const intent = find(call);
  if (isAnswer(intent)) return intent;
  if (intent.status === 'canceled' || intent.status === 'succeeded' || intent.status === 'processing') {
    return unexpected(call, intent, 'cancel', 'requires_payment_method, requires_capture, requires_confirmation, requires_action');
  }
  return ok(show(call, cancel(call, intent, reason)));
}

function cancel(call: Call, intent: Intent, reason: string | null): Intent {
  const after: Intent = { ...intent, status: 'canceled', amountCapturable: 0, canceledAt: call.nowSeconds(), cancellationReason: reason };
  store(call, after, 'payment_intent.canceled');
  return after;
}

/** Of the asking account only: another account's payment is not there at all. */
function find(call: Call): Intent | Answer {
  const intent = call.world.intents.get(call.id);
  if (intent === undefined || intent.account !== call.account) return missing('payment_intent', call.id, 'intent');
  const isLate = intent.status === 'requires_capture' && call.nowSeconds() > intent.created + captureWithinSeconds;
  return isLate ? cancel(call, intent, 'automatic') : intent; // P3
}

function unexpected(call: Call, intent: Intent, act: string, allowed: string): Answer {
  const message = `You cannot ${act} this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be used: ${allowed}.`;
  return wrongState(message, { code: 'payment_intent_unexpected_state', payment_intent: show(call, intent) });
}

/** The intent as it is then shown, to whoever asked and in the webhook. */
function store(call: Surroundings, intent: Intent, event: string): object {
  const shown = show(call, intent);
  call.world.put({ kind: 'intent', value: intent });
  call.world.announce(event, intent.account, shown);
  return shown;
}

function show(call: Surroundings, intent: Intent): object {
  return showIntent(intent, (shown) => call.pageOf(shown));
}
