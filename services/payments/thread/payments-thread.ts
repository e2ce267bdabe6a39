/**
 * The payments port in a thread of its own. Stripe's SDK, its HTTP and its JSON take half a millisecond for an order: beside
 * the actors, and not between their commands, that makes nobody's stock late.
 *
 * H1. A thread that ends by itself, or does not start, is started again after `restartAfterMs`. Until there is one nothing is
 *     sent, and who asks is told so.
 * H2. What it was asked and did not answer is unknown: something may have been done. The next thread is asked with the same
 *     attempt, hence the same keys, and Stripe settles whether it was.
 * H3. It keeps no process alive, and what is loaded before the program is not loaded into it.
 * H4. Where the program is, is asked at each start: a server may outlive the file it began with.
 */
import { Worker } from 'node:worker_threads';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { CaptureIntent, ConfirmIntent, CreateIntent, IntentStep, PaymentAnswer, PaymentsPort, RefundPayment } from '../port.ts';
import type { StripeSettings } from '../stripe-client.ts';
import type { Answered, Asked, PaymentAsk, PaymentStepName } from './messages.ts';
import { together } from './together.ts';

/** How Node is to start `worker.ts`. */
export interface ThreadProgram {
  readonly file: string;
  readonly argv: readonly string[];
}

export interface PaymentsThreadOptions {
  /** H4. */
  readonly program: () => Promise<ThreadProgram>;
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
  /** Null: not there yet, or not any more. */
  #worker: Worker | null = null;
  #attempted: Promise<void>;
  #cancelRestart = (): void => {};
  #asked = 0;
  #isClosed = false;

  constructor(options: PaymentsThreadOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#attempted = this.#start();
  }

  /** Resolves when the last start was attempted, whether it succeeded or not. */
  get attempted(): Promise<void> {
    return this.#attempted;
  }

  createIntent(ask: CreateIntent): Promise<PaymentAnswer> {
    return this.#ask('createIntent', ask);
  }

  confirm(ask: ConfirmIntent): Promise<PaymentAnswer> {
    return this.#ask('confirm', ask);
  }

  retrieve(ask: IntentStep): Promise<PaymentAnswer> {
    return this.#ask('retrieve', ask);
  }

  capture(ask: CaptureIntent): Promise<PaymentAnswer> {
    return this.#ask('capture', ask);
  }

  void(ask: IntentStep): Promise<PaymentAnswer> {
    return this.#ask('void', ask);
  }

  refund(ask: RefundPayment): Promise<PaymentAnswer> {
    return this.#ask('refund', ask);
  }

  /** What is under way is cut off, and unknown. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRestart();
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

  /** H1, H4. */
  async #start(): Promise<void> {
    try {
      const program = await this.#options.program();
      if (!this.#isClosed) this.#worker = this.#started(program);
    } catch (error) {
      this.#startLater({ error: String(error) }, 'the thread of payments did not start and is tried again');
    }
  }

  #started({ file, argv }: ThreadProgram): Worker {
    const { settings, logger } = this.#options;
    // H3: no flags of this process, such as what is loaded before it
    const worker = new Worker(file, { name: 'payments', argv: [...argv], execArgv: [], workerData: settings, resourceLimits });
    worker.unref(); // H3
    worker.on('message', (answers: readonly Answered[]) => {
      for (const one of answers) this.#answered(one);
    });
    worker.on('error', (error) => logger.error({ error: String(error) }, 'the thread of payments failed'));
    worker.once('exit', () => this.#ended());
    return worker;
  }

  #startLater(why: object, message: string): void {
    if (this.#isClosed) return;
    this.#options.logger.warn({ ...why, restartAfterMs }, message);
    this.#cancelRestart = this.#clock.after(restartAfterMs, () => {
      this.#attempted = this.#start();
    });
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
    this.#startLater({}, 'the thread of payments ended and is started again');
  }
}
