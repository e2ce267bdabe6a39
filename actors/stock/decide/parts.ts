/**
 * Parts of multi-line holds: what the `hold` actor asks for, and what it answers when asked.
 *
 * The protocol, for its author:
 * P1. A part is named by (hold, generation, attempt). Parts of one hold are independent: a change of the
 *     hold takes what grew as a part of its own, shrinks or releases what it needs no more, and commits
 *     all that are left.
 * P2. `takePart` is idempotent by that name. It is refused `too_late` after `notAfter`, when the part was
 *     released (also before it was taken), and when a newer pair of the same hold is known here.
 * P3. A taken part stays until it is released or committed. It has no expiry: past `checkAt` the SKU asks
 *     (`askHold`), and the verdict moves `checkAt`, releases or commits. A hold nobody knows is released.
 * P4. `releasePart`, `shrinkPart` and `commitPart` of a taken part are never refused for the state of the
 *     SKU: not when paused, not when memory is full. After a commit a release answers `already_committed`.
 * P5. `absorbs` names the buyer's own live one-line hold. The part counts its units as its own; while the
 *     part lives the line does not expire. Released: the line lives on under its old expiry, or ends
 *     expired. Committed: the line ends, replaced. A line that ended without a sale, or that this very hold
 *     absorbed before, is not absorbed, and the part is taken in full.
 */
import { isQuantity } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import { partReply } from '../answers.ts';
import type { PartKey, StockCommand } from '../commands.ts';
import { firstUnits } from '../levels.ts';
import { absorbedLine, comparePartKeys, isDue, partAt, partsAt } from '../state.ts';
import type { Line, Part, StockState } from '../state.ts';
import { ownLine, ownLineInUse } from './holds.ts';
import { accepted, forestall, full, isUnknown, meaning, refused, repeated } from './shared.ts';
import type { StockDecision } from './shared.ts';
import { findUnits, overCap } from './take.ts';

type Of<Type extends StockCommand['type']> = Extract<StockCommand, { type: Type }>;

function keyOf(command: PartKey): PartKey {
  return { holdId: command.holdId, generation: command.generation, attempt: command.attempt };
}

function isSold(part: Part): boolean {
  return part.status === 'committed' || part.status === 'fulfilled' || part.status === 'uncommitted';
}

// --- take -------------------------------------------------------------------------------------------

export function decideTakePart(state: StockState, command: Of<'takePart'>, at: Instant): StockDecision {
  const known = partAt(state, command, at);
  if (known !== undefined && known.status !== 'released') return repeated(partReply('taken', known.allocations));
  const isOlder = partsAt(state, command.holdId, at).some((part) => comparePartKeys(part, command) > 0);
  if (known !== undefined || isOlder || at > command.notAfter) return refused({ code: 'too_late' }); // P2
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const own = ownLine(state, command.absorbs, command.buyer, at);
  if ('refusal' in own) return own.refusal;
  if (!isQuantity(command.quantity)) return refused({ code: 'quantity_invalid' });
  if (state.paused) return refused({ code: 'sku_paused' });
  const sold = own.line?.absorbedBy === command.holdId ? null : ownLineInUse(own.line);
  if (sold !== null) return sold;
  const absorbed = canAbsorb(own.line, at) ? own.line : undefined; // P5
  const capped = overCap(state, command.buyer, command.quantity, absorbed, at);
  if (capped !== null) return capped;
  const found = findUnits(state, {
    quantity: command.quantity,
    nearness: command.nearness,
    replaced: undefined,
    absorbed,
    sale: undefined,
  });
  if ('refusal' in found) return found.refusal;
  return full(state, at) ?? takePart(state, command, found.allocations, absorbed);
}

function canAbsorb(line: Line | undefined, at: Instant): boolean {
  return line?.status === 'held' && !isDue(line, at);
}

function takePart(state: StockState, command: Of<'takePart'>, allocations: Part['allocations'], absorbed: Line | undefined): StockDecision {
  const { buyer, quantity, checkAt, notAfter } = command;
  const events = meaning(state, {
    type: 'part.taken',
    ...keyOf(command),
    buyer,
    quantity,
    allocations,
    checkAt,
    notAfter,
    ...(absorbed === undefined ? {} : { absorbs: absorbed.holdId }),
  });
  return accepted(events, partReply('taken', allocations));
}

// --- release, shrink, commit --------------------------------------------------------------------------

export function decideReleasePart(state: StockState, command: Of<'releasePart'>, at: Instant): StockDecision {
  const part = partAt(state, command, at);
  if (part === undefined) return forestall(state, keyOf(command), command.notAfter, at);
  if (part.status === 'released') return repeated(partReply('released', []));
  if (isSold(part)) return refused({ code: 'already_committed' });
  return release(state, part, at);
}

function release(state: StockState, part: Part, at: Instant): StockDecision {
  const line = absorbedLine(state, part);
  const fate = line === undefined ? {} : line.expiresAt > at ? { revives: line.holdId } : { expires: line.holdId };
  return accepted(meaning(state, { type: 'part.released', ...keyOf(part), ...fate }), partReply('released', []));
}

export function decideShrinkPart(state: StockState, command: Of<'shrinkPart'>, at: Instant): StockDecision {
  const part = partAt(state, command, at);
  if (part === undefined) return accepted([], partReply('taken', []));
  if (part.status !== 'held' || part.quantity <= command.quantity) return accepted([], partReply('taken', part.allocations));
  const quantity = Math.max(1, command.quantity);
  const event = { type: 'part.shrunk', ...keyOf(part), quantity } as const;
  return accepted(meaning(state, event), partReply('taken', firstUnits(part.allocations, quantity)));
}

export function decideCommitPart(state: StockState, command: Of<'commitPart'>, at: Instant): StockDecision {
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const part = partAt(state, command, at);
  if (part === undefined) return refused({ code: 'hold_unknown' });
  if (part.status === 'released') return refused({ code: 'hold_ended', status: 'released' });
  if (isSold(part)) return repeated(partReply('committed', part.allocations));
  return commit(state, part);
}

function commit(state: StockState, part: Part): StockDecision {
  const line = absorbedLine(state, part);
  const events = meaning(state, { type: 'part.committed', ...keyOf(part), ...(line === undefined ? {} : { ends: line.holdId }) });
  return accepted(events, partReply('committed', part.allocations));
}

// --- the hold's answer --------------------------------------------------------------------------------

/** A verdict about a part that is settled already changes nothing. */
export function decidePartVerdict(state: StockState, command: Of<'partVerdict'>, at: Instant): StockDecision {
  const part = partAt(state, command, at);
  if (part === undefined || part.status === 'released') return repeated(partReply('released', []));
  if (isSold(part)) return repeated(partReply('committed', part.allocations));
  const { verdict } = command;
  switch (verdict.kind) {
    case 'release':
      return release(state, part, at);
    case 'commit':
      return commit(state, part);
    case 'keep':
      if (!part.asking) return repeated(partReply('kept', part.allocations));
      return accepted([{ type: 'part.kept', ...keyOf(part), checkAt: verdict.checkAt }], partReply('kept', part.allocations));
  }
}
