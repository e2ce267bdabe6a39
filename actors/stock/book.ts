/**
 * Remembering and forgetting: every change of the maps, each with its inverse (K4), and the indexes
 * beside them.
 *
 * B1. The maps are the truth. An index may hold too much, never too little: every put, and every inverse
 *     of one, enters what it puts back.
 * B2. Memory is pruned a few entries per event, by frame time, and only here, so that replay forgets alike.
 * B3. With `repeatsMax` things remembered, ended lines younger than the horizon are forgotten, down to its
 *     minimum; when that is not enough new work is refused. What ends old work is never refused: an end
 *     changes a record that is already counted.
 */
import { holdLimits, InstantHeap } from '../kernel/index.ts';
import type { Instant, Undo } from '../kernel/index.ts';
import type { LocationQuantity } from './commands.ts';
import { comparePartKeys, findPart, isLiveLine, partKeyOf, partName } from './state.ts';
import type { HoldBook, Line, Outcome, OutcomeBook, Part, Sale, StockState, Taking } from './state.ts';

/** Entries forgotten per event and kind: more than one event adds, so memory shrinks under load too. */
const forgottenPerEventMax = 4;
/** How much sooner than its `forgetAt` an ended line may go when there is no room. */
const cutShortMs = holdLimits.holdRepeatHorizonMs - holdLimits.holdRepeatHorizonMinMs;

export function holdBook(state: StockState): HoldBook {
  state.holds ??= newHoldBook();
  return state.holds;
}

function newHoldBook(): HoldBook {
  const lines = new Map<string, Line>();
  const parts = new Map<string, readonly Part[]>();
  return {
    lines,
    parts,
    partCount: 0,
    expiries: new InstantHeap((instant, holdId) => {
      const line = lines.get(holdId);
      return line?.status === 'held' && line.expiresAt === instant;
    }),
    checks: new InstantHeap((instant, name) => {
      const part = partNamed(parts, name);
      return part?.status === 'held' && !part.asking && part.checkAt === instant;
    }),
    endedLines: new InstantHeap((instant, holdId) => lines.get(holdId)?.forgetAt === instant),
    endedOthers: new InstantHeap((instant, name) => lines.get(name)?.forgetAt === instant || partNamed(parts, name)?.forgetAt === instant),
    asking: new Set(),
    buyers: null,
    latestAllocations: [],
    liveLines: 0,
  };
}

function partNamed(parts: ReadonlyMap<string, readonly Part[]>, name: string): Part | undefined {
  const key = partKeyOf(name);
  return parts.get(key.holdId)?.find((part) => comparePartKeys(part, key) === 0);
}

function outcomeBook(state: StockState): OutcomeBook {
  state.outcomes ??= newOutcomeBook();
  return state.outcomes;
}

function newOutcomeBook(): OutcomeBook {
  const byCommand = new Map<string, Outcome>();
  return { byCommand, ages: new InstantHeap((instant, commandId) => byCommand.get(commandId)?.at === instant) };
}

// --- lines ----------------------------------------------------------------------------------------

/** Sold units count against a buyer's cap and are kept longer; nothing cuts that short. */
function isCutShort(line: Line): boolean {
  return line.status !== 'fulfilled';
}

function indexLine(book: HoldBook, line: Line): void {
  if (line.status === 'held') book.expiries.push(line.expiresAt, line.holdId);
  else if (line.forgetAt !== null) (isCutShort(line) ? book.endedLines : book.endedOthers).push(line.forgetAt, line.holdId);
  indexBuyer(book, line);
}

function indexBuyer(book: HoldBook, taking: Taking): void {
  if (book.buyers === null || taking.buyer === null) return;
  const ids = book.buyers.get(taking.buyer);
  if (ids === undefined) book.buyers.set(taking.buyer, new Set([taking.holdId]));
  else ids.add(taking.holdId);
}

