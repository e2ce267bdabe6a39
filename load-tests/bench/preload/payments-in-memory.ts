/**
 * Loaded into a server before its program: payments are answered at once and by the process itself, so that checkouts can be
 * measured without the payment SDK and the HTTP behind it. Every card is good.
 *
 * M1. Keeps nothing: what an intent is worth stands in its id, so that the same question has the same answer and a run of
 *     any length needs no memory.
 */
import type { PaymentAnswer, PaymentsPort } from '../../../services/payments/port.ts';
import { PaymentsThread } from '../../../services/payments/thread/payments-thread.ts';

const answered = (answer: PaymentAnswer): Promise<PaymentAnswer> => Promise.resolve(answer);

/** M1. */
function amountIn(intentId: string): number {
  return Number(intentId.split('_')[2]);
}

const inMemory: PaymentsPort = {
  createIntent: ({ amountMinor, orderId }) => answered({ kind: 'created', intentId: `pi_bench_${amountMinor}_${orderId}` }),
  confirm: ({ intentId }) => answered({ kind: 'authorised', intentId, amountMinor: amountIn(intentId) }),
  retrieve: ({ intentId }) => answered({ kind: 'authorised', intentId, amountMinor: amountIn(intentId) }),
  capture: ({ intentId, amountMinor }) => answered({ kind: 'captured', intentId, amountMinor }),
  void: ({ intentId }) => answered({ kind: 'voided', intentId }),
  refund: ({ intentId, refundId, amountMinor }) => answered({ kind: 'refunded', intentId, refundId, amountMinor }),
};

Object.assign(PaymentsThread.prototype, inMemory);
