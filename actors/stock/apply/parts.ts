/** Parts of multi-line holds after an event, and the one-line holds they absorb. */
import { assert, holdLimits } from '../../kernel/index.ts';
import type { Instant, Undo } from '../../kernel/index.ts';
import { noUnits, putLine, putPart, sharedAllocations } from '../book.ts';
import type { PartEvent, StockEvent } from '../events.ts';
import { firstUnits } from '../levels.ts';
import { findPart } from '../state.ts';
import type { Part, StockState } from '../state.ts';
import { endLine } from './holds.ts';

export function applyPart(state: StockState, event: StockEvent, at: Instant, undo: Undo): void {
  switch (event.type) {
    case 'part.taken':
      return taken(state, event, at, undo);
    case 'part.forestalled':
      return forestalled(state, event, at, undo);
    case 'part.released':
    case 'part.shrunk':
    case 'part.committed':
    case 'part.asked':
    case 'part.kept':
      return changed(state, event, at, undo);
    default:
      return undefined;
  }
}

type Of<Type extends PartEvent['type']> = Extract<PartEvent, { type: Type }>;

function taken(state: StockState, event: Of<'part.taken'>, at: Instant, undo: Undo): void {
  const absorbed = event.absorbs === undefined ? undefined : state.holds?.lines.get(event.absorbs);
  if (absorbed !== undefined) {
    assert(absorbed.status === 'held', 'only a live hold is absorbed');
    putLine(state, { ...absorbed, status: 'absorbed', absorbedBy: event.holdId }, undo);
  }
  putPart(
    state,
    {
      holdId: event.holdId,
      generation: event.generation,
      attempt: event.attempt,
      tombstone: false,
      buyer: event.buyer,
      quantity: event.quantity,
      allocations: sharedAllocations(state, event.allocations),
      remaining: noUnits,
      fulfilled: 0,
      status: 'held',
      takenAt: at,
      checkAt: event.checkAt,
      asking: false,
      notAfter: event.notAfter,
      absorbs: event.absorbs ?? null,
      endedAt: null,
      forgetAt: null,
    },
    undo,
  );
}

function forestalled(state: StockState, event: Of<'part.forestalled'>, at: Instant, undo: Undo): void {
  const { holdId, generation, attempt, until } = event;
  putPart(
    state,
    {
      holdId,
      generation,
      attempt,
      tombstone: true,
      buyer: null,
      quantity: 0,
      allocations: noUnits,
      remaining: noUnits,
      fulfilled: 0,
      status: 'released',
      takenAt: at,
      checkAt: at,
      asking: false,
      notAfter: until,
      absorbs: null,
      endedAt: at,
      forgetAt: until,
    },
    undo,
  );
}

function changed(
  state: StockState,
  event: Of<'part.released' | 'part.shrunk' | 'part.committed' | 'part.asked' | 'part.kept'>,
  at: Instant,
  undo: Undo,
): void {
  const part = findPart(state, event);
  if (part === undefined) return;
  assert(part.status === 'held', 'only a live part changes');
  switch (event.type) {
    case 'part.released':
      if (event.revives !== undefined) revive(state, event.revives, undo);
      if (event.expires !== undefined) endLine(state, event.expires, 'expired', at, undo);
      return putPart(state, { ...part, status: 'released', asking: false, endedAt: at, forgetAt: releasedForgetAt(part, at) }, undo);
    case 'part.shrunk':
      return putPart(state, { ...part, quantity: event.quantity, allocations: firstUnits(part.allocations, event.quantity) }, undo);
    case 'part.committed':
      // its units were sold as this part's: the line itself was replaced by it
      if (event.ends !== undefined) endLine(state, event.ends, 'replaced', at, undo);
      return putPart(state, { ...part, status: 'committed', asking: false, remaining: part.allocations }, undo);
    case 'part.asked':
      return putPart(state, { ...part, asking: true }, undo);
    case 'part.kept':
      return putPart(state, { ...part, asking: false, checkAt: event.checkAt }, undo);
  }
}

/** A late copy of the take must still find that it was released. */
function releasedForgetAt(part: Part, at: Instant): Instant {
  return Math.max(at + holdLimits.holdRepeatHorizonMs, part.notAfter + holdLimits.tombstoneSkewMs);
}

function revive(state: StockState, holdId: string, undo: Undo): void {
  const line = state.holds?.lines.get(holdId);
  if (line === undefined) return;
  assert(line.status === 'absorbed', 'only an absorbed hold is revived');
  putLine(state, { ...line, status: 'held', absorbedBy: null }, undo);
}
