/**
 * The twin of the payments port in memory, for the simulation and for tests of whatever stands on payments: a payment
 * provider with weather, in the time of the clock it is given.
 *
 * Everything follows from the draws it is given: it loses answers before and after the work, hangs, is away, answers
 * late, and tells its news several times and out of order. It keeps Y1 to Y4 of the port all the while.
 *
 * It remembers every payment it ever saw: a simulation ends.
 */
import type { PaymentOutcome } from '../../actors/order/outside.ts';
import type { Clock } from '../../runtime/clock.ts';
import { confirmed, type MemoryIntent, refuse, shown, type Verdict } from './memory-intent.ts';
import type {
  CaptureIntent,
  ConfirmIntent,
  CreateIntent,
  IntentStep,
  PaymentAnswer,
  PaymentNews,
  PaymentStep,
  PaymentsPort,
  RefundPayment,
  Settled,
} from './port.ts';

export interface PaymentsWeather {
  /** Probabilities of one call. */
  readonly away: number;
  readonly lostBefore: number;
  readonly lostAfter: number;
  /** Of a confirmation: the verdict comes later. */
  readonly processing: number;
  /** A call takes up to twice as long. */
  readonly typicalMs: number;
  /** How long a caller waits for an answer that is lost. */
  readonly timeoutMs: number;
  readonly newsDelayMaxMs: number;
  readonly newsCopiesMax: number;
}

export const fairWeather: PaymentsWeather = {
  away: 0,
  lostBefore: 0,
  lostAfter: 0,
  processing: 0,
  typicalMs: 1,
  timeoutMs: 20,
  newsDelayMaxMs: 0,
  newsCopiesMax: 1,
};

export interface MemoryPaymentsOptions {
  readonly clock: Clock;
  /** At least 0, below 1; from the seed of the world. */
  readonly draw: () => number;
  readonly weather?: PaymentsWeather;
  readonly onNews?: (news: PaymentNews) => void;
}

/** One payment as an auditor wants it. */
export interface PaymentTotals {
  readonly intentId: string;
  readonly store: string;
  readonly orderId: string;
  readonly status: MemoryIntent['status'];
  readonly authorisedMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

const awayRetryMs = 1_000;

export class MemoryPayments implements PaymentsPort {
  readonly #clock: Clock;
  readonly #draw: () => number;
  readonly #onNews: (news: PaymentNews) => void;
  readonly #intents = new Map<string, MemoryIntent>();
  /** What each step was and came to (Y1). */
  readonly #settled = new Map<string, { readonly contents: string; readonly outcome: Settled }>();
  /** What was refunded and not sent back, by intent and refund id (Y4). */
  readonly #refunds = new Map<string, { readonly amountMinor: number; readonly attempt: number }>();
  #losses: ('before' | 'after')[] = [];
  #events = 0;
  weather: PaymentsWeather;

  constructor({ clock, draw, weather = fairWeather, onNews = () => {} }: MemoryPaymentsOptions) {
    this.#clock = clock;
    this.#draw = draw;
    this.#onNews = onNews;
    this.weather = weather;
  }

  /** The answer of the next call is lost. */
  loseNext(when: 'before' | 'after'): void {
    this.#losses.push(when);
  }

