/** The other end of `PaymentsThread`: each step of the port by its name. */
import type { MessagePort } from 'node:worker_threads';
import { serveAsks } from '../../../runtime/threads/serve-asks.ts';
import type { PaymentAnswer, PaymentsPort } from '../port.ts';

export type PaymentStepName = keyof PaymentsPort;

/** Plain data, which the structured clone copies as it is. */
export interface PaymentAsk {
  readonly step: PaymentStepName;
  readonly ask: Parameters<PaymentsPort[PaymentStepName]>[0];
}

export function servePayments(port: PaymentsPort, asker: Pick<MessagePort, 'on' | 'postMessage'>): void {
  serveAsks<PaymentAsk, PaymentAnswer>(
    ({ step, ask }) => (port[step] as (ask: PaymentAsk['ask']) => Promise<PaymentAnswer>).call(port, ask),
    asker,
  );
}
