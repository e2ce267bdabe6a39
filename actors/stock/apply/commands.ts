/** The answers to the merchant's commands, remembered for repeats (I5). */
import type { Instant, Undo } from '../../kernel/index.ts';
import { lineReply, partsReply, saleReply, stockReply } from '../answers.ts';
import { putOutcome } from '../book.ts';
import type { StockEvent } from '../events.ts';
import { unitsIn } from '../levels.ts';
import type { StockReplyAny } from '../replies.ts';
import type { StockState } from '../state.ts';

/** Called last: the answer tells of the state after the event, as `decide` did. */
export function applyCommand(state: StockState, event: StockEvent, at: Instant, undo: Undo): void {
  const reply = rememberedReply(state, event, at);
  if (reply === null || !('commandId' in event)) return;
  putOutcome(state, event.commandId, { fingerprint: event.fingerprint, reply: JSON.stringify(reply), at, version: state.version }, undo);
}

/** `extend` is remembered with its line, everything else that has no key of its own here. */
function rememberedReply(state: StockState, event: StockEvent, at: Instant): StockReplyAny | null {
  switch (event.type) {
    case 'stock.received':
    case 'stock.adjusted':
    case 'stock.counted':
    case 'stock.transferred':
    case 'stock.returned':
    case 'stock.expected':
    case 'stock.configured':
    case 'stock.paused':
    case 'stock.resumed':
      return stockReply(state);
    case 'stock.fulfilled':
    case 'stock.uncommitted':
      return committedReply(state, event.holdId, event.pieces, at);
    case 'stock.allotted':
    case 'stock.takenBack':
      return saleReply(event.sale, unitsIn(state.sales.get(event.sale)?.units ?? []), state.levels);
    default:
      return null;
  }
}

function committedReply(
  state: StockState,
  holdId: string,
  pieces: readonly { readonly generation: number; readonly attempt: number }[],
  at: Instant,
): StockReplyAny | null {
  const line = state.holds?.lines.get(holdId);
  if (line !== undefined) return lineReply(state.sku, line, at);
  const touched = (state.holds?.parts.get(holdId) ?? []).filter((part) =>
    pieces.some((piece) => piece.generation === part.generation && piece.attempt === part.attempt),
  );
  return touched.length === 0 ? null : partsReply(state.sku, touched);
}
