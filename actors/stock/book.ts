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
import { holdLimits } from '../kernel/index.ts';
import type { Instant, Undo } from '../kernel/index.ts';
import { InstantHeap } from './instant-heap.ts';
import { comparePartKeys, findPart, isLiveLine, partKeyOf, partName } from './state.ts';
import type { HoldBook, Line, Outcome, OutcomeBook, Part, Sale, StockState, Taking } from './state.ts';

/** Entries forgotten per event and kind: more than one event adds, so memory shrinks under load too. */
const forgottenPerEventMax = 4;
/** How much sooner than its `forgetAt` an ended line may go when there is no room. */
const cutShortMs = holdLimits.holdRepeatHorizonMs - holdLimits.holdRepeatHorizonMinMs;

export function holdBook(state: StockState): HoldBook {
  state.holds ??= {
    lines: new Map(),
    parts: new Map(),
    partCount: 0,
    expiries: new InstantHeap(),
    checks: new InstantHeap(),
    endedLines: new InstantHeap(),
    endedOthers: new InstantHeap(),
    asking: new Set(),
    buyers: null,
    liveLines: 0,
  };
  return state.holds;
}

function outcomeBook(state: StockState): OutcomeBook {
  state.outcomes ??= { byCommand: new Map(), ages: new InstantHeap() };
  return state.outcomes;
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
  book.expiries.compact(book.liveLines, isExpiry(book));
  undo.record(() => {
    book.liveLines = liveLines;
    if (before === undefined) book.lines.delete(line.holdId);
    else restoreLine(book, before);
  });
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
  book.checks.compact(book.partCount, isCheck(state));
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
  return outcome.at + holdLimits.commandRepeatHorizonMs <= at;
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

// --- what is current in the indexes ---------------------------------------------------------------

export function isExpiry(book: HoldBook): (instant: Instant, holdId: string) => boolean {
  return (instant, holdId) => {
    const line = book.lines.get(holdId);
    return line?.status === 'held' && line.expiresAt === instant;
  };
}

export function isCheck(state: StockState): (instant: Instant, name: string) => boolean {
  return (instant, name) => {
    const part = findPart(state, partKeyOf(name));
    return part?.status === 'held' && !part.asking && part.checkAt === instant;
  };
}

function isEndedLine(book: HoldBook): (instant: Instant, holdId: string) => boolean {
  return (instant, holdId) => book.lines.get(holdId)?.forgetAt === instant;
}

/** A name is a line's id or a part's name. */
function isEndedOther(state: StockState, book: HoldBook): (instant: Instant, name: string) => boolean {
  return (instant, name) => book.lines.get(name)?.forgetAt === instant || findPart(state, partKeyOf(name))?.forgetAt === instant;
}

function isAge(book: OutcomeBook): (instant: Instant, commandId: string) => boolean {
  return (instant, commandId) => book.byCommand.get(commandId)?.at === instant;
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
  const isEnded = isEndedLine(book);
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const entry = book.endedLines.first(isEnded);
    if (entry === null) break;
    const cutBy = rememberedCount(state) >= holdLimits.repeatsMax ? cutShortMs : 0; // B3
    if (entry.instant - cutBy > at) break;
    forgetLine(book, book.lines.get(entry.id)!, undo);
  }
  const isOther = isEndedOther(state, book);
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const entry = book.endedOthers.first(isOther);
    if (entry === null || entry.instant > at) break;
    const line = book.lines.get(entry.id);
    if (line?.forgetAt === entry.instant) forgetLine(book, line, undo);
    else forgetPart(book, findPart(state, partKeyOf(entry.id))!, undo);
  }
}

function forgetOutcomes(book: OutcomeBook, at: Instant, undo: Undo): void {
  const isCurrent = isAge(book);
  for (let count = 0; count < forgottenPerEventMax; count += 1) {
    const entry = book.ages.first(isCurrent);
    const outcome = entry === null ? undefined : book.byCommand.get(entry.id);
    if (entry === null || outcome === undefined || !isForgottenOutcome(outcome, at)) break;
    book.byCommand.delete(entry.id);
    undo.record(() => restoreOutcome(book, entry.id, outcome));
  }
}

/** When the next thing may be forgotten if room is needed; null = nothing remembered will ever go by itself. */
function nextForgettable(state: StockState): Instant | null {
  const instants: Instant[] = [];
  const book = state.holds;
  if (book !== null) {
    const line = book.endedLines.first(isEndedLine(book));
    if (line !== null) instants.push(line.instant - cutShortMs);
    const other = book.endedOthers.first(isEndedOther(state, book));
    if (other !== null) instants.push(other.instant);
  }
  const outcome = state.outcomes?.ages.first(isAge(state.outcomes)) ?? null;
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
