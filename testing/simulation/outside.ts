/**
 * What stands outside of every node and outlives them all: a payment provider and prices, and the roads to them.
 *
 * P1. The provider is the twin of `services/payments`: it loses answers, is away, answers late, and tells its news
 *     late, several times, out of order or never. Captures and refunds are refused now and then, definitely; and a
 *     refund that was made may come back, which is told until somebody takes it: nobody would find out otherwise.
 * P2. A process asks through `servicesFor`: what it has asked happens, also when it dies before it hears (S1).
 * P3. Nothing is judged here; who asked for what is told to the witness in the moment the provider hears it.
 */
import { actorId, type EffectOutcome } from '../../actors/kernel/index.ts';
import type { AskQuote, PaymentOutcome } from '../../actors/order/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import type { Service, Services } from '../../runtime/router/services.ts';
import { createPaymentsHandler } from '../../services/payments/effects.ts';
import { MemoryPayments, type PaymentTotals } from '../../services/payments/memory.ts';
import type { IntentStep, PaymentAnswer, PaymentNews, PaymentsPort, PaymentStep } from '../../services/payments/port.ts';
import type { Host } from './host.ts';
import { quoteFor } from './prices.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Weather } from './weather.ts';

export type PaymentCall = keyof PaymentsPort;

export interface OutsideDeps {
  readonly weather: Weather;
  readonly random: Random;
  /** Where news goes now; null when no process listens. */
  readonly route: () => Host | null;
  /** A call reached the provider. */
  readonly asked: (call: PaymentCall, ask: PaymentStep) => void;
}

const newsTriesMax = 8;
const newsWaitMs = 3_000;
const timeoutMs = 2_000;
/** The provider answers within this of being asked, mostly. */
const typicalMs = 40;

export class Outside {
  readonly #deps: OutsideDeps;
  readonly #payments: MemoryPayments;
  /** Refusals are outcomes, too: the same attempt hears the same one again. */
  readonly #refused = new Map<string, boolean>();
  readonly #told = new Set<string>();

