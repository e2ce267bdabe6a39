/**
 * The laws of one state, in words where broken: what `verify` and the simulation ask. O(everything held).
 *
 * I1. Per location: on_hand = available + held + committed + allotted + damaged + safety_stock, and on_hand is
 *     the sum of its movements. `available` is derived, so what can break is the other numbers: each must equal
 *     what the holds, parts, sales and settings behind it add up to.
 */
import type { LocationQuantity } from './commands.ts';
import { unitsStoodFor } from './deltas.ts';
import { unitsIn } from './levels.ts';
import type { Level } from './levels.ts';
import { absorbedLine, isLiveLine, partName } from './state.ts';
import type { Line, Part, StockState } from './state.ts';

class Sums {
  readonly #units = new Map<string, number>();

  add(allocations: readonly LocationQuantity[]): void {
    for (const { location, quantity } of allocations) this.#units.set(location, this.at(location) + quantity);
  }

  at(location: string): number {
    return this.#units.get(location) ?? 0;
  }
}

interface Behind {
  readonly held: Sums;
  readonly committed: Sums;
  readonly allotted: Sums;
}

function behind(state: StockState): Behind {
  const sums: Behind = { held: new Sums(), committed: new Sums(), allotted: new Sums() };
  for (const line of state.holds?.lines.values() ?? []) {
    if (line.status === 'held') sums.held.add(line.allocations);
    sums.committed.add(line.remaining);
  }
  for (const part of [...(state.holds?.parts.values() ?? [])].flat()) {
    if (part.status === 'held') sums.held.add(unitsStoodFor(part.allocations, absorbedLine(state, part)));
    sums.committed.add(part.remaining);
  }
  for (const sale of state.sales.values()) sums.allotted.add(sale.units);
  return sums;
}

function brokenLevel(state: StockState, level: Level, sums: Behind): readonly string[] {
  const broken: string[] = [];
  const same = (what: string, is: number, expected: number) => {
    if (is !== expected) broken.push(`${level.location}: ${what} is ${is}, expected ${expected}`);
  };
  const moved = level.received + level.shipped + level.returned + level.adjusted + level.transferred;
  same('on_hand (sum of movements)', level.onHand, moved);
  same('held (live holds)', level.held, sums.held.at(level.location));
  same('committed (sold, not shipped)', level.committed, sums.committed.at(level.location));
  same('allotted (sales)', level.allotted, sums.allotted.at(level.location));
  same('safety_stock (settings)', level.safetyStock, state.settings.safetyStock[level.location] ?? 0);
  for (const field of ['held', 'committed', 'allotted', 'damaged', 'incoming', 'safetyStock'] as const) {
    if (level[field] < 0) broken.push(`${level.location}: ${field} is ${level[field]}, below 0`);
  }
  return broken;
}

function brokenLine(state: StockState, line: Line): readonly string[] {
  const broken: string[] = [];
  const name = `hold ${line.holdId}`;
  if (unitsIn(line.allocations) !== line.quantity) broken.push(`${name}: allocations are not its quantity`);
  if ((line.status === 'committed') !== line.remaining.length > 0)
    broken.push(`${name}: is ${line.status} with ${unitsIn(line.remaining)} units remaining`);
  const ended = !isLiveLine(line) && line.status !== 'committed';
  if (ended !== (line.endedAt !== null)) broken.push(`${name}: is ${line.status}, ended at ${line.endedAt}`);
  if (ended !== (line.forgetAt !== null)) broken.push(`${name}: is ${line.status}, forgotten at ${line.forgetAt}`);
  if (line.status !== 'absorbed') return broken;
  const parts = state.holds?.parts.get(line.absorbedBy ?? '') ?? [];
  const absorbing = parts.filter((part) => part.status === 'held' && part.absorbs === line.holdId);
  if (absorbing.length !== 1) broken.push(`${name}: is absorbed by ${absorbing.length} live parts of ${line.absorbedBy}`);
  return broken;
}

function brokenPart(part: Part): readonly string[] {
  const broken: string[] = [];
  const name = `part ${partName(part)}`;
  if (unitsIn(part.allocations) !== part.quantity) broken.push(`${name}: allocations are not its quantity`);
  if ((part.status === 'committed') !== part.remaining.length > 0)
    broken.push(`${name}: is ${part.status} with ${unitsIn(part.remaining)} units remaining`);
  const ended = part.status !== 'held' && part.status !== 'committed';
  if (ended !== (part.endedAt !== null)) broken.push(`${name}: is ${part.status}, ended at ${part.endedAt}`);
  return broken;
}

function brokenSales(state: StockState): readonly string[] {
  const held = new Map<string, number>();
  for (const line of state.holds?.lines.values() ?? []) {
    if (line.sale !== null && isLiveLine(line)) held.set(line.sale, (held.get(line.sale) ?? 0) + line.quantity);
  }
  const names = new Set([...held.keys(), ...state.sales.keys()]);
  return [...names].flatMap((name) => {
    const is = state.sales.get(name)?.held ?? 0;
    const expected = held.get(name) ?? 0;
    return is === expected ? [] : [`sale ${name}: ${is} units held from it, expected ${expected}`];
  });
}

/** Counts that are kept beside the maps: room for new work is judged by them. */
function brokenCounts(state: StockState): readonly string[] {
  const book = state.holds;
  if (book === null) return [];
  const parts = [...book.parts.values()].reduce((sum, list) => sum + list.length, 0);
  const live = [...book.lines.values()].filter(isLiveLine).length;
  const broken: string[] = [];
  if (book.partCount !== parts) broken.push(`${book.partCount} parts are counted, ${parts} are there`);
  if (book.liveLines !== live) broken.push(`${book.liveLines} live lines are counted, ${live} are there`);
  return broken;
}

export function brokenLaws(state: StockState): readonly string[] {
  const sums = behind(state);
  const broken = state.levels.flatMap((level) => brokenLevel(state, level, sums));
  for (const line of state.holds?.lines.values() ?? []) broken.push(...brokenLine(state, line));
  for (const part of [...(state.holds?.parts.values() ?? [])].flat()) broken.push(...brokenPart(part));
  broken.push(...brokenSales(state), ...brokenCounts(state));
  if (state.countVersion > state.version) broken.push(`count version ${state.countVersion} is beyond version ${state.version}`);
  return broken;
}
