/**
 * The decisions of a coupon.
 *
 * D1. The repeat check comes first, then the refusals in the order of `CouponRefusal`, then acceptance.
 * D2. Nothing is taken beyond `usesMax`, nor by one buyer beyond `usesPerBuyerMax`, counting held and committed uses (I2).
 *     Terms that were lowered below what is taken take nothing away.
 * D3. What a hold asks of a part it has is never refused for the terms: a use that was taken while the code was valid
 *     is committed afterwards, too.
 * D4. A use whose name was folded is still committed. The coupon itself never lets go of a taken use, and its hold
 *     commits or releases, never both: so once anything was folded, a commit of a use that is not known here is a
 *     repeat. What is given back then is exact in sum by what the order says it was, and counted once, because a
 *     tombstone is kept for `giveBackRepeatHorizonMs` and an order that was answered asks no more.
 */
import { type Decision, holdLimits, type Instant, isQuantity, unreachable } from '../kernel/index.ts';
import type { PartKey } from '../stock/commands.ts';
import { countsByBuyer, foldable, fullForMs } from './book.ts';
import type { CouponCommand, CouponRefusal, CouponReply, CouponReplyAny, CouponTerms, UseReply } from './commands.ts';
import type { CouponEvent } from './events.ts';
import { compareUses, couponLimits, type CouponState, type Use, useAt, useKeyOf, usesAt, usesOfBuyer } from './state.ts';

export type CouponDecision = Decision<CouponEvent, CouponReplyAny, CouponRefusal>;
type Of<Type extends CouponCommand['type']> = Extract<CouponCommand, { readonly type: Type }>;

export function decide(state: CouponState, command: CouponCommand, at: Instant): CouponDecision {
  switch (command.type) {
    case 'define':
      return define(state, command, at);
    case 'takePart':
      return take(state, command, at);
    case 'releasePart':
      return release(state, command, at);
    case 'shrinkPart':
      return shrink(state, command, at);
    case 'commitPart':
      return commit(state, command, at);
    case 'partVerdict':
      return verdict(state, command, at);
    case 'giveBack':
      return giveBack(state, command, at);
    case 'tick':
      return tick(state, at);
    case 'read':
      return state.terms === null ? refused({ code: 'coupon_unknown' }) : accepted([], replyOf(state, state.terms));
    default:
      return unreachable(command);
  }
}

function accepted(events: readonly CouponEvent[], reply: CouponReplyAny): CouponDecision {
  return { kind: 'accepted', events, reply };
}

function repeated(reply: CouponReplyAny): CouponDecision {
  return { kind: 'repeated', reply };
}

function refused(refusal: CouponRefusal): CouponDecision {
  return { kind: 'refused', refusal };
}

function used(status: UseReply['status']): UseReply {
  return { type: 'use', status };
}

function keyOf({ holdId, generation, attempt }: PartKey): PartKey {
  return { holdId, generation, attempt };
}

export function replyOf({ id, held, used: committed }: CouponState, terms: CouponTerms): CouponReply {
  const left = terms.usesMax === null ? null : Math.max(0, terms.usesMax - held - committed);
  return { type: 'coupon', code: id.id, terms, held, used: committed, left };
}

function define(state: CouponState, { commandId, fingerprint, terms }: Of<'define'>, at: Instant): CouponDecision {
  const horizon = at - holdLimits.commandRepeatHorizonMs;
  const known = state.remembered.find((each) => each.commandId === commandId && each.at >= horizon);
  if (known !== undefined) {
    if (known.fingerprint !== fingerprint) return refused({ code: 'idempotency_key_reused' });
    return repeated(replyOf(state, state.terms ?? terms));
  }
  const recent = state.remembered.filter((each) => each.at >= horizon);
  if (recent.length >= couponLimits.definitionsMax)
    return refused({ code: 'repeats_full', retryAfterMs: recent[0]!.at + holdLimits.commandRepeatHorizonMs - at });
  return accepted([{ type: 'defined', commandId, fingerprint, terms }], replyOf(state, terms));
}

function take(state: CouponState, command: Of<'takePart'>, at: Instant): CouponDecision {
  const known = useAt(state, command, at);
  if (known !== undefined && known.status !== 'released') return repeated(used('taken'));
  // P2 of stock: released (also before it was taken), too old, or overtaken by a newer pair of the same hold
  const isOlder = usesAt(state, command.holdId, at).some((use) => compareUses(use, command) > 0);
  if (known !== undefined || isOlder || at > command.notAfter) return refused({ code: 'too_late' });
  const { terms } = state;
  if (terms === null) return refused({ code: 'coupon_unknown' });
  if (!isQuantity(command.quantity)) return refused({ code: 'quantity_invalid' });
  const refusal = refusedBy(state, terms, command, at);
  if (refusal !== null) return refused(refusal);
  const folded = foldable(state, at);
  if (state.useCount - folded.length >= couponLimits.usesMax) return refused({ code: 'repeats_full', retryAfterMs: fullForMs(state, at) });
  const { buyer, quantity, checkAt, notAfter } = command;
  const taken: CouponEvent = { type: 'use.taken', ...keyOf(command), buyer, quantity, checkAt, notAfter };
  const fold: CouponEvent[] = folded.length === 0 ? [] : [{ type: 'uses.folded', uses: folded, counted: countsByBuyer(state) }];
  return accepted([...fold, taken], used('taken'));
}