  constructor(deps: OutsideDeps) {
    this.#deps = deps;
    const { weather, random } = deps;
    this.#payments = new MemoryPayments({
      clock: worldClock(weather.scheduler),
      draw: () => random.fraction(),
      onNews: (news) => this.#tell(news, 1),
    });
    this.#followWeather();
  }

  /** What every payment came to. */
  totals(): readonly PaymentTotals[] {
    return this.#payments.totals();
  }

  /** After the mix of faults has changed. */
  calm(): void {
    this.#followWeather();
  }

  /** The buyer comes back from the bank. */
  finishAction(intentId: string, verdict: 'authorise' | 'fail'): void {
    this.#payments.finishAction(intentId, verdict);
  }

  /** P2 */
  servicesFor(process: SimProcess, logger: Logger): Services {
    const port: PaymentsPort = {
      createIntent: (ask) => this.#call(process, 'createIntent', ask, () => this.#payments.createIntent(ask)),
      confirm: (ask) => this.#call(process, 'confirm', ask, () => this.#payments.confirm(ask)),
      retrieve: (ask) => this.#call(process, 'retrieve', ask, () => this.#payments.retrieve(ask)),
      capture: (ask) => this.#call(process, 'capture', ask, () => this.#capture(ask)),
      void: (ask) => this.#call(process, 'void', ask, () => this.#payments.void(ask)),
      refund: (ask) => this.#call(process, 'refund', ask, () => this.#refund(ask)),
    };
    const payments = createPaymentsHandler({ port, logger, clock: process.clock });
    const pricing: Service = (_, command) => this.#quote(process, command as AskQuote);
    return new Map([
      ['payments', payments],
      ['pricing', pricing],
    ]);
  }

  #followWeather(): void {
    const { mix } = this.#deps.weather;
    this.#payments.weather = {
      away: mix.paymentsAway,
      lostBefore: mix.paymentsLost / 2,
      lostAfter: mix.paymentsLost / 2,
      processing: mix.paymentsSlow,
      typicalMs,
      timeoutMs,
      newsDelayMaxMs: mix.newsLateMs,
      newsCopiesMax: mix.newsCopiesMax,
    };
  }

  async #call(process: SimProcess, call: PaymentCall, ask: PaymentStep, work: () => Promise<PaymentAnswer>): Promise<PaymentAnswer> {
    const { weather, asked } = this.#deps;
    asked(call, ask);
    const answer = await work();
    if (answer.kind === 'unknown') weather.faults.strike('payment_answer_lost');
    if (answer.kind === 'unavailable') weather.faults.strike('payments_away');
    if (answer.kind === 'processing' && call === 'confirm') weather.faults.strike('payment_slow');
    return new Promise((resolve) => process.deliver(weather.hopMs(), `payments ${call} ${answer.kind}`, () => resolve(answer)));
  }

  #capture(ask: Parameters<PaymentsPort['capture']>[0]): Promise<PaymentAnswer> {
    return this.#unlessRefused('capture', ask, { kind: 'capture_refused', intentId: ask.intentId, message: 'not now' }, () =>
      this.#payments.capture(ask),
    );
  }

  #refund(ask: Parameters<PaymentsPort['refund']>[0]): Promise<PaymentAnswer> {
    const { intentId, refundId } = ask;
    return this.#unlessRefused('refund', ask, { kind: 'refund_refused', intentId, refundId, message: 'not now' }, () => {
      this.#maybeReturn(intentId, refundId);
      return this.#payments.refund(ask);
    });
  }

  #maybeReturn(intentId: string, refundId: string): void {
    const { random, weather } = this.#deps;
    if (!random.chance(weather.mix.refundsReturn)) return;
    weather.scheduler.after(random.between(500, 8_000), `bank returns ${refundId} of ${intentId}`, () => {
      if (this.#payments.returnRefund(intentId, refundId)) weather.faults.strike('refund_returned');
    });
  }

  /** P1 */
  async #unlessRefused(call: string, ask: IntentStep, refusal: PaymentOutcome, work: () => Promise<PaymentAnswer>): Promise<PaymentAnswer> {
    const { random, weather } = this.#deps;
    const key = `${call} ${ask.intentId} ${ask.attempt}`;
    const known = this.#refused.get(key);
    const isRefused = known ?? random.chance(weather.mix.paymentsRefuse);
    this.#refused.set(key, isRefused);
    if (!isRefused) return work();
    if (known === undefined) weather.faults.strike('payment_refused');
    return refusal;
  }

  #quote(process: SimProcess, command: AskQuote): Promise<EffectOutcome | null> {
    const { weather, random } = this.#deps;
    const isUnknown = random.chance(weather.mix.pricesUnknown);
    if (isUnknown) weather.faults.strike('prices_unknown');
    const outcome = isUnknown ? null : { reply: quoteFor(command) };
    return new Promise((resolve) => process.deliver(random.between(1, 20), 'pricing answers', () => resolve(outcome)));
  }

  /** As webhooks do: until somebody takes them, or the provider has had enough. */
  #tell(news: PaymentNews, tries: number): void {
    const { weather, random, route } = this.#deps;
    const { scheduler, faults, mix } = weather;
    const isReturn = news.outcome.kind === 'refund_refused';
    if (tries === 1) {
      if (this.#told.has(news.eventId)) faults.strike('payment_news_repeated');
      this.#told.add(news.eventId);
      if (!isReturn && random.chance(mix.newsLost)) return faults.strike('payment_news_lost');
      if (mix.newsLateMs > 0) faults.strike('payment_news_late');
    }
    const again = () => {
      if (isReturn || tries < newsTriesMax) scheduler.after(random.between(500, 4_000), 'news again', () => this.#tell(news, tries + 1));
    };
    const host = route();
    if (host === null) return again();
    const { store, orderId, eventId, outcome, account } = news;
    const command = { type: 'paymentNews', eventId, outcome, account } as const;
    // a process that dies answers nobody
    const silence = scheduler.after(2 * newsWaitMs, 'news without an answer', again);
    host.receive({ actor: actorId('order', store, orderId), command, class: 'client', waitMs: newsWaitMs }, (heard: Outcome) => {
      silence();
      if (heard.kind === 'unavailable') again();
    });
  }
}

/** True time, which no process has. */
function worldClock(scheduler: Scheduler): Clock {
  return {
    wallMs: () => Math.floor(scheduler.nowMs),
    monotonicMs: () => scheduler.nowMs,
    after: (ms, call) => scheduler.after(ms, 'payments', call),
    defer: (call) => void scheduler.after(0, 'payments', call),
  };
}
