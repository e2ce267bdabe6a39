/** One payment of the twin in memory: what a card does to it, and how it looks as an outcome. Pure. */
import type { PaymentOutcome } from '../../actors/order/outside.ts';
import type { CreateIntent } from './port.ts';

export interface MemoryIntent {
  readonly id: string;
  readonly step: CreateIntent;
  readonly status: 'created' | 'declined' | 'requires_action' | 'processing' | 'authorised' | 'captured' | 'voided';
  readonly decline: string | null;
  readonly paymentMethod: string | null;
  readonly amountMinor: number;
  readonly authorisedMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

export type Verdict = 'authorise' | 'fail';

type Change = Partial<MemoryIntent> & Pick<MemoryIntent, 'status'>;

/** What Stripe's test cards do, told by their names. */
export function confirmed(intent: MemoryIntent, paymentMethod: string): Change {
  if (!paymentMethod.startsWith('pm_')) return refuse('payment_method_invalid');
  if (/authenticationRequired|threeDSecure/.test(paymentMethod)) return { status: 'requires_action', paymentMethod, decline: null };
  if (/InsufficientFunds/.test(paymentMethod)) return refuse('insufficient_funds');
  if (/declined/i.test(paymentMethod)) return refuse('generic_decline');
  return { status: 'authorised', paymentMethod, authorisedMinor: intent.amountMinor, decline: null };
}

export function refuse(decline: string): Change {
  return { status: 'declined', decline, paymentMethod: null };
}

export function shown(intent: MemoryIntent): PaymentOutcome {
  const intentId = intent.id;
  switch (intent.status) {
    case 'created':
      return { kind: 'created', intentId };
    case 'declined':
      return { kind: 'declined', intentId, decline: intent.decline ?? 'generic_decline', message: 'The payment was declined.' };
    case 'requires_action':
      return { kind: 'requires_action', intentId, redirectUrl: `https://bank.example/${intentId}`, clientSecret: `${intentId}_secret` };
    case 'processing':
      return { kind: 'processing', intentId };
    case 'authorised':
      return { kind: 'authorised', intentId, amountMinor: intent.authorisedMinor };
    case 'captured':
      return { kind: 'captured', intentId, amountMinor: intent.capturedMinor };
    case 'voided':
      return { kind: 'voided', intentId };
    default:
      return intent.status satisfies never;
  }
}
