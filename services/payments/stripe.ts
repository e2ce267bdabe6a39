/**
 * The payments port over the official `stripe` SDK: Stripe itself, or the simulator on this machine.
 *
 * T1. A key is `store:order:step:attempt`. Asked again it is sent again with the same key, so that Stripe itself settles whether
 *     it was done: a first call that never arrived is done now, one that did is answered as it was then.
 * T2. Only a key whose kept answer is a 500 is left for the next (`…:again1`): what it did is looked up first, and the state of
 *     the intent keeps a second confirmation, capture or void from counting twice. An intent created twice is an
 *     intent without money.
 * T3. A refund is looked for before it is made: keys are forgotten after a day, refunds never.
 * T4. What is not definite is looked up once (`retrieve`) and counts only if money has moved or can no longer move: an older
 *     decline says nothing about this attempt.
 * T5. Every call goes through the guard, and has a timeout. The client secret is in no log.
 * T6. No call pays for a stack: the SDK takes one each time, to add to an error that is read here by its kind alone.
 * T7. A confirmation whose key was used with other contents was sent before: with another card, or by a server with another
 *     address for buyers to come back to. What came of it stands in the intent.
 */
import Stripe from 'stripe';
import { toStripeAmount, toStripeFee } from './amounts.ts';
import type { Guard } from './guard.ts';
import type {
  CaptureIntent,
  ConfirmIntent,
  CreateIntent,
  IntentStep,
  PaymentAnswer,
  PaymentStep,
  PaymentsPort,
  RefundPayment,
} from './port.ts';
import { declinedBy, type Meaning, meaningOf, outcomeOfIntent, outcomeOfRefund, unknown } from './stripe-outcomes.ts';

export interface StripePaymentsOptions {
  readonly client: Stripe;
  readonly guard: Guard;
  /** Where 3-D Secure sends a buyer back to if the order does not say. */
  readonly returnUrl: string;
}

/** More burnt ones than this in one call are a provider that is down; the next call goes on behind them. */
const keysPerCallMax = 3;
const burntMax = 10_000;
const refundsLookedAtMax = 100;
const currenciesMax = 20_000;
/** Forgotten at a time: V8 finds the first of a map by passing over all that were taken out before it. */
const currenciesForgotten = 500;

type Failed = { readonly kind: 'turned_away'; readonly retryAfterMs: number } | Meaning;
type Called<Value> = { readonly kind: 'done'; readonly value: Value } | Failed;

export class StripePayments implements PaymentsPort {
  readonly #client: Stripe;
  readonly #guard: Guard;
  readonly #returnUrl: string;
  /** Of the newest intents, because a capture does not name its currency; others are asked for. */
  readonly #currencies = new Map<string, string>();
  /** T2: by its first key, how many keys of a step are burnt. Who forgets it finds them again, a few in each call. */
  readonly #burnt = new Map<string, number>();

  constructor({ client, guard, returnUrl }: StripePaymentsOptions) {
    this.#client = client;
    this.#guard = guard;
    this.#returnUrl = returnUrl;
  }

  async createIntent(ask: CreateIntent): Promise<PaymentAnswer> {
    const amount = toStripeAmount(ask.amountMinor, ask.currency);
    const fee = toStripeFee(ask.feeMinor, ask.currency);
    if (amount === null) return notPayable(ask.amountMinor);
    const params: Stripe.PaymentIntentCreateParams = {
      amount,
      currency: ask.currency.toLowerCase(),
      capture_method: 'manual',
      allowed_payment_method_types: ['card'],
      metadata: { store: ask.store, orderId: ask.orderId, attempt: String(ask.attempt) },
      ...(ask.account === null || fee === 0 ? {} : { application_fee_amount: fee }),
    };
    const call = await this.#keyed(ask, 'create', (options) => this.#client.paymentIntents.create(params, options), nothingSeen);
    if (call.kind === 'done') this.#rememberCurrency(call.value);
    return answerOf(call, '');
  }

