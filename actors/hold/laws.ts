/**
 * What must be true of every state of a hold, in words when it is not.
 *
 * L1. `owed` is exactly what a scan of the parts finds (S1).
 * L2. Parts fit the status: no unit is both wanted and let go.
 * L3. A held, committing or committed hold has exactly the units its lines ask for.
 * L4. I9: every state has a deadline, owes something, or is final; a final one has neither.
 * L5. Somebody may wait on a take only while it is undecided or being undone.
 */
import { holdLimits } from '../kernel/index.ts';
import { deadline, effectFor } from './effects.ts';
import { demandId, demandsOf, isFinal, owes, type HoldStage, type HoldState, type Part, type PartStatus } from './state.ts';

export function broken(state: HoldState): readonly string[] {
  if (state.version === 0) return state.status === 'none' ? [] : ['a hold without events has a status'];
  return [...brokenIndex(state), ...brokenParts(state), ...brokenUnits(state), ...brokenLife(state), ...brokenMemory(state)];
}

/** L1 */
function brokenIndex(state: HoldState): string[] {
  const wrong: string[] = [];
  let owing = 0;
  for (const [id, part] of state.parts) {
    if (owes(part.status)) owing += 1;
    const owed = owes(part.status) ? effectFor(state, part).id : undefined;
    if (state.owed.get(id)?.id !== owed) wrong.push(`part ${id} is ${part.status}, which the index of debts does not say`);
  }
  if (owing !== state.owed.size) wrong.push(`${owing} parts owe an answer, the index says ${state.owed.size}`);
  return wrong;
}

const ownStatuses: Readonly<Record<HoldStage, readonly PartStatus[]>> = {
  none: [],
  asking: ['asked', 'taken'],
  refusing: ['releasing', 'released'],
  refused: ['released'],
  held: ['taken', 'shrinking'],
  committing: ['committing', 'shrinking', 'committed'],
  committed: ['committed'],
  releasing: ['releasing', 'released'],
  released: ['released'],
  expiring: ['releasing', 'released'],
  expired: ['released'],
};

/** L2 */
function brokenParts(state: HoldState): string[] {
  const wrong: string[] = [];
  for (const [id, part] of state.parts) {
    const allowed = part.role === 'own' ? ownStatuses[state.status] : part.role === 'surplus' ? ['releasing'] : changeStatuses(state);
    if (!allowed.includes(part.status)) wrong.push(`part ${id} (${part.role}) is ${part.status} while the hold is ${state.status}`);
    if (part.quantity < 1) wrong.push(`part ${id} has ${part.quantity} units`);
  }
  if (state.change !== null && state.status !== 'held') wrong.push(`a hold that is ${state.status} is still being changed`);
  return wrong;
}

function changeStatuses(state: HoldState): readonly PartStatus[] {
  if (state.change === null) return [];
  return state.change.refusal === null ? ['asked', 'taken'] : ['releasing'];
}

/** L3 */
function brokenUnits(state: HoldState): string[] {
  const wrong: string[] = [];
  const units = new Map<string, number>();
  for (const part of state.parts.values()) {
    if (part.role !== 'own') continue;
    units.set(demandId(part), (units.get(demandId(part)) ?? 0) + part.quantity);
    const allocated = unitsAllocated(part);
    if (allocated !== null && allocated !== part.quantity)
      wrong.push(`part of ${part.sku} has ${part.quantity} units, ${allocated} of them with a location`);
  }
  for (const demand of demandsOf(state.lines)) {
    const { sku, quantity } = demand;
    const has = units.get(demandId(demand)) ?? 0;
    if (has !== quantity) wrong.push(`${quantity} units of ${sku} are wanted, its parts have ${has}`);
    units.delete(demandId(demand));
  }
  for (const [sku, quantity] of units) wrong.push(`${quantity} units of ${sku} that no line wants`);
  return wrong;
}

/** Null for uses of coupons, which lie nowhere, and while it is not known: a part that is let go before it answered may never have had any. */
function unitsAllocated(part: Part): number | null {
  if (part.kind === 'coupon') return null;
  const known = part.status === 'taken' || part.status === 'shrinking' || part.status === 'committing' || part.status === 'committed';
  return known ? part.allocations.reduce((sum, { quantity }) => sum + quantity, 0) : null;
}

/** L4, L5 */
function brokenLife(state: HoldState): string[] {
  const wrong: string[] = [];
  const moves = deadline(state) !== null || state.owed.size > 0;
  if (isFinal(state.status) === moves) wrong.push(`a hold that is ${state.status} has ${moves ? 'something' : 'nothing'} to wait for`);
  if (isFinal(state.status) !== (state.endedAt !== null)) wrong.push(`a hold that is ${state.status} ended at ${state.endedAt}`);
  if (state.status === 'asking' && state.owed.size === 0) wrong.push('a hold that asks for nothing');
  if (state.waitingTicket !== null && (isFinal(state.status) || state.status === 'committing'))
    wrong.push(`a take still waits although the hold is ${state.status}`);
  if (state.status === 'held' && (state.waitingTicket !== null) !== (state.change !== null))
    wrong.push('a held hold has a waiter exactly while it is being changed');
  if (state.firstExpiresAt > state.expiresAt) wrong.push('a hold was shortened');
  return wrong;
}

function brokenMemory(state: HoldState): string[] {
  const wrong: string[] = [];
  if (state.outcomes.length > holdLimits.holdOutcomesMax) wrong.push(`${state.outcomes.length} answers are remembered`);
  const behind =
    state.askedGeneration < state.generation || (state.askedGeneration === state.generation && state.askedAttempt < state.attempt);
  if (behind) wrong.push(`pair ${state.generation}/${state.attempt} was never asked for`);
  return wrong;
}
