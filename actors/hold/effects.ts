/**
 * What a hold owes its parts, and what an answer becomes. Derived from the state alone, so that it survives any crash.
 *
 * E1. One debt per part at a time, named by step, generation, attempt and SKU: the same debt has the same id for ever.
 * E2. A take must be in by `notAfter`; a release, shrink or commit is never too late. A release carries the
 *     `notAfter` of its take, so that a part not yet known leaves a tombstone that outlives the late take.
 * E3. A debt is built when its part comes to owe it and kept until it is settled: all that it takes from the
 *     hold itself stands still meanwhile, and asking for all debts after each of a thousand answers stays cheap.
 */
import {
  actorId,
  assert,
  holdLimits,
  unreachable,
  type ActorCommand,
  type Effect,
  type EffectOutcome,
  type Instant,
} from '../kernel/index.ts';
import type { CouponCommand } from '../coupon/commands.ts';
import type { LocationQuantity, PartKey, StockCommand } from '../stock/commands.ts';
import type { HoldCommand, LineKind, PartOutcome, PartStep } from './commands.ts';
import { partId, type HoldState, type Part } from './state.ts';

export function pending(state: HoldState): readonly Effect[] {
  return state.owed.size === 0 ? [] : [...state.owed.values()];
}

/** Only of a part that owes something. */
export function effectFor(state: HoldState, part: Part): Effect {
  const { id, store } = state.id;
  const { sku, generation, attempt, quantity, notAfter } = part;
  const to = actorId(part.kind ?? 'stock', store, sku);
  const key: PartKey = { holdId: id, generation, attempt };
  const name = partId(part);
  const owed = (step: PartStep, command: StockCommand | CouponCommand): Effect => ({
    id: `${step}:${name}`,
    to,
    command,
    notAfter: step === 'take' ? notAfter : null,
  });
  switch (part.status) {
    case 'asked':
      return owed('take', takeOf(state, part, key));
    case 'releasing':
      return owed('release', { type: 'releasePart', ...key, notAfter });
    case 'shrinking':
      return { ...owed('shrink', { type: 'shrinkPart', ...key, quantity }), id: `shrink:${name}=${quantity}` };
    case 'committing':
      return owed('commit', { type: 'commitPart', ...key });
    case 'taken':
    case 'released':
    case 'committed':
      assert(false, `part ${name} is ${part.status} and owes nothing`);
      break;
    default:
      return unreachable(part.status);
  }
}

/** A coupon speaks the same protocol; a use lies at no location and was never held by itself. */
function takeOf(state: HoldState, part: Part, key: PartKey): StockCommand | CouponCommand {
  const { buyer, change } = state;
  const { quantity, notAfter, absorbs } = part;
  const of = part.role === 'change' && change !== null ? change : state;
  const checkAt = of.expiresAt + holdLimits.partGraceMs;
  if (part.kind === 'coupon') return { type: 'takePart', ...key, buyer, quantity, checkAt, notAfter };
  return {
    type: 'takePart',
    ...key,
    buyer,
    quantity,
    nearness: of.nearness,
    checkAt,
    notAfter,
    ...(absorbs === undefined ? {} : { absorbs }),
  };
}

const stepOfCommand: Readonly<Record<string, PartStep>> = {
  takePart: 'take',
  releasePart: 'release',
  shrinkPart: 'shrink',
  commitPart: 'commit',
};

export function answered(effect: Effect, outcome: EffectOutcome): HoldCommand {
  const step = stepOfCommand[effect.command.type];
  assert(step !== undefined, `a hold never owed ${effect.command.type}`);
  const { holdId, generation, attempt, quantity } = effect.command as ActorCommand & PartKey & { readonly quantity?: number };
  const shrink = step === 'shrink' && quantity !== undefined ? { quantity } : {};
  const kind: { kind?: LineKind } = effect.to.kind === 'coupon' ? { kind: 'coupon' } : {};
  return { type: 'partAnswered', holdId, generation, attempt, ...kind, sku: effect.to.id, step, ...shrink, outcome: outcomeOf(outcome) };
}

function outcomeOf(outcome: EffectOutcome): PartOutcome {
  if ('refusal' in outcome) return { ok: false, refusal: outcome.refusal };
  const { allocations } = outcome.reply as { readonly allocations?: readonly LocationQuantity[] };
  return { ok: true, allocations: allocations ?? [] };
}

/** The next instant at which `tick` has something to do. All other waiting is for parts, which is owed and not timed. */
export function deadline(state: HoldState): Instant | null {
  if (state.status === 'asking') return state.notAfter;
  if (state.status !== 'held') return null;
  const { change } = state;
  return change !== null && change.refusal === null ? Math.min(change.notAfter, state.expiresAt) : state.expiresAt;
}