  async confirm(ask: ConfirmIntent): Promise<PaymentAnswer> {
    const params = { payment_method: ask.paymentMethod, return_url: ask.returnUrl ?? this.#returnUrl };
    const send = (options: Stripe.RequestOptions) => this.#client.paymentIntents.confirm(ask.intentId, params, options);
    const call = await this.#keyed(ask, 'confirm', send, () => this.#moved(ask, afterConfirmation));
    // a card that is none is the buyer's affair, like one that is declined
    if (call.kind === 'refused' && call.param === 'payment_method') {
      return declinedBy(ask.intentId, { code: 'payment_method_invalid', message: call.refusal.message });
    }
    if (call.kind === 'refused' && call.refusal.code === 'attempt_reused') return this.#whatCameOf(ask); // T7
    return answerOf(call, ask.intentId);
  }

  async retrieve(ask: IntentStep): Promise<PaymentAnswer> {
    return answerOf(await this.#retrieve(ask), ask.intentId);
  }

  async capture(ask: CaptureIntent): Promise<PaymentAnswer> {
    const currency = await this.#currencyOf(ask);
    if (currency.kind !== 'done') return answerOf(currency, ask.intentId);
    const amount = toStripeAmount(ask.amountMinor, currency.value);
    if (amount === null) return notPayable(ask.amountMinor);
    const send = (options: Stripe.RequestOptions) =>
      this.#client.paymentIntents.capture(ask.intentId, { amount_to_capture: amount }, options);
    const call = await this.#keyed(ask, 'capture', send, () => this.#moved(ask, ended));
    switch (call.kind) {
      case 'done':
        return captureAnswer(call.value);
      case 'wrong_state':
        return captureAnswer(call.intent);
      case 'declined':
        return { kind: 'capture_refused', intentId: ask.intentId, message: call.error.message };
      case 'refused':
        return { kind: 'capture_refused', intentId: ask.intentId, message: call.refusal.message };
      default:
        return answerOf(call, ask.intentId);
    }
  }

  async void(ask: IntentStep): Promise<PaymentAnswer> {
    const send = (options: Stripe.RequestOptions) => this.#client.paymentIntents.cancel(ask.intentId, {}, options);
    return answerOf(await this.#keyed(ask, 'void', send, () => this.#moved(ask, ended)), ask.intentId);
  }

  async refund(ask: RefundPayment): Promise<PaymentAnswer> {
    const { store, orderId, refundId, intentId } = ask;
    const found = await this.#findRefund(ask); // T3
    if (found.kind !== 'done') return answerOf(found, intentId);
    if (found.value !== null) return outcomeOfRefund(found.value, intentId, refundId);
    const currency = await this.#currencyOf(ask);
    if (currency.kind !== 'done') return answerOf(currency, intentId);
    const amount = toStripeAmount(ask.amountMinor, currency.value);
    if (amount === null) return notPayable(ask.amountMinor);
    const metadata = { store, orderId, refundId, attempt: String(ask.attempt) };
    const send = (options: Stripe.RequestOptions) => this.#client.refunds.create({ payment_intent: intentId, amount, metadata }, options);
    const call = await this.#keyed(ask, `refund:${refundId}`, send, () => this.#findRefund(ask));
    switch (call.kind) {
      case 'done':
        return outcomeOfRefund(call.value, intentId, refundId);
      case 'declined':
        return { kind: 'refund_refused', intentId, refundId, message: call.error.message };
      case 'wrong_state':
        return { kind: 'refund_refused', intentId, refundId, message: call.message };
      case 'refused':
        return { kind: 'refund_refused', intentId, refundId, message: call.refusal.message };
      default:
        return answerOf(call, intentId);
    }
  }

  /** T7. */
  async #whatCameOf(ask: IntentStep): Promise<PaymentAnswer> {
    const seen = await this.retrieve(ask);
    return seen.kind === 'created' ? unknown : seen;
  }

  #retrieve(ask: IntentStep): Promise<Called<Stripe.PaymentIntent>> {
    return this.#call(() => this.#client.paymentIntents.retrieve(ask.intentId, {}, accountOf(ask)));
  }

  /** The refund of this id, unless that was an older attempt which failed. */
  async #findRefund(ask: RefundPayment): Promise<Called<Stripe.Refund | null>> {
    const query = { payment_intent: ask.intentId, limit: refundsLookedAtMax };
    const list = await this.#call(() => this.#client.refunds.list(query, accountOf(ask)));
    if (list.kind !== 'done') return list;
    const own = list.value.data.filter(({ metadata }) => metadata?.['refundId'] === ask.refundId);
    const made = own.find(({ status, metadata }) => !isFailed(status) || metadata?.['attempt'] === String(ask.attempt));
    return { kind: 'done', value: made ?? null };
  }

