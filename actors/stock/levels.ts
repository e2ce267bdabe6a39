/**
 * The numbers of one SKU at one location, and arithmetic on them. Pure.
 *
 * I1. on_hand = available + held + committed + allotted + damaged + safety_stock. `available` is not stored
 *     but derived, so it holds by construction; it is signed, since a count may find fewer than promised.
 * L1. on_hand = the signed sum of its movements, by kind.
 * L2. A level is never changed: a changed one takes its place, so that undoing is putting the old one back.
 */
import { assert } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import type { LevelView } from './replies.ts';

export interface Level {
  readonly location: string;
  readonly onHand: number;
  readonly held: number;
  readonly committed: number;
  readonly allotted: number;
  readonly damaged: number;
  readonly safetyStock: number;
  readonly incoming: number;
  readonly received: number;
  readonly shipped: number;
  readonly returned: number;
  readonly adjusted: number;
  readonly transferred: number;
}

export type MovementKind = 'received' | 'shipped' | 'returned' | 'adjusted' | 'transferred';
export type LevelField = Exclude<keyof Level, 'location' | 'onHand'>;

/** One change of one number. A movement's field changes `onHand` with it (L1). */
export interface LevelDelta {
  readonly location: string;
  readonly field: LevelField;
  readonly by: number;
  /** Of `allotted`: whose units. */
  readonly sale?: string;
}

export function emptyLevel(location: string, safetyStock: number): Level {
  return {
    location,
    onHand: 0,
    held: 0,
    committed: 0,
    allotted: 0,
    damaged: 0,
    safetyStock,
    incoming: 0,
    received: 0,
    shipped: 0,
    returned: 0,
    adjusted: 0,
    transferred: 0,
  };
}

export function availableOf(level: Level): number {
  return level.onHand - level.held - level.committed - level.allotted - level.damaged - level.safetyStock;
}

/** What a buyer may hold under `deny`: a location short of units takes nothing from another. */
export function availableOfAll(levels: readonly Level[]): number {
  let sum = 0;
  for (const level of levels) sum += Math.max(0, availableOf(level));
  return sum;
}

export function shortfallOf(levels: readonly Level[]): number {
  let sum = 0;
  for (const level of levels) sum += Math.max(0, -availableOf(level));
  return sum;
}

export function sumOf(levels: readonly Level[], field: LevelField): number {
  let sum = 0;
  for (const level of levels) sum += level[field];
  return sum;
}

export function findLevel(levels: readonly Level[], location: string): Level | undefined {
  for (const level of levels) if (level.location === location) return level;
  return undefined;
}

function indexOfLevel(levels: readonly Level[], location: string): number {
  for (let index = 0; index < levels.length; index += 1) if (levels[index]!.location === location) return index;
  return -1;
}

type Changing = { -readonly [Field in keyof Level]: Level[Field] };

/** Written out: this is done for every hold, and an object spread into another is slower to make and larger. */
function copyOf(level: Level): Changing {
  return {
    location: level.location,
    onHand: level.onHand,
    held: level.held,
    committed: level.committed,
    allotted: level.allotted,
    damaged: level.damaged,
    safetyStock: level.safetyStock,
    incoming: level.incoming,
    received: level.received,
    shipped: level.shipped,
    returned: level.returned,
    adjusted: level.adjusted,
    transferred: level.transferred,
  };
}

export function changedLevel(level: Level, { field, by }: LevelDelta): Level {
  const changed = copyOf(level);
  changed[field] += by;
  if (isMovement(field)) changed.onHand += by; // L1
  return changed;
}

function isMovement(field: LevelField): field is MovementKind {
  switch (field) {
    case 'received':
    case 'shipped':
    case 'returned':
    case 'adjusted':
    case 'transferred':
      return true;
    default:
      return false;
  }
}

/** The levels as they will be: what an answer and its facts are computed from before anything is applied. */
export function projectedLevels(
  levels: readonly Level[],
  deltas: readonly LevelDelta[],
  safetyStock: Readonly<Record<string, number>>,
): readonly Level[] {
  const projected = [...levels];
  for (const delta of deltas) {
    const index = indexOfLevel(projected, delta.location);
    if (index >= 0) projected[index] = changedLevel(projected[index]!, delta);
    else projected.push(changedLevel(emptyLevel(delta.location, safetyStock[delta.location] ?? 0), delta));
  }
  return projected.length === levels.length ? projected : projected.sort(byLocation);
}

export function byLocation(a: { readonly location: string }, b: { readonly location: string }): number {
  return a.location < b.location ? -1 : a.location > b.location ? 1 : 0;
}

/** Messages are constant: this runs after every event. */
export function assertLevel(level: Level): void {
  assert(level.held >= 0, 'held is never negative');
  assert(level.committed >= 0, 'committed is never negative');
  assert(level.allotted >= 0, 'allotted is never negative');
  assert(level.damaged >= 0, 'damaged is never negative');
  assert(level.incoming >= 0, 'incoming is never negative');
  assert(level.safetyStock >= 0, 'safety stock is never negative');
  assert(Number.isSafeInteger(level.onHand), 'on_hand is a whole number');
  // L1
  assert(
    level.onHand === level.received + level.shipped + level.returned + level.adjusted + level.transferred,
    'on_hand is the sum of its movements',
  );
}

export function levelView(level: Level): LevelView {
  const { location, onHand, held, committed, allotted, damaged, safetyStock, incoming } = level;
  return { location, onHand, available: availableOf(level), held, committed, allotted, damaged, safetyStock, incoming };
}

// --- lists of units by location --------------------------------------------------------------------

export function unitsIn(allocations: readonly LocationQuantity[]): number {
  let sum = 0;
  for (const allocation of allocations) sum += allocation.quantity;
  return sum;
}

export function unitsAt(allocations: readonly LocationQuantity[], location: string): number {
  for (const allocation of allocations) if (allocation.location === location) return allocation.quantity;
  return 0;
}

/** The first `quantity` units in the order of the list. */
export function firstUnits(allocations: readonly LocationQuantity[], quantity: number): readonly LocationQuantity[] {
  const first: LocationQuantity[] = [];
  let left = quantity;
  for (const allocation of allocations) {
    if (left === 0) break;
    const taken = Math.min(left, allocation.quantity);
    first.push({ location: allocation.location, quantity: taken });
    left -= taken;
  }
  return first;
}

/** `allocations` without `units`; locations left with none are dropped. */
export function withoutUnits(allocations: readonly LocationQuantity[], units: readonly LocationQuantity[]): readonly LocationQuantity[] {
  return allocations
    .map(({ location, quantity }) => ({ location, quantity: quantity - unitsAt(units, location) }))
    .filter((allocation) => allocation.quantity !== 0);
}

/** Both lists as one, in order of first appearance. */
export function withUnits(allocations: readonly LocationQuantity[], units: readonly LocationQuantity[]): readonly LocationQuantity[] {
  if (allocations.length === 0) return units;
  const merged = allocations.map(({ location, quantity }) => ({ location, quantity: quantity + unitsAt(units, location) }));
  for (const unit of units) if (!merged.some((allocation) => allocation.location === unit.location)) merged.push(unit);
  return merged;
}
