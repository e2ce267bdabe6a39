/**
 * The payments port in a thread of its own. Stripe's SDK, its HTTP and its JSON take half a millisecond for an order: beside
 * the actors, and not between their commands, that makes nobody's stock late.
 *
 * H1. While there is no thread nothing is sent, and who asks is told so.
 * H2. What it was asked and did not answer is unknown: something may have been done. The next thread is asked with the same
 *     attempt, hence the same keys, and Stripe settles whether it was.
 */
import { AskedThread, type AskedThreadOptions, restartAfterMs } from '../../../runtime/threads/asked-thread.ts';
import type { CaptureIntent, ConfirmIntent, CreateIntent, IntentStep, PaymentAnswer, PaymentsPort, RefundPayment } from '../port.ts';
import type { StripeSettings } from '../stripe-client.ts';
import type { PaymentAsk, PaymentStepName } from './serve.ts';

export interface PaymentsThreadOptions extends Pick<AskedThreadOptions, 'program' | 'logger' | 'clock'> {
  readonly settings: StripeSettings;
}

/** What it makes is short-lived, and little at a time. */
const youngGenerationMb = 32;

export class PaymentsThread implements PaymentsPort {
  readonly #thread: AskedThread<PaymentAsk, PaymentAnswer>;

  constructor({ settings, ...options }: PaymentsThreadOptions) {
    this.#thread = new AskedThread({ name: 'payments', data: settings, youngGenerationMb, ...options });
  }

  /** Resolves when the last start was attempted, whether it succeeded or not. */
  get attempted(): Promise<void> {
    return this.#thread.attempted;
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
    await this.#thread.close();
  }

  async #ask(step: PaymentStepName, ask: PaymentAsk['ask']): Promise<PaymentAnswer> {
    const told = await this.#thread.ask({ step, ask });
    switch (told.kind) {
      case 'answered':
        return told.answer;
      case 'away':
        return { kind: 'unavailable', retryAfterMs: restartAfterMs }; // H1
      case 'ended':
        return { kind: 'unknown' }; // H2
    }
  }
}
