/**
 * Holds of one line, and what becomes of sold units.
 *
 * H1. A hold whose `expiresAt` has come is expired for every command, whether or not a tick has said so.
 * H2. A hold that ended without a sale cannot be in the way of a new one that replaces it.
 * H3. Releases and commits are idempotent by the hold's own state, and go on while the SKU is paused.
 * H4. A taking that names its `notAfter` may be heard late and twice. Refused, it is released by that `notAfter`, which leaves
 *     the tombstone of a part (parts, P2): no copy of it takes units that nobody waits for any more.
 */
import { holdLimits, isQuantity } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import { afterPiece, firstReply, lineReply, partsReply } from '../answers.ts';
import type { Caller, StockCommand } from '../commands.ts';
import type { Piece } from '../events.ts';
import type { StockReplyAny } from '../replies.ts';
import { firstUnits, unitsIn, withoutUnits } from '../levels.ts';
import { extensionsMax, isDue, isPart, lineAt, partAt, partsAt, saleIsOpen, statusAt } from '../state.ts';
import type { Line, Part, StockState } from '../state.ts';
import { accepted, forestall, full, isUnknown, meaning, refused, repeated, repeatOf, reused } from './shared.ts';
import type { StockDecision } from './shared.ts';
import { findUnits, overCap } from './take.ts';

type Of<Type extends StockCommand['type']> = Extract<StockCommand, { type: Type }>;

const unknownHold = refused({ code: 'hold_unknown' });
const foreignHold = refused({ code: 'hold_foreign' });

function isForeign(owner: string | null, caller: Caller): boolean {
  return caller.buyer !== null && caller.buyer !== owner;
}

// --- hold -------------------------------------------------------------------------------------------

export function decideHold(state: StockState, command: Of<'hold'>, at: Instant): StockDecision {
  const known = lineAt(state, command.holdId, at);
  if (known !== undefined) return known.fingerprint === command.fingerprint ? repeated(firstReply(state.sku, known)) : reused;
  if (command.notAfter !== undefined && isTooLate(state, command.holdId, command.notAfter, at)) return refused({ code: 'too_late' });
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const own = ownLine(state, command.replaces, command.buyer, at);
  if ('refusal' in own) return own.refusal;
  if (!isQuantity(command.quantity)) return refused({ code: 'quantity_invalid' });
  if (state.paused) return refused({ code: 'sku_paused' });
  const sold = ownLineInUse(own.line);
  if (sold !== null) return sold;
  const replaced = own.line !== undefined && own.line.status === 'held' ? own.line : undefined; // H2
  const capped = overCap(state, command.buyer, command.quantity, replaced, at);
  if (capped !== null) return capped;
  if (command.sale !== undefined && !saleIsOpen(state, command.sale)) return refused({ code: 'sale_unknown' });
  const found = findUnits(state, {
    quantity: command.quantity,
    nearness: command.nearness,
    replaced,
    absorbed: undefined,
    sale: command.sale,
  });
  if ('refusal' in found) return found.refusal;
  return full(state, at) ?? takeLine(state, command, found.allocations, replaced, at);
}

/** H4 */
function isTooLate(state: StockState, holdId: string, notAfter: Instant, at: Instant): boolean {
  return at > notAfter || partAt(state, { holdId, ...onlyTaking }, at) !== undefined;
}

/** What a hold of one line is called among the parts. */
const onlyTaking = { generation: 1, attempt: 1 } as const;

function takeLine(
  state: StockState,
  command: Of<'hold'>,
  allocations: Line['allocations'],
  replaced: Line | undefined,
  at: Instant,
): StockDecision {
  const { holdId, fingerprint, buyer, quantity, sale } = command;
  const expiresAt = at + command.ttlMs;
  const usual = { type: 'stock.held', holdId, fingerprint, buyer, quantity, allocations, expiresAt } as const;
  const event =
    replaced === undefined && sale === undefined
      ? usual
      : { ...usual, ...(replaced === undefined ? {} : { replaces: replaced.holdId }), ...(sale === undefined ? {} : { sale }) };
  const events = meaning(state, event);
  return accepted(events, { type: 'hold', holdId, sku: state.sku, quantity, allocations, status: 'held', expiresAt, buyer, remaining: 0 });
}

