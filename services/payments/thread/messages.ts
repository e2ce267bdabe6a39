/** What the thread of payments is asked and answers. Plain data, which the structured clone copies as it is. */
import type { PaymentAnswer, PaymentsPort } from '../port.ts';

export type PaymentStepName = keyof PaymentsPort;
export type PaymentAsk = Parameters<PaymentsPort[PaymentStepName]>[0];

export interface Asked {
  readonly id: number;
  readonly step: PaymentStepName;
  readonly ask: PaymentAsk;
}

export type Answered =
  | { readonly id: number; readonly answer: PaymentAnswer }
  /** It threw: a mistake of ours, with its stack. */
  | { readonly id: number; readonly mistake: string };