/** D2 */
function refusedBy(state: CouponState, terms: CouponTerms, { buyer, quantity }: Of<'takePart'>, at: Instant): CouponRefusal | null {
  if (!terms.active) return { code: 'coupon_inactive', why: 'inactive' };
  if (terms.validFrom !== null && at < terms.validFrom) return { code: 'coupon_inactive', why: 'not_yet' };
  if (terms.validUntil !== null && at >= terms.validUntil) return { code: 'coupon_inactive', why: 'over' };
  if (terms.usesMax !== null && state.held + state.used + quantity > terms.usesMax)
    return { code: 'coupon_used_up', final: state.used + quantity > terms.usesMax };
  if (terms.usesPerBuyerMax !== null && usesOfBuyer(state, buyer) + quantity > terms.usesPerBuyerMax)
    return { code: 'coupon_buyer_limit', cap: terms.usesPerBuyerMax };
  return null;
}

function release(state: CouponState, command: Of<'releasePart'>, at: Instant): CouponDecision {
  const use = useAt(state, command, at);
  if (use === undefined) return forestall(command, at);
  switch (use.status) {
    case 'held':
      return accepted([{ type: 'use.released', ...keyOf(command) }], used('released'));
    case 'released':
    case 'given_back':
      return repeated(used('released'));
    case 'committed':
      return refused({ code: 'already_committed' });
  }
}

/** A late take finds the tombstone, also if the code was defined in between. */
function forestall(command: Of<'releasePart'>, at: Instant): CouponDecision {
  const until = command.notAfter + holdLimits.tombstoneSkewMs;
  return accepted(until > at ? [{ type: 'use.forestalled', ...keyOf(command), until }] : [], used('released'));
}

function shrink(state: CouponState, command: Of<'shrinkPart'>, at: Instant): CouponDecision {
  const { quantity } = command;
  if (!isQuantity(quantity)) return refused({ code: 'quantity_invalid' });
  const use = useAt(state, command, at);
  if (use?.status !== 'held' || use.quantity <= quantity) return accepted([], used('taken'));
  return accepted([{ type: 'use.shrunk', ...keyOf(command), quantity }], used('taken'));
}

/** D3 */
function commit(state: CouponState, command: PartKey, at: Instant): CouponDecision {
  const use = useAt(state, command, at);
  if (use === undefined) return state.folded > 0 ? repeated(used('committed')) : refused({ code: 'hold_unknown' }); // D4
  if (use.status === 'released') return refused({ code: 'hold_ended', status: 'released' });
  if (use.status !== 'held') return repeated(used('committed'));
  return accepted([{ type: 'use.committed', ...keyOf(command) }], used('committed'));
}

/** A verdict about a use that is settled already changes nothing. */
function verdict(state: CouponState, command: Of<'partVerdict'>, at: Instant): CouponDecision {
  const use = useAt(state, command, at);
  if (use?.status !== 'held') return repeated(used(use === undefined || use.status === 'released' ? 'released' : 'committed'));
  switch (command.verdict.kind) {
    case 'release':
      return accepted([{ type: 'use.released', ...keyOf(command) }], used('released'));
    case 'commit':
      return commit(state, command, at);
    case 'keep':
      if (!use.asking) return repeated(used('kept'));
      return accepted([{ type: 'use.kept', ...keyOf(command), checkAt: command.verdict.checkAt }], used('kept'));
  }
}

/** A use that was never committed is the hold's to release. */
function giveBack(state: CouponState, command: Of<'giveBack'>, at: Instant): CouponDecision {
  const { buyer, quantity } = command;
  if (!isQuantity(quantity)) return refused({ code: 'quantity_invalid' });
  const use: Use | undefined = useAt(state, command, at);
  if (use?.status === 'committed') return accepted([{ type: 'use.given_back', ...keyOf(command) }], used('given_back'));
  if (use !== undefined || state.folded < quantity) return repeated(used(use?.status === 'given_back' ? 'given_back' : 'unknown'));
  return accepted([{ type: 'use.given_back', ...keyOf(command), folded: { buyer, quantity } }], used('given_back')); // D4
}

/** Held uses past their `checkAt` ask after their hold. */
function tick(state: CouponState, at: Instant): CouponDecision {
  const due = state.checks.due(at, holdLimits.endingsPerTickMax);
  return accepted(
    due.map((name) => ({ type: 'use.asked', ...useKeyOf(name) })),
    { type: 'noted' },
  );
}