export function putLine(state: StockState, line: Line, undo: Undo): void {
  const book = holdBook(state);
  const before = book.lines.get(line.holdId);
  const { liveLines } = book;
  book.lines.set(line.holdId, line);
  book.liveLines += Number(isLiveLine(line)) - Number(before !== undefined && isLiveLine(before));
  indexLine(book, line);
  book.expiries.compact(book.liveLines);
  undo.record(() => {
    book.liveLines = liveLines;
    if (before === undefined) book.lines.delete(line.holdId);
    else restoreLine(book, before);
  });
}

export const noUnits: readonly LocationQuantity[] = [];

/** The same units, in the list of another taking if that has the same: the lists are never changed (S1), and what is sold
 *  stays in memory until it ships. */
export function sharedAllocations(state: StockState, allocations: readonly LocationQuantity[]): readonly LocationQuantity[] {
  if (allocations.length === 0) return noUnits;
  const book = holdBook(state);
  if (!areSameUnits(book.latestAllocations, allocations)) book.latestAllocations = allocations;
  return book.latestAllocations;
}

function areSameUnits(some: readonly LocationQuantity[], others: readonly LocationQuantity[]): boolean {
  if (some.length !== others.length) return false;
  return some.every(({ location, quantity }, index) => others[index]!.location === location && others[index]!.quantity === quantity);
}

function restoreLine(book: HoldBook, line: Line): void {
  book.lines.set(line.holdId, line);
  indexLine(book, line); // B1
}

function forgetLine(book: HoldBook, line: Line, undo: Undo): void {
  book.lines.delete(line.holdId);
  undo.record(() => restoreLine(book, line));
}

// --- parts ----------------------------------------------------------------------------------------

function indexPart(book: HoldBook, part: Part): void {
  const name = partName(part);
  if (part.forgetAt !== null) book.endedOthers.push(part.forgetAt, name);
  else if (part.status === 'held' && part.asking) book.asking.add(name);
  else if (part.status === 'held') book.checks.push(part.checkAt, name);
  indexBuyer(book, part);
}

export function putPart(state: StockState, part: Part, undo: Undo): void {
  const book = holdBook(state);
  const before = book.parts.get(part.holdId);
  const others = (before ?? []).filter((other) => comparePartKeys(other, part) !== 0);
  const after = [...others, part].sort(comparePartKeys);
  replaceParts(book, part.holdId, before, after, undo);
  indexPart(book, part);
  book.checks.compact(book.partCount);
}

function forgetPart(book: HoldBook, part: Part, undo: Undo): void {
  const before = book.parts.get(part.holdId) ?? [];
  const after = before.filter((other) => comparePartKeys(other, part) !== 0);
  replaceParts(book, part.holdId, before, after, undo);
}

function replaceParts(book: HoldBook, holdId: string, before: readonly Part[] | undefined, after: readonly Part[], undo: Undo): void {
  const { partCount } = book;
  book.partCount += after.length - (before?.length ?? 0);
  if (after.length === 0) book.parts.delete(holdId);
  else book.parts.set(holdId, after);
  undo.record(() => {
    book.partCount = partCount;
    if (before === undefined) book.parts.delete(holdId);
    else book.parts.set(holdId, before);
    for (const part of before ?? []) indexPart(book, part); // B1
  });
}

// --- outcomes and sales -----------------------------------------------------------------------------

export function putOutcome(state: StockState, commandId: string, outcome: Outcome, undo: Undo): void {
  const book = outcomeBook(state);
  const before = book.byCommand.get(commandId);
  book.byCommand.set(commandId, outcome);
  book.ages.push(outcome.at, commandId);
  undo.record(() => {
    if (before === undefined) book.byCommand.delete(commandId);
    else restoreOutcome(book, commandId, before);
  });
}

function restoreOutcome(book: OutcomeBook, commandId: string, outcome: Outcome): void {
  book.byCommand.set(commandId, outcome);
  book.ages.push(outcome.at, commandId); // B1
}

export function isForgottenOutcome(outcome: Outcome, at: Instant): boolean {
  return isPastHorizon(outcome.at, at);
}

function isPastHorizon(decidedAt: Instant, at: Instant): boolean {
  return decidedAt + holdLimits.commandRepeatHorizonMs <= at;
}

