/**
 * How each virtual buyer means to pay, decided before the sale from the seed alone, beside `plan.ts`: what that decides
 * stays as it is, whether buyers pay or only hold.
 */
import { makeRandom } from '../random.ts';
import type { BuyerPlan } from './plan.ts';

export type PaymentStory =
  | 'pays'
  /** The first card is declined, the second is not. */
  | 'pays_with_second_card'
  /** The card is declined, and that is that: cancels and goes. */
  | 'declined_and_gone'
  /** 3-D Secure, answered with yes. */
  | 'proves'
  /** 3-D Secure, answered with no; then another card. */
  | 'fails_proof_then_pays'
  /** 3-D Secure, and cancels instead of answering. */
  | 'shies_away'
  /** Pays, and cancels when it is confirmed: the money must come back. */
  | 'changes_mind';

export interface PurchasePlan {
  /** Takes the unit into the basket first; or checks out at once. */
  readonly basket: boolean;
  readonly story: PaymentStory;
  readonly card: string;
  /** Tries again under the key it was refused under; or under a new one. */
  readonly keepsKey: boolean;
}

export const goodCard = 'pm_card_visa';
const declinedCards = ['pm_card_visa_chargeDeclined', 'pm_card_visa_chargeDeclinedInsufficientFunds', 'pm_card_chargeDeclinedExpiredCard'];
const proofCards = ['pm_card_threeDSecure2Required', 'pm_card_authenticationRequired'];
/** Cards of the simulator that misbehave as networks do; no shop outside knows them. */
const oddCards = ['pm_card_sim_error_once', 'pm_card_sim_error_after', 'pm_card_sim_processing', 'pm_card_sim_slow'];
const oddShare = 0.04;

const storyShares: readonly (readonly [PaymentStory, number])[] = [
  ['pays_with_second_card', 0.06],
  ['declined_and_gone', 0.02],
  ['proves', 0.06],
  ['fails_proof_then_pays', 0.02],
  ['shies_away', 0.02],
  ['changes_mind', 0.04],
];

/** Who leaves without buying, and on purpose. */
const leaving: ReadonlySet<PaymentStory> = new Set(['declined_and_gone', 'shies_away', 'changes_mind']);

const purchaseStream = 0x0b_0b;

/** `simulated`: the payments are those of a simulator, which can be answered for. */
export function planPurchase(plan: BuyerPlan, simulated: boolean): PurchasePlan {
  const random = makeRandom(plan.seed, purchaseStream);
  const drawn = drawStory(random.next());
  const story = simulated || drawn === 'pays_with_second_card' ? drawn : 'pays';
  const odd = random.next() < oddShare && simulated;
  const pick = (cards: readonly string[]): string => cards[random.between(0, cards.length - 1)] ?? goodCard;
  const declined = story === 'pays_with_second_card' || story === 'declined_and_gone';
  const proves = story === 'proves' || story === 'fails_proof_then_pays' || story === 'shies_away';
  const card = declined ? pick(declinedCards) : proves ? pick(proofCards) : odd ? pick(oddCards) : goodCard;
  // Who lets go, or walks away, does so with what is in the basket.
  return { basket: plan.behaviour !== 'buy' || random.chance(0.5), story, card, keepsKey: random.chance(0.5) };
}

export function cameToBuy(plan: BuyerPlan, { story }: PurchasePlan): boolean {
  return plan.behaviour === 'buy' && !leaving.has(story);
}

function drawStory(fate: number): PaymentStory {
  let from = 0;
  for (const [story, share] of storyShares) {
    from += share;
    if (fate < from) return story;
  }
  return 'pays';
}
