/**
 * How a live hold becomes another one without ever letting go of units it keeps.
 *
 * C1. Only what grew is asked for, as parts of the new generation; nothing else moves until all of it is in.
 * C2. The switch gives every SKU exactly its demand: the newest parts go first, the last one shrinks.
 * C3. A shrunk part keeps its first units in the order of its allocations, which is also what `stock` does,
 *     so that the answer is known in the very frame of the switch.
 */
import { assert, type Instant } from '../kernel/index.ts';
import type { LocationQuantity } from '../stock/commands.ts';
import { demandId, inOrder, type Demand, type Part } from './state.ts';

/** One part per SKU that needs more units than its own parts have. C1 */
export function partsToAsk(
  own: Iterable<Part>,
  demands: readonly Demand[],
  pair: { generation: number; attempt: number; notAfter: Instant; role: 'own' | 'change' },
): Part[] {
  const had = byDemand(own);
  const parts: Part[] = [];
  demands.forEach((demand, line) => {
    const before = had.get(demandId(demand)) ?? [];
    const quantity = demand.quantity - unitsOf(before);
    if (quantity <= 0) return;
    const absorbs = before.some((part) => part.absorbs === demand.absorbs) ? undefined : demand.absorbs;
    parts.push({
      ...(demand.kind === undefined ? {} : { kind: demand.kind }),
      sku: demand.sku,
      ...pair,
      line,
      quantity,
      ...(absorbs === undefined ? {} : { absorbs }),
      status: 'asked',
      allocations: [],
    });
  });
  return parts;
}

/** The parts as they are after the switch: all of them, each `own` or `surplus`. C2 */
export function switchedParts(parts: Iterable<Part>, demands: readonly Demand[]): Part[] {
  const had = byDemand(parts);
  const after: Part[] = [];
  demands.forEach((demand, line) => {
    const mine = had.get(demandId(demand)) ?? [];
    had.delete(demandId(demand));
    let surplus = unitsOf(mine) - demand.quantity;
    assert(surplus >= 0, `a switch needs ${-surplus} more units of ${demand.sku} than its parts have`);
    for (const part of mine.sort(inOrder).reverse()) {
      const given = Math.min(surplus, part.quantity);
      surplus -= given;
      after.push(given === part.quantity ? surplusOf(part) : keep(part, line, part.quantity - given));
    }
  });
  for (const gone of had.values()) after.push(...gone.map(surplusOf));
  return after;
}

/** To be given back: not the hold's any more, whatever became of asking for it. */
export function surplusOf(part: Part): Part {
  return { ...part, role: 'surplus', status: 'releasing' };
}

function keep(part: Part, line: number, quantity: number): Part {
  if (quantity === part.quantity) return { ...part, line, role: 'own' };
  return { ...part, line, role: 'own', status: 'shrinking', quantity, allocations: firstUnits(part.allocations, quantity) };
}

/** C3 */
export function firstUnits(allocations: readonly LocationQuantity[], quantity: number): LocationQuantity[] {
  const kept: LocationQuantity[] = [];
  let missing = quantity;
  for (const { location, quantity: units } of allocations) {
    if (missing === 0) break;
    const taken = Math.min(missing, units);
    kept.push({ location, quantity: taken });
    missing -= taken;
  }
  return kept;
}

function byDemand(parts: Iterable<Part>): Map<string, Part[]> {
  const found = new Map<string, Part[]>();
  for (const part of parts) {
    const same = found.get(demandId(part));
    if (same === undefined) found.set(demandId(part), [part]);
    else same.push(part);
  }
  return found;
}

function unitsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.quantity, 0);
}