/** Sales are few: the map is replaced as a whole (S1). */
export function putSale(state: StockState, sale: string, value: Sale, undo: Undo): void {
  const before = state.sales;
  const after = new Map(before);
  if (value.open || value.held > 0) after.set(sale, value);
  else after.delete(sale);
  state.sales = after;
  undo.record(() => {
    state.sales = before;
  });
}

// --- forgetting -----------------------------------------------------------------------------------

export function rememberedCount(state: StockState): number {
  return (state.holds?.lines.size ?? 0) + (state.holds?.partCount ?? 0) + (state.outcomes?.byCommand.size ?? 0);
}

/** B2. */
export function forgetOld(state: StockState, at: Instant, undo: Undo): void {
  if (state.holds !== null) forgetEnded(state, state.holds, at, undo);
  if (state.outcomes !== null) forgetOutcomes(state.outcomes, at, undo);
}

function forgetEnded(state: StockState, book: HoldBook, at: Instant, undo: Undo): void {
  if (book.endedLines.size > 0) forgetLines(state, book, at, undo);
  if (book.endedOthers.size > 0) forgetOthers(state, book, at, undo);
}

function forgetLines(state: StockState, book: HoldBook, at: Instant, undo: Undo): void {
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const oldest = book.endedLines.firstInstant();
    if (oldest === null) return;
    const cutBy = rememberedCount(state) >= holdLimits.repeatsMax ? cutShortMs : 0; // B3
    if (oldest - cutBy > at) return;
    forgetLine(book, book.lines.get(book.endedLines.first()!.id)!, undo);
  }
}

function forgetOthers(state: StockState, book: HoldBook, at: Instant, undo: Undo): void {
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const entry = book.endedOthers.first();
    if (entry === null || entry.instant > at) return;
    const line = book.lines.get(entry.id);
    if (line?.forgetAt === entry.instant) forgetLine(book, line, undo);
    else forgetPart(book, findPart(state, partKeyOf(entry.id))!, undo);
  }
}

function forgetOutcomes(book: OutcomeBook, at: Instant, undo: Undo): void {
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const oldest = book.ages.firstInstant();
    if (oldest === null || !isPastHorizon(oldest, at)) return;
    const { id } = book.ages.first()!;
    const outcome = book.byCommand.get(id)!;
    book.byCommand.delete(id);
    undo.record(() => restoreOutcome(book, id, outcome));
  }
}

/** When the next thing may be forgotten if room is needed; null = nothing remembered will ever go by itself. */
function nextForgettable(state: StockState): Instant | null {
  const instants: Instant[] = [];
  const book = state.holds;
  if (book !== null) {
    const line = book.endedLines.first();
    if (line !== null) instants.push(line.instant - cutShortMs);
    const other = book.endedOthers.first();
    if (other !== null) instants.push(other.instant);
  }
  const outcome = state.outcomes?.ages.first() ?? null;
  if (outcome !== null) instants.push(outcome.instant + holdLimits.commandRepeatHorizonMs);
  return instants.length === 0 ? null : Math.min(...instants);
}

/** B3: how long new work must wait for room; null = there is room. */
export function fullFor(state: StockState, at: Instant): number | null {
  if (rememberedCount(state) < holdLimits.repeatsMax) return null;
  const next = nextForgettable(state);
  if (next === null) return holdLimits.holdRepeatHorizonMinMs;
  return next <= at ? null : next - at;
}

// --- buyers ---------------------------------------------------------------------------------------

/** Made when a cap first asks, kept up from then on. */
export function buyerHolds(book: HoldBook, buyer: string): readonly string[] {
  if (book.buyers === null) {
    book.buyers = new Map();
    for (const line of book.lines.values()) indexBuyer(book, line);
    for (const parts of book.parts.values()) for (const part of parts) indexBuyer(book, part);
  }
  const ids = book.buyers.get(buyer);
  if (ids === undefined) return [];
  for (const id of ids) if (!book.lines.has(id) && !book.parts.has(id)) ids.delete(id);
  if (ids.size === 0) book.buyers.delete(buyer);
  return [...ids];
}
