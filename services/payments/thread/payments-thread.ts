/**
 * The payments port in a thread of its own. Stripe's SDK, its HTTP and its JSON take half a millisecond for an order: beside
 * the actors, and not between their commands, that makes nobody's stock late.
 *
 * H1. A thread that ends by itself is started again after `restartAfterMs`. Meanwhile nothing is sent, and who asks is told so.
 * H2. What it was asked and did not answer is unknown: something may have been done. The next thread is asked with the same
 *     attempt, hence the same keys, and Stripe settles whether it was.
 * H3. It keeps no process alive, and what is loaded before the program is not loaded into it.
 */
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { PaymentAnswer, PaymentsPort } from '../port.ts';
import type { StripeSettings } from '../stripe-client.ts';
import type { Answered, Asked, PaymentAsk, PaymentStepName } from './messages.ts';
import { together } from './together.ts';

export interface PaymentsThreadOptions {
  /** How Node is to start `worker.ts`. */
  readonly program: { readonly file: string; readonly argv: readonly string[] };
  readonly settings: StripeSettings;
  readonly logger: Logger;
  readonly clock?: Pick<Clock, 'after'>;
}

export const restartAfterMs = 1_000;
/** What it makes is short-lived, and little at a time. */
const resourceLimits = { maxYoungGenerationSizeMb: 32 };

interface Waiting {
  readonly answer: (answer: PaymentAnswer) => void;
  readonly fail: (error: Error) => void;
}

export class PaymentsThread implements PaymentsPort {
  readonly #options: PaymentsThreadOptions;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #say = together<Asked>((asked) => this.#worker?.postMessage(asked));
  /** Null: it ended, and another is not there yet. */
  #worker: Worker | null = null;
  #asked = 0;
  #isClosed = false;

  constructor(options: PaymentsThreadOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#start();
  }

  createIntent(ask: Parameters<PaymentsPort['createIntent']>[0]): Promise<PaymentAnswer> {
    return this.#ask('createIntent', ask);
  }

  confirm(ask: Parameters<PaymentsPort['confirm']>[0]): Promise<PaymentAnswer> {
    return this.#ask('confirm', ask);
  }

  retrieve(ask: Parameters<PaymentsPort['retrieve']>[0]): Promise<PaymentAnswer> {
    return this.#ask('retrieve', ask);
  }

  capture(ask: Parameters<PaymentsPort['capture']>[0]): Promise<PaymentAnswer> {
    return this.#ask('capture', ask);
  }

  void(ask: Parameters<PaymentsPort['void']>[0]): Promise<PaymentAnswer> {
    return this.#ask('void', ask);
  }

  refund(ask: Parameters<PaymentsPort['refund']>[0]): Promise<PaymentAnswer> {
    return this.#ask('refund', ask);
  }

  /** What is under way is cut off, and unknown. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  #ask(step: PaymentStepName, ask: PaymentAsk): Promise<PaymentAnswer> {
    if (this.#worker === null) return Promise.resolve({ kind: 'unavailable', retryAfterMs: restartAfterMs }); // H1
    const id = (this.#asked += 1);
    return new Promise((answer, fail) => {
      this.#waiting.set(id, { answer, fail });
      this.#say({ id, step, ask });
    });
  }

  #start(): void {
    const { program, settings, logger } = this.#options;
    const worker = new Worker(program.file, {
      name: 'payments',
      argv: [...program.argv],
      execArgv: [], // H3
      workerData: settings,
      resourceLimits,
    });
    worker.unref(); // H3
    worker.on('message', (answers: readonly Answered[]) => {
      for (const one of answers) this.#answered(one);
    });
    worker.on('error', (error) => logger.error({ error: String(error) }, 'the thread of payments failed'));
    worker.once('exit', () => this.#ended());
    this.#worker = worker;
  }

  #answered(answered: Answered): void {
    const waiting = this.#waiting.get(answered.id);
    this.#waiting.delete(answered.id);
    if ('answer' in answered) waiting?.answer(answered.answer);
    else waiting?.fail(new Error(`payments: ${answered.mistake}`));
  }

  #ended(): void {
    this.#worker = null;
    for (const { answer } of this.#waiting.values()) answer({ kind: 'unknown' }); // H2
    this.#waiting.clear();
    if (this.#isClosed) return;
    this.#options.logger.warn({ restartAfterMs }, 'the thread of payments ended and is started again');
    this.#clock.after(restartAfterMs, () => {
      if (!this.#isClosed) this.#start();
    });
  }
}
