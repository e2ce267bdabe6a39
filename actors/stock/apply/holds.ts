/** Lines after an event. */
import { assert, holdLimits } from '../../kernel/index.ts';
import type { Instant, Undo } from '../../kernel/index.ts';
import { afterPiece } from '../answers.ts';
import { noUnits, putLine, putPart, sharedAllocations } from '../book.ts';
import type { HoldStatus } from '../commands.ts';
import type { HoldEvent, Piece, StockEvent } from '../events.ts';
import { unitsIn, withoutUnits } from '../levels.ts';
import { comparePartKeys, extensionsMax, findPart, isDue } from '../state.ts';
import type { Extension, Line, Part, StockState } from '../state.ts';

export function applyHold(state: StockState, event: StockEvent, at: Instant, undo: Undo): void {
  switch (event.type) {
    case 'stock.held':
      return held(state, event, at, undo);
    case 'stock.extended':
      return extended(state, event, at, undo);
    case 'stock.released':
      return endLine(state, event.holdId, 'released', at, undo);
    case 'stock.expired':
      return endLine(state, event.holdId, 'expired', at, undo);
    case 'stock.committed':
      return committed(state, event.holdId, undo);
    case 'stock.fulfilled':
      return pieces(state, event.holdId, event.pieces, true, at, undo);
    case 'stock.uncommitted':
      return pieces(state, event.holdId, event.pieces, false, at, undo);
    default:
      return undefined;
  }
}

/** Lists are replaced, never changed (S1), so all new lines share their empty ones. */
const none: readonly Extension[] = [];

type Of<Type extends HoldEvent['type']> = Extract<HoldEvent, { type: Type }>;

function held(state: StockState, event: Of<'stock.held'>, at: Instant, undo: Undo): void {
  const replaced = event.replaces === undefined ? undefined : state.holds?.lines.get(event.replaces);
  if (replaced !== undefined) endLine(state, replaced.holdId, isDue(replaced, at) ? 'expired' : 'replaced', at, undo);
  putLine(
    state,
    {
      holdId: event.holdId,
      fingerprint: event.fingerprint,
      buyer: event.buyer,
      quantity: event.quantity,
      allocations: sharedAllocations(state, event.allocations),
      remaining: noUnits,
      fulfilled: 0,
      sale: event.sale ?? null,
      status: 'held',
      takenAt: at,
      firstExpiresAt: event.expiresAt,
      expiresAt: event.expiresAt,
      absorbedBy: null,
      extensions: none,
      endedAt: null,
      forgetAt: null,
    },
    undo,
  );
}

function lineOf(state: StockState, holdId: string): Line | undefined {
  return state.holds?.lines.get(holdId);
}

function extended(state: StockState, event: Of<'stock.extended'>, at: Instant, undo: Undo): void {
  const line = lineOf(state, event.holdId);
  if (line === undefined) return;
  const extension: Extension = { commandId: event.commandId, fingerprint: event.fingerprint, expiresAt: event.expiresAt, at };
  putLine(state, { ...line, expiresAt: event.expiresAt, extensions: [...recentExtensions(line, at), extension] }, undo);
}

/** Forgets the oldest answer once the list is full; `decide` has seen that it may be forgotten. */
function recentExtensions(line: Line, at: Instant): readonly Extension[] {
  if (line.extensions.length < extensionsMax) return line.extensions;
  return line.extensions.filter((extension) => extension.at + holdLimits.holdRepeatHorizonMinMs > at);
}

/** A line ends without being sold. */
export function endLine(state: StockState, holdId: string, status: HoldStatus, at: Instant, undo: Undo): void {
  const line = lineOf(state, holdId);
  if (line === undefined) return;
  assert(line.endedAt === null, 'a hold ends once'); // I9
  assert(line.status !== 'committed', 'what is sold does not just end');
  putLine(state, { ...line, status, absorbedBy: null, endedAt: at, forgetAt: at + holdLimits.holdRepeatHorizonMs }, undo);
}

function committed(state: StockState, holdId: string, undo: Undo): void {
  const line = lineOf(state, holdId);
  if (line === undefined) return;
  assert(line.status === 'held', 'only a live hold is committed');
  putLine(state, { ...line, status: 'committed', remaining: line.allocations }, undo);
}

function pieces(state: StockState, holdId: string, list: readonly Piece[], ships: boolean, at: Instant, undo: Undo): void {
  for (const piece of list) {
    const line = lineOf(state, holdId);
    const part = findPart(state, { holdId, generation: piece.generation, attempt: piece.attempt });
    if (part !== undefined) partPiece(state, part, piece, ships, at, undo);
    else if (line !== undefined) linePiece(state, line, piece, ships, at, undo);
  }
}

function linePiece(state: StockState, line: Line, piece: Piece, ships: boolean, at: Instant, undo: Undo): void {
  const left = afterPiece(line, withoutUnits(line.remaining, piece.units), ships ? unitsIn(piece.units) : 0);
  const forgetAt = Math.max(at + holdLimits.holdRepeatHorizonMs, left.fulfilled > 0 ? countsUntil(state, line) : 0);
  putLine(state, { ...line, ...left, ...(left.status === 'committed' ? {} : { endedAt: at, forgetAt }) }, undo);
}

/** The hold actor may ask for the commit again for as long as any shard may be away: kept for a day. */
function partPiece(state: StockState, part: Part, piece: Piece, ships: boolean, at: Instant, undo: Undo): void {
  assert(comparePartKeys(part, { ...piece, holdId: part.holdId }) === 0, 'a piece names its part');
  const left = afterPiece(part, withoutUnits(part.remaining, piece.units), ships ? unitsIn(piece.units) : 0);
  const forgetAt = Math.max(at + holdLimits.commandRepeatHorizonMs, left.fulfilled > 0 ? countsUntil(state, part) : 0);
  putPart(state, { ...part, ...left, ...(left.status === 'committed' ? {} : { endedAt: at, forgetAt }) }, undo);
}

/** Shipped units count against their buyer's cap until the window has passed. */
function countsUntil(state: StockState, taking: Line | Part): Instant {
  if (taking.buyer === null || state.settings.perBuyerCap === null) return 0;
  return taking.takenAt + state.settings.perBuyerWindowMs;
}
