/** A thread whose payments fail as the order's name says: `throws`, `ends` the thread, `never` answers; else the intent has that name. */
import { parentPort } from 'node:worker_threads';
import type { PaymentAnswer, PaymentStep, PaymentsPort } from '../port.ts';
import { servePayments } from './serve.ts';

const answer = ({ orderId }: PaymentStep): Promise<PaymentAnswer> => {
  if (orderId === 'throws') return Promise.reject(new TypeError('this is a mistake'));
  if (orderId === 'ends') process.exit(1);
  if (orderId === 'never') return new Promise(() => {});
  return Promise.resolve({ kind: 'created', intentId: orderId });
};

const port: PaymentsPort = { createIntent: answer, confirm: answer, retrieve: answer, capture: answer, void: answer, refund: answer };
servePayments(port, parentPort!);