/** The line a taking names as the buyer's own, to replace or absorb it. */
export function ownLine(
  state: StockState,
  holdId: string | undefined,
  buyer: string | null,
  at: Instant,
): { readonly line: Line | undefined } | { readonly refusal: StockDecision } {
  if (holdId === undefined) return { line: undefined };
  const line = lineAt(state, holdId, at);
  if (line === undefined) return { refusal: unknownHold };
  if (line.buyer !== buyer) return { refusal: foreignHold };
  return { line };
}

/** Units that are sold, or counted in a multi-line hold, cannot be taken over. */
export function ownLineInUse(line: Line | undefined): StockDecision | null {
  if (line?.status === 'absorbed') return refused({ code: 'hold_ended', status: 'absorbed' });
  if (line?.status === 'committed' || line?.status === 'fulfilled' || line?.status === 'uncommitted')
    return refused({ code: 'already_committed' });
  return null;
}

// --- extend, release, commit ------------------------------------------------------------------------

export function decideExtend(state: StockState, command: Of<'extend'>, at: Instant): StockDecision {
  const line = lineAt(state, command.holdId, at);
  const before = line?.extensions.find((extension) => extension.commandId === command.commandId);
  if (line !== undefined && before !== undefined) {
    if (before.fingerprint !== command.fingerprint) return reused;
    return repeated({ ...firstReply(state.sku, line), expiresAt: before.expiresAt });
  }
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  if (line === undefined) return unknownHold;
  if (isForeign(line.buyer, command)) return foreignHold;
  const status = statusAt(line, at); // H1
  if (status === 'committed') return refused({ code: 'already_committed' });
  if (status !== 'held') return refused({ code: 'hold_ended', status });
  const expiresAt = at + command.ttlMs;
  const expiresAtMax = line.takenAt + holdLimits.holdLifeMaxMs;
  if (expiresAt > expiresAtMax) return refused({ code: 'hold_life_exceeded', expiresAtMax });
  // never shorter than was promised: nothing happens, so nothing needs remembering
  if (expiresAt <= line.expiresAt) return accepted([], lineReply(state.sku, line, at));
  const waitMs = extensionsFullFor(line, at);
  if (waitMs > 0) return refused({ code: 'repeats_full', retryAfterMs: waitMs });
  const { holdId, commandId, fingerprint } = command;
  return accepted(
    [{ type: 'stock.extended', holdId, expiresAt, commandId, fingerprint }],
    lineReply(state.sku, { ...line, expiresAt }, at),
  );
}

/** I5: an answer is remembered for at least the least horizon. */
function extensionsFullFor(line: Line, at: Instant): number {
  const oldest = line.extensions[0];
  if (oldest === undefined || line.extensions.length < extensionsMax) return 0;
  return Math.max(0, oldest.at + holdLimits.holdRepeatHorizonMinMs - at);
}

export function decideRelease(state: StockState, command: Of<'release'>, at: Instant): StockDecision {
  const line = lineAt(state, command.holdId, at);
  const { holdId, notAfter } = command;
  if (line === undefined && notAfter !== undefined) return forestall(state, { holdId, ...onlyTaking }, notAfter, at); // H4
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  if (line === undefined) return unknownHold;
  if (isForeign(line.buyer, command)) return foreignHold;
  switch (line.status) {
    case 'held': {
      const status = isDue(line, at) ? 'expired' : 'released'; // H1
      const events = meaning(state, { type: status === 'expired' ? 'stock.expired' : 'stock.released', holdId: line.holdId });
      return accepted(events, lineReply(state.sku, { ...line, status }, at));
    }
    case 'absorbed':
      return refused({ code: 'hold_ended', status: 'absorbed' });
    case 'released':
    case 'expired':
    case 'replaced':
      return repeated(lineReply(state.sku, line, at)); // H3
    case 'committed':
    case 'fulfilled':
    case 'uncommitted':
      return refused({ code: 'already_committed' });
  }
}

