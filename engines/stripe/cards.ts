/**
 * The test cards: Stripe's own names and numbers with Stripe's own behaviour, and a few that misbehave as the real
 * network sometimes does (`pm_card_sim_…`), for shops that want to see what they do then.
 */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

export type Authorisation = { readonly kind: 'approved' } | { readonly kind: 'declined'; readonly decline: Decline };

export type Misbehaving =
  /** Takes some seconds. */
  | 'slow'
  /** Done, but nobody hears of it. */
  | 'silent'
  /** A 500 before anything is done: at the first confirmation, or always. */
  | 'error_once'
  | 'error_always'
  /** Done, and then a 500. */
  | 'error_after'
  /** `processing` first, the verdict by webhook. */
  | 'processing';

export interface Card {
  readonly id: string;
  readonly brand: string;
  readonly last4: string;
  readonly authorisation: Authorisation;
  readonly threeDSecure: boolean;
  readonly misbehaves: Misbehaving | null;
  readonly refund: 'succeeds' | 'pends' | 'fails_later';
}

const approved: Authorisation = { kind: 'approved' };

function declined(declineCode: string, message: string, code = 'card_declined'): Authorisation {
  return { kind: 'declined', decline: { code, declineCode, message } };
}

const generic = declined('generic_decline', 'Your card was declined.');
const funds = declined('insufficient_funds', 'Your card has insufficient funds.');

interface Extra {
  readonly number?: string;
  readonly brand?: string;
  readonly authorisation?: Authorisation;
  readonly threeDSecure?: true;
  readonly misbehaves?: Misbehaving;
  readonly refund?: Card['refund'];
}

const table: readonly (readonly [name: string, extra: Extra])[] = [
  ['pm_card_visa', { number: '4242424242424242' }],
  ['pm_card_visa_debit', { number: '4000056655665556' }],
  ['pm_card_mastercard', { number: '5555555555554444', brand: 'mastercard' }],
  ['pm_card_amex', { number: '378282246310005', brand: 'amex' }],
  ['pm_card_visa_chargeDeclined', { number: '4000000000000002', authorisation: generic }],
  ['pm_card_chargeDeclined', { number: '4000000000000002', authorisation: generic }],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', { number: '4000000000009995', authorisation: funds }],
  ['pm_card_chargeDeclinedInsufficientFunds', { number: '4000000000009995', authorisation: funds }],
  ['pm_card_visa_chargeDeclinedLostCard', { number: '4000000000009987', authorisation: declined('lost_card', 'Your card was declined.') }],
  [
    'pm_card_visa_chargeDeclinedStolenCard',
    { number: '4000000000009979', authorisation: declined('stolen_card', 'Your card was declined.') },
  ],
  [
    'pm_card_chargeDeclinedExpiredCard',
    { number: '4000000000000069', authorisation: declined('expired_card', 'Your card has expired.', 'expired_card') },
  ],
  [
    'pm_card_chargeDeclinedIncorrectCvc',
    { number: '4000000000000127', authorisation: declined('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc') },
  ],
  [
    'pm_card_chargeDeclinedProcessingError',
    {
      number: '4000000000000119',
      authorisation: declined(
        'processing_error',
        'An error occurred while processing your card. Try again in a little bit.',
        'processing_error',
      ),
    },
  ],
  ['pm_card_authenticationRequired', { number: '4000002760003184', threeDSecure: true }],
  ['pm_card_threeDSecure2Required', { number: '4000000000003220', threeDSecure: true }],
  ['pm_card_threeDSecureRequired', { number: '4000000000003063', threeDSecure: true }],
  [
    'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
    { number: '4000008260003178', threeDSecure: true, authorisation: funds },
  ],
  ['pm_card_threeDSecureRequiredChargeDeclined', { number: '4000008400001629', threeDSecure: true, authorisation: generic }],
  ['pm_card_pendingRefund', { number: '4000000000007726', refund: 'pends' }],
  ['pm_card_refundFail', { number: '4000000000005126', refund: 'fails_later' }],
  ['pm_card_sim_slow', { misbehaves: 'slow' }],
  ['pm_card_sim_silent', { misbehaves: 'silent' }],
  ['pm_card_sim_error_once', { misbehaves: 'error_once' }],
  ['pm_card_sim_error_always', { misbehaves: 'error_always' }],
  ['pm_card_sim_error_after', { misbehaves: 'error_after' }],
  ['pm_card_sim_processing', { misbehaves: 'processing' }],
];

const cards: ReadonlyMap<string, Card> = new Map(
  table.flatMap(([id, extra]) => {
    const card: Card = {
      id,
      brand: extra.brand ?? 'visa',
      last4: extra.number?.slice(-4) ?? '4242',
      authorisation: extra.authorisation ?? approved,
      threeDSecure: extra.threeDSecure ?? false,
      misbehaves: extra.misbehaves ?? null,
      refund: extra.refund ?? 'succeeds',
    };
    return extra.number === undefined ? [[id, card] as const] : [[id, card] as const, [extra.number, card] as const];
  }),
);

/** By its PaymentMethod id or its number. Null: no such payment method. */
export function findCard(idOrNumber: string): Card | null {
  return cards.get(idOrNumber.replaceAll(' ', '')) ?? null;
}
