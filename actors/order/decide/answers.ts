/**
 * Answers to what the order owed. They may come late, twice and in any order: only an answer to what is owed *now*
 * counts, every other is noted and changes nothing. What is no answer (busy, full) leaves the debt as it is, and it
 * is delivered again.
 */
import type { ActorRefusal, Instant } from '../../kernel/index.ts';
import type { CartReply } from '../../cart/commands.ts';
import type { HoldRefusal, MultiHoldReply } from '../../hold/commands.ts';
import type { StockRefusal } from '../../stock/commands.ts';
import type { HoldReply } from '../../stock/replies.ts';
import type { StoreReply } from '../../store/commands.ts';
import type { OrderRefusal, PriceChange } from '../commands.ts';
import { owes } from '../effects.ts';
import type { OrderHappening } from '../events.ts';
import type { PaymentOutcome, Quote, QuoteOutcome, StepOutcome } from '../outside.ts';
import { withoutHolds, type OrderLine, type OrderState } from '../state.ts';
import { asking, unholdable } from './place.ts';
import { decidePaymentAnswer, decideRefundAnswer } from './payment.ts';
import { noted, type CommandOf, type Step } from './step.ts';

export function decideStepAnswered(state: OrderState, { effectId, outcome }: CommandOf<'stepAnswered'>, at: Instant): Step {
  if (!owes(state, effectId)) return noted();
  const [step = '', first = '', ...rest] = effectId.split(':');
  switch (step.split('.')[0]) {
    case 'begin':
      return cartBegun(state, outcome);
    case 'end': // what the cart has to say about it is the cart's business
      return noted({ type: 'order.cart_closed' });
    case 'take':
      return taken(state, outcome, at);
    case 'extend':
      return extended(state, outcome, at);
    case 'commit':
      return committed(state, outcome);
    case 'release':
      return released(outcome);
    case 'giveBack':
      return givenBack(rest, outcome);
    case 'quote':
      return quoted(state, outcome, at);
    case 'takeNumber':
      return numbered(outcome);
    case 'noteNumber':
      return 'reply' in outcome ? noted({ type: 'order.number_noted' }) : noted();
    case 'fulfil':
      return isFinalWord(outcome) ? noted({ type: 'shipment.booked', sku: rest.join(':'), total: Number(first) }) : noted();
    case 'return':
      return 'reply' in outcome ? noted({ type: 'return.booked', receipt: Number(first), sku: rest.join(':') }) : noted();
    case 'refund':
      return decideRefundAnswer(state, effectId, outcome, at);
    default:
      return 'reply' in outcome ? decidePaymentAnswer(state, outcome.reply as PaymentOutcome, at) : noted();
  }
}

// --- cart -----------------------------------------------------------------------------------------------------

function cartBegun(state: OrderState, outcome: StepOutcome): Step {
  if ('refusal' in outcome) {
    const refusal = cartRefusal(outcome.refusal);
    if (refusal === null) return noted();
    const none: OrderHappening = { type: 'order.cart_refused' };
    return state.stage === 'undoing' ? noted(none) : noted(none, { type: 'order.refused', refusal });
  }
  const cart = outcome.reply as CartReply;
  const lines = cart.lines.map(lineOf);
  const opened: OrderHappening = { type: 'order.cart_opened', lines, codes: cart.codes, ...asking(lines, cart.codes) };
  const refusal = state.stage === 'undoing' ? null : unholdable(cart.lines, cart.codes);
  return refusal === null ? noted(opened) : noted({ ...opened, lines: [], codes: [] }, { type: 'order.refused', refusal });
}

function lineOf({ sku, quantity, shownUnitPriceMinor, holdId }: CartReply['lines'][number]): OrderLine {
  return { sku, quantity, shownUnitPriceMinor, ...(holdId === null ? {} : { absorbs: holdId }) };
}

/** Null: no final word, asked again. */
function cartRefusal(refusal: ActorRefusal & { readonly orderId?: string }): OrderRefusal | null {
  switch (refusal.code) {
    case 'cart_unknown':
    case 'cart_foreign': // a cart of another buyer looks like one that does not exist
    case 'cart_ended':
      return { code: 'cart_unknown' };
    case 'cart_empty':
      return { code: 'cart_empty' };
    case 'cart_checked_out':
      return { code: 'cart_checked_out', orderId: refusal.orderId ?? '' };
    default:
      return null;
  }
}

// --- hold -----------------------------------------------------------------------------------------------------

function taken(state: OrderState, outcome: StepOutcome, at: Instant): Step {
  if ('refusal' in outcome) return takeRefused(state, outcome.refusal as HoldRefusal | StockRefusal);
  const reply = outcome.reply as MultiHoldReply | HoldReply;
  const held: OrderHappening = { type: 'order.held', expiresAt: reply.expiresAt, allocations: allocationsIn(reply) };
  // units taken for late money are committed at once: the hold itself says if that was too late
  const late = state.stage !== 'undoing' && !state.rescued && isLate(state, at);
  return late ? noted(held, expired) : noted(held);
}

function allocationsIn(reply: MultiHoldReply | HoldReply): MultiHoldReply['allocations'] {
  return reply.type === 'hold' ? [{ sku: reply.sku, locations: reply.allocations }] : reply.allocations;
}

const expired: OrderHappening = { type: 'order.refused', refusal: { code: 'checkout_expired' } };

function isLate(state: OrderState, at: Instant): boolean {
  return state.giveUpAt !== null && at >= state.giveUpAt;
}

