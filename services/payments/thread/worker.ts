/** The program of the thread: Stripe's SDK, at the place it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectStripe, type StripeSettings } from '../stripe-client.ts';
import { servePayments } from './serve.ts';

if (parentPort === null) throw new Error('payments are served in a thread of their own, by PaymentsThread');
servePayments(connectStripe(workerData as StripeSettings).payments, parentPort);