  totals(): readonly PaymentTotals[] {
    return [...this.#intents.values()].map(({ id, step, status, authorisedMinor, capturedMinor, refundedMinor }) => ({
      intentId: id,
      store: step.store,
      orderId: step.orderId,
      status,
      authorisedMinor,
      capturedMinor,
      refundedMinor,
    }));
  }

  /** The buyer answers 3-D Secure. False: nobody waits for it. */
  finishAction(intentId: string, verdict: Verdict): boolean {
    const intent = this.#intents.get(intentId);
    if (intent?.status !== 'requires_action') return false;
    this.#change({ ...intent, ...(verdict === 'authorise' ? confirmed(intent, 'pm_approved') : refuse('authentication_failed')) });
    return true;
  }

  createIntent(ask: CreateIntent): Promise<PaymentAnswer> {
    return this.#step(ask, 'create', () => {
      const id = `pi_memory_${this.#intents.size + 1}`;
      const { amountMinor } = ask;
      const money = { amountMinor, authorisedMinor: 0, capturedMinor: 0, refundedMinor: 0 };
      this.#intents.set(id, { id, step: ask, status: 'created', decline: null, paymentMethod: null, ...money });
      return { kind: 'created', intentId: id };
    });
  }

  confirm(ask: ConfirmIntent): Promise<PaymentAnswer> {
    return this.#onIntent(ask, 'confirm', (intent) => {
      if (intent.status !== 'created' && intent.status !== 'declined' && intent.status !== 'requires_action') return shown(intent); // Y3
      if (this.#chance(this.weather.processing)) return this.#process(intent, ask.paymentMethod);
      return shown(this.#change({ ...intent, ...confirmed(intent, ask.paymentMethod) }));
    });
  }

  retrieve(ask: IntentStep): Promise<PaymentAnswer> {
    return this.#travel(() => {
      const intent = this.#find(ask);
      return intent === null ? unknownIntent(ask) : shown(intent);
    });
  }

  capture(ask: CaptureIntent): Promise<PaymentAnswer> {
    return this.#onIntent(ask, 'capture', (intent) => {
      if (intent.status === 'captured' || intent.status === 'processing') return shown(intent);
      if (intent.status !== 'authorised' || ask.amountMinor > intent.authorisedMinor) {
        return {
          kind: 'capture_refused',
          intentId: intent.id,
          message: `${ask.amountMinor} of ${intent.authorisedMinor}, ${intent.status}`,
        };
      }
      return shown(this.#change({ ...intent, status: 'captured', capturedMinor: ask.amountMinor }));
    });
  }

  void(ask: IntentStep): Promise<PaymentAnswer> {
    return this.#onIntent(ask, 'void', (intent) => {
      const isOver = intent.status === 'captured' || intent.status === 'voided' || intent.status === 'processing';
      return shown(isOver ? intent : this.#change({ ...intent, status: 'voided', authorisedMinor: 0 }));
    });
  }

  refund(ask: RefundPayment): Promise<PaymentAnswer> {
    return this.#onIntent(ask, `refund:${ask.refundId}`, (intent) => {
      const { refundId, amountMinor } = ask;
      const key = `${intent.id}\n${refundId}`;
      const before = this.#refunds.get(key);
      if (before !== undefined) return { kind: 'refunded', intentId: intent.id, refundId, amountMinor: before.amountMinor }; // Y4
      const leftMinor = intent.capturedMinor - intent.refundedMinor;
      if (amountMinor > leftMinor) {
        return { kind: 'refund_refused', intentId: intent.id, refundId, message: `${amountMinor} of ${leftMinor} that are left` };
      }
      const { attempt } = ask;
      this.#refunds.set(key, { amountMinor, attempt });
      this.#intents.set(intent.id, { ...intent, refundedMinor: intent.refundedMinor + amountMinor });
      const outcome: PaymentOutcome = { kind: 'refunded', intentId: intent.id, refundId, amountMinor };
      this.#tell(intent, { ...outcome, attempt });
      return outcome;
    });
  }

  /** The buyer's bank sends a refund back, however long after it was made. False: there is none. */
  returnRefund(intentId: string, refundId: string): boolean {
    const key = `${intentId}\n${refundId}`;
    const [intent, made] = [this.#intents.get(intentId), this.#refunds.get(key)];
    if (intent === undefined || made === undefined) return false;
    this.#refunds.delete(key);
    this.#intents.set(intentId, { ...intent, refundedMinor: intent.refundedMinor - made.amountMinor });
    this.#tell(intent, { kind: 'refund_refused', intentId, refundId, message: 'account closed', ...made });
    return true;
  }

  #process(intent: MemoryIntent, paymentMethod: string): PaymentOutcome {
    const waiting = this.#change({ ...intent, status: 'processing' });
    this.#clock.after(this.weather.timeoutMs * this.#draw(), () => {
      const now = this.#intents.get(intent.id);
      if (now?.status === 'processing') this.#change({ ...now, ...confirmed(now, paymentMethod) });
    });
    return shown(waiting);
  }

  #onIntent(ask: IntentStep, step: string, work: (intent: MemoryIntent) => Settled): Promise<PaymentAnswer> {
    return this.#step(ask, `${step}:${ask.intentId}`, () => {
      const intent = this.#find(ask);
      return intent === null ? unknownIntent(ask) : work(intent);
    });
  }

  /** Y1. */
  #step(ask: PaymentStep, step: string, work: () => Settled): Promise<PaymentAnswer> {
    const key = [ask.account ?? '', ask.store, ask.orderId, step, ask.attempt].join('\n');
    return this.#travel(() => {
      const before = this.#settled.get(key);
      const contents = contentsOf(ask);
      if (before !== undefined) return before.contents === contents ? before.outcome : attemptReused;
      const outcome = work();
      this.#settled.set(key, { contents, outcome });
      return outcome;
    });
  }

  /** There and back, through the weather. */
  async #travel(work: () => PaymentAnswer): Promise<PaymentAnswer> {
    const { away, lostBefore, lostAfter, typicalMs, timeoutMs } = this.weather;
    const lost = this.#losses.shift() ?? (this.#chance(lostBefore) ? 'before' : this.#chance(lostAfter) ? 'after' : null);
    if (lost === null && this.#chance(away)) return { kind: 'unavailable', retryAfterMs: awayRetryMs };
    await this.#wait(typicalMs * this.#draw());
    const answer = lost === 'before' ? null : work();
    await this.#wait(lost === null ? typicalMs * this.#draw() : timeoutMs);
    return lost === null && answer !== null ? answer : { kind: 'unknown' };
  }

  #find({ intentId, account }: IntentStep): MemoryIntent | null {
    const intent = this.#intents.get(intentId);
    return intent?.step.account === account ? intent : null;
  }

  #change(intent: MemoryIntent): MemoryIntent {
    this.#intents.set(intent.id, intent);
    this.#tell(intent, shown(intent));
    return intent;
  }

  #tell({ step }: MemoryIntent, outcome: PaymentOutcome): void {
    this.#events += 1;
    const { store, orderId, account } = step;
    const news: PaymentNews = { eventId: `evt_memory_${this.#events}`, store, orderId, account, outcome };
    const copies = 1 + Math.floor(this.#draw() * this.weather.newsCopiesMax);
    for (let copy = 0; copy < copies; copy += 1) {
      this.#clock.after(this.weather.newsDelayMaxMs * this.#draw(), () => this.#onNews(news));
    }
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#draw() < probability;
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}

const attemptReused: Settled = { kind: 'refused', code: 'attempt_reused', message: 'The same attempt was used with other contents.' };

function contentsOf(ask: PaymentStep): string {
  return JSON.stringify(Object.entries(ask).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function unknownIntent({ intentId }: IntentStep): Settled {
  return { kind: 'refused', code: 'intent_unknown', message: `No such intent: ${intentId}` };
}