function takeRefused(state: OrderState, said: HoldRefusal | StockRefusal): Step {
  if (said.code === 'repeats_full' || said.code === 'hold_busy') return noted();
  const none: OrderHappening = { type: 'order.hold_refused' };
  if (state.stage === 'undoing') return noted(none);
  const refusal = state.hold.oneLine === undefined ? (said as HoldRefusal) : ofLine(state.hold.oneLine.sku, said as StockRefusal);
  if (isForgottenHold(state, refusal))
    return noted(none, { type: 'order.hold_asked_again', ...asking(withoutHolds(state.lines), state.codes) });
  // late money and no units: it goes back for the reason the order failed for
  return noted(none, state.rescued ? expired : { type: 'order.refused', refusal: holdRefusal(refusal) });
}

/** What the stock of the one line says, as a hold over several would say it. */
function ofLine(sku: string, cause: StockRefusal): HoldRefusal {
  return cause.code === 'too_late' ? { code: 'hold_ended', status: 'refused' } : { code: 'line_refused', sku, cause };
}

/** A cart remembers a hold of its buyer for longer than the hold lives: that must not be the end of every checkout. */
function isForgottenHold({ place, lines }: OrderState, refusal: HoldRefusal): boolean {
  if (refusal.code !== 'line_refused' || refusal.kind !== undefined || place!.cartId === null) return false;
  const { sku, cause } = refusal;
  const names = lines.some((line) => line.sku === sku && line.absorbs !== undefined);
  return names && (cause.code === 'hold_unknown' || cause.code === 'hold_foreign');
}

function holdRefusal(refusal: HoldRefusal): OrderRefusal {
  if (refusal.code !== 'line_refused') return { code: 'checkout_expired' };
  const { kind, sku, cause } = refusal;
  if (cause.code === 'insufficient_stock') return cause as OrderRefusal;
  return { code: 'line_refused', ...(kind === undefined ? {} : { kind }), sku, cause };
}

/** A hold that may not live longer is paid for with what is left of it. */
function extended(state: OrderState, outcome: StepOutcome, at: Instant): Step {
  if ('reply' in outcome) return noted({ type: 'order.hold_extended', expiresAt: (outcome.reply as MultiHoldReply).expiresAt });
  const { code } = outcome.refusal as HoldRefusal;
  if (code === 'hold_life_exceeded' && !isLate(state, at)) return noted({ type: 'order.hold_extended', expiresAt: state.hold.expiresAt });
  return code === 'hold_busy' || code === 'repeats_full' ? noted() : noted(expired);
}

function committed(state: OrderState, outcome: StepOutcome): Step {
  if ('reply' in outcome) {
    const idle = idleCodes(state);
    return noted({ type: 'order.committed', ...(idle.length === 0 ? {} : { idle }) });
  }
  const { code } = outcome.refusal as HoldRefusal;
  return code === 'hold_ended' || code === 'hold_unknown' ? noted({ type: 'order.hold_lost' }, expired) : noted();
}

/** A code that gave way to a better discount was held with the others, and is nobody's use. */
function idleCodes({ quote, codes }: OrderState): readonly string[] {
  const idle = new Set(quote?.notApplied.map(({ code }) => code));
  return codes.filter((code) => idle.has(code));
}

function released(outcome: StepOutcome): Step {
  if ('reply' in outcome) return noted({ type: 'order.hold_released' });
  const { code } = outcome.refusal as HoldRefusal;
  if (code === 'already_committed') return noted({ type: 'order.hold_found_committed' });
  return code === 'hold_ended' || code === 'hold_unknown' ? noted({ type: 'order.hold_released' }) : noted();
}

function givenBack([kind, ...sku]: readonly string[], outcome: StepOutcome): Step {
  const event = { type: 'order.units_given_back', kind: kind === 'coupon' ? 'coupon' : 'stock', sku: sku.join(':') } as const;
  return isFinalWord(outcome) ? noted(event) : noted();
}

/** Yes, or that there is nothing left to do it with: the units left long ago. */
function isFinalWord(outcome: StepOutcome): boolean {
  if ('reply' in outcome) return true;
  const { code } = outcome.refusal;
  return code === 'hold_ended' || code === 'hold_unknown' || code === 'insufficient_committed' || code === 'coupon_unknown';
}

// --- price, number --------------------------------------------------------------------------------------------

function quoted(state: OrderState, outcome: StepOutcome, at: Instant): Step {
  if ('refusal' in outcome) return noted({ type: 'order.refused', refusal: outcome.refusal as OrderRefusal });
  const answer = outcome.reply as QuoteOutcome;
  if (!answer.ok) return noted({ type: 'order.refused', refusal: answer.refusal });
  if (isLate(state, at)) return noted(expired);
  const { quote } = answer;
  const changed = changesOf(state.lines, quote);
  const expected = state.place!.expectedTotalMinor;
  if (expected !== null && expected !== quote.totalMinor)
    return noted({ type: 'order.refused', refusal: { code: 'price_changed', quote, changed } });
  return noted({ type: 'order.priced', quote, changed });
}

function changesOf(lines: readonly OrderLine[], quote: Quote): readonly PriceChange[] {
  const prices = new Map(quote.lines.map(({ sku, unitPriceMinor }) => [sku, unitPriceMinor]));
  return lines.flatMap(({ sku, shownUnitPriceMinor }) => {
    const unitPriceMinor = prices.get(sku);
    const differs = shownUnitPriceMinor !== null && unitPriceMinor !== undefined && unitPriceMinor !== shownUnitPriceMinor;
    return differs ? [{ sku, shownUnitPriceMinor, unitPriceMinor }] : [];
  });
}

function numbered(outcome: StepOutcome): Step {
  if ('refusal' in outcome) return noted();
  const reply = outcome.reply as StoreReply;
  return reply.type === 'number' ? noted({ type: 'order.confirmed', number: reply.number }) : noted();
}