export function decideCommit(state: StockState, command: Of<'commit'>, at: Instant): StockDecision {
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const line = lineAt(state, command.holdId, at);
  if (line === undefined) return unknownHold;
  if (isForeign(line.buyer, command)) return foreignHold;
  const status = statusAt(line, at); // H1
  switch (status) {
    case 'held':
      // held becomes committed: available stays, so there is nothing more to tell
      return accepted(
        [{ type: 'stock.committed', holdId: line.holdId }],
        lineReply(state.sku, { ...line, status: 'committed', remaining: line.allocations }, at),
      );
    case 'committed':
    case 'fulfilled':
    case 'uncommitted':
      return repeated(lineReply(state.sku, line, at)); // H3
    case 'released':
    case 'expired':
    case 'replaced':
    case 'absorbed':
      return refused({ code: 'hold_ended', status });
  }
}

export function decideReadHold(state: StockState, command: Of<'readHold'>, at: Instant): StockDecision {
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const line = lineAt(state, command.holdId, at);
  const parts = partsAt(state, command.holdId, at).filter((part) => !part.tombstone);
  const owner = line ?? parts.at(-1);
  if (owner === undefined) return unknownHold;
  if (isForeign(owner.buyer, command)) return foreignHold;
  return accepted([], line === undefined ? partsReply(state.sku, parts) : lineReply(state.sku, line, at));
}

// --- fulfil, uncommit: of a line, or of all parts a multi-line hold has here ---------------------------

export function decideSold(state: StockState, command: Of<'fulfil' | 'uncommit'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const line = lineAt(state, command.holdId, at);
  const takings: readonly (Line | Part)[] =
    line === undefined ? partsAt(state, command.holdId, at).filter((part) => !part.tombstone) : [line];
  if (takings.length === 0) return unknownHold;
  if (command.quantity !== undefined && !isQuantity(command.quantity)) return refused({ code: 'quantity_invalid' });
  const toShip = toShipOf(command, takings);
  if (toShip === 0) return accepted([], soldReply(state.sku, takings, at));
  const committed = takings.reduce((sum, taking) => sum + unitsIn(taking.remaining), 0);
  const quantity = toShip ?? command.quantity ?? committed;
  if (committed === 0) return notSold(takings.at(-1)!, at);
  if (quantity > committed) return refused({ code: 'insufficient_committed', committed });
  return full(state, at) ?? takePieces(state, command, takings, quantity, at);
}

/** Of an absolute count: what has left before does not leave again. Null: not asked for in total. */
function toShipOf(command: Of<'fulfil' | 'uncommit'>, takings: readonly (Line | Part)[]): number | null {
  if (command.type !== 'fulfil' || command.shippedTotal === undefined) return null;
  const shipped = takings.reduce((sum, taking) => sum + taking.fulfilled, 0);
  return Math.max(0, command.shippedTotal - shipped);
}

function soldReply(sku: string, takings: readonly (Line | Part)[], at: Instant): StockReplyAny {
  const first = takings[0]!;
  return isPart(first) ? partsReply(sku, takings.filter(isPart)) : lineReply(sku, first, at);
}

function notSold(taking: Line | Part, at: Instant): StockDecision {
  const status = isPart(taking) ? taking.status : statusAt(taking, at);
  if (status === 'held' || status === 'absorbed' || status === 'committed')
    return refused({ code: 'insufficient_committed', committed: 0 });
  return refused({ code: 'hold_ended', status });
}

function takePieces(
  state: StockState,
  command: Of<'fulfil' | 'uncommit'>,
  takings: readonly (Line | Part)[],
  quantity: number,
  at: Instant,
): StockDecision {
  const pieces: Piece[] = [];
  const after: (Line | Part)[] = [];
  let left = quantity;
  for (const taking of takings) {
    const units = firstUnits(taking.remaining, left);
    if (units.length === 0) continue;
    const taken = unitsIn(units);
    left -= taken;
    pieces.push({ generation: isPart(taking) ? taking.generation : 0, attempt: isPart(taking) ? taking.attempt : 0, units });
    after.push({ ...taking, ...afterPiece(taking, withoutUnits(taking.remaining, units), command.type === 'fulfil' ? taken : 0) });
  }
  const { holdId, commandId, fingerprint } = command;
  const events = meaning(state, {
    type: command.type === 'fulfil' ? 'stock.fulfilled' : 'stock.uncommitted',
    holdId,
    pieces,
    commandId,
    fingerprint,
  });
  return accepted(events, soldReply(state.sku, after, at));
}