  /** T4. */
  async #moved(ask: IntentStep, moved: ReadonlySet<string>): Promise<Called<Stripe.PaymentIntent | null>> {
    const call = await this.#retrieve(ask);
    return call.kind === 'done' && !moved.has(call.value.status) ? { kind: 'done', value: null } : call;
  }

  /** T1, T2. `lookUp` says what a call whose own answer is lost has come to; null: nothing that could be seen. */
  async #keyed<Value>(
    ask: PaymentStep,
    step: string,
    send: (options: Stripe.RequestOptions) => Promise<Value>,
    lookUp: () => Promise<Called<Value | null>>,
  ): Promise<Called<Value>> {
    const first = keyOf(ask, step, 0);
    for (let tried = 0; tried < keysPerCallMax; tried += 1) {
      const burnt = this.#burnt.get(first) ?? 0;
      const idempotencyKey = keyOf(ask, step, burnt);
      const call = await this.#call(() => send({ ...accountOf(ask), idempotencyKey }));
      if (call.kind !== 'unknown' && call.kind !== 'key_burnt') return call;
      const seen = await lookUp();
      if (seen.kind !== 'done') return { kind: 'unknown' };
      if (seen.value !== null) return { kind: 'done', value: seen.value };
      if (call.kind === 'unknown') return call; // T1: asked again, with the same key
      this.#rememberBurnt(first, burnt + 1);
    }
    return { kind: 'unknown' };
  }

  #rememberBurnt(first: string, keys: number): void {
    this.#burnt.set(first, keys);
    if (this.#burnt.size <= burntMax) return;
    const [oldest] = this.#burnt.keys();
    this.#burnt.delete(oldest!);
  }

  async #call<Value>(call: () => Promise<Value>): Promise<Called<Value>> {
    const guarded = await this.#guard.run(() => withoutStack(call)); // T5, T6
    if (guarded.kind !== 'failed') return guarded;
    if (!(guarded.error instanceof Stripe.errors.StripeError)) throw guarded.error; // our own mistake, not the network's
    return meaningOf(guarded.error);
  }

  async #currencyOf(ask: IntentStep): Promise<Called<string>> {
    const known = this.#currencies.get(ask.intentId);
    if (known !== undefined) return { kind: 'done', value: known };
    const call = await this.#retrieve(ask);
    if (call.kind !== 'done') return call;
    this.#rememberCurrency(call.value);
    return { kind: 'done', value: call.value.currency };
  }

  #rememberCurrency({ id, currency }: Stripe.PaymentIntent): void {
    this.#currencies.set(id, currency);
    if (this.#currencies.size <= currenciesMax) return;
    for (const oldest of this.#currencies.keys()) {
      if (this.#currencies.size <= currenciesMax - currenciesForgotten) return;
      this.#currencies.delete(oldest);
    }
  }
}

/** T4: the states that say what came of a step, by themselves. */
const ended: ReadonlySet<string> = new Set(['succeeded', 'canceled']);
const afterConfirmation: ReadonlySet<string> = new Set(['requires_capture', 'processing', ...ended]);

/** T6. With source maps it would cost as much as the request itself. What is thrown later, in another turn, has its stack. */
function withoutStack<Value>(call: () => Promise<Value>): Promise<Value> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** T2: another intent without money is made. */
function nothingSeen(): Promise<Called<null>> {
  return Promise.resolve({ kind: 'done', value: null });
}

function keyOf({ store, orderId, attempt }: PaymentStep, step: string, burnt: number): string {
  return `${store}:${orderId}:${step}:${attempt}${burnt === 0 ? '' : `:again${burnt}`}`;
}

function accountOf({ account }: PaymentStep): { readonly stripeAccount?: string } {
  return account === null ? {} : { stripeAccount: account };
}

function isFailed(status: string | null): boolean {
  return status === 'failed' || status === 'canceled';
}

function notPayable(amountMinor: number): PaymentAnswer {
  return {
    kind: 'refused',
    code: 'amount_not_payable',
    message: `Stripe cannot take exactly ${amountMinor} minor units of this currency.`,
  };
}

function captureAnswer(intent: Stripe.PaymentIntent): PaymentAnswer {
  const outcome = outcomeOfIntent(intent);
  if (outcome === null) return unknown;
  if (outcome.kind === 'captured' || outcome.kind === 'processing') return outcome;
  return { kind: 'capture_refused', intentId: intent.id, message: `The payment is ${intent.status} and cannot be captured.` };
}

function answerOf(call: Failed | Called<Stripe.PaymentIntent>, intentId: string): PaymentAnswer {
  switch (call.kind) {
    case 'done':
      return outcomeOfIntent(call.value) ?? unknown;
    case 'wrong_state':
      return outcomeOfIntent(call.intent) ?? unknown;
    case 'declined':
      return declinedBy(intentId, call.error);
    case 'refused':
      return call.refusal;
    case 'turned_away':
    case 'not_begun':
      return { kind: 'unavailable', retryAfterMs: call.retryAfterMs };
    case 'unknown':
    case 'key_burnt':
      return unknown;
    default:
      return call satisfies never;
  }
}
