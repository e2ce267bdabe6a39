/**
 * The merchant's commands: what came, what went, what was counted, how the SKU is sold.
 *
 * These go on while the SKU is paused, and `receive`, `return` and counts also when promises exceed what is
 * there: a count states what is. Only a transfer must leave promised units where they are.
 */
import { isQuantity, levelMax } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import { stockReply } from '../answers.ts';
import type { Once, StockCommand } from '../commands.ts';
import { availableOf, findLevel } from '../levels.ts';
import type { StockState } from '../state.ts';
import { accepted, acceptedCount, full, insufficient, isUnknown, refused, repeatOf, unitsComingBack } from './shared.ts';
import type { StockDecision } from './shared.ts';

type Of<Type extends StockCommand['type']> = Extract<StockCommand, { type: Type }>;

function onceOf(command: Once): Once {
  return { commandId: command.commandId, fingerprint: command.fingerprint };
}

function isLevel(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= levelMax;
}

const unknownSku = refused({ code: 'sku_unknown' });
const unknownLocation = refused({ code: 'location_unknown' });
const invalidQuantity = refused({ code: 'quantity_invalid' });
const tooLarge = refused({ code: 'level_too_large' });

function conflict(state: StockState, countVersion: number | undefined): StockDecision | null {
  if (countVersion === undefined || countVersion === state.countVersion) return null;
  return refused({ code: 'version_conflict', countVersion: state.countVersion });
}

export function decideReceive(state: StockState, command: Of<'receive'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (!isQuantity(command.quantity)) return invalidQuantity;
  const level = findLevel(state.levels, command.location);
  if ((level?.onHand ?? 0) + command.quantity > levelMax) return tooLarge;
  const expected = command.fromIncoming === true ? Math.min(command.quantity, level?.incoming ?? 0) : 0;
  return (
    full(state, at) ??
    acceptedCount(state, { type: 'stock.received', location: command.location, quantity: command.quantity, expected, ...onceOf(command) })
  );
}

export function decideReturn(state: StockState, command: Of<'return'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (!isQuantity(command.quantity)) return invalidQuantity;
  const level = findLevel(state.levels, command.location);
  if ((level?.onHand ?? 0) + command.quantity > levelMax) return tooLarge;
  const { location, quantity, condition, holdId } = command;
  const event = {
    type: 'stock.returned',
    location,
    quantity,
    condition,
    ...(holdId === undefined ? {} : { holdId }),
    ...onceOf(command),
  } as const;
  return full(state, at) ?? acceptedCount(state, event);
}

export function decideAdjust(state: StockState, command: Of<'adjust'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  const { location, delta, reason } = command;
  const level = findLevel(state.levels, location);
  const stale = conflict(state, command.countVersion);
  if (stale !== null) return stale;
  if (level === undefined) return unknownLocation;
  if (!Number.isInteger(delta) || delta === 0) return invalidQuantity;
  // fewer than none cannot be there; but what was shipped beyond the count may still be corrected upwards
  if (delta < 0 && level.onHand + delta < 0) return invalidQuantity;
  if (level.onHand + delta > levelMax) return tooLarge;
  return full(state, at) ?? acceptedCount(state, { type: 'stock.adjusted', location, delta, reason, ...onceOf(command) });
}

export function decideSet(state: StockState, command: Of<'set'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  const stale = conflict(state, command.countVersion);
  if (stale !== null) return stale;
  if (!Number.isInteger(command.onHand) || command.onHand < 0) return invalidQuantity;
  if (command.onHand > levelMax) return tooLarge;
  const delta = command.onHand - (findLevel(state.levels, command.location)?.onHand ?? 0);
  return full(state, at) ?? acceptedCount(state, { type: 'stock.counted', location: command.location, delta, ...onceOf(command) });
}

/** Takes available units only: what is promised from a place must stay there. */
export function decideTransfer(state: StockState, command: Of<'transfer'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  const { from, to, quantity } = command;
  const source = findLevel(state.levels, from);
  if (source === undefined) return unknownLocation;
  if (!isQuantity(quantity) || from === to) return invalidQuantity;
  if ((findLevel(state.levels, to)?.onHand ?? 0) + quantity > levelMax) return tooLarge;
  // `available` is that of the place the units should come from
  const available = Math.max(0, availableOf(source));
  if (available < quantity) return insufficient(state, available, unitsComingBack(state));
  return full(state, at) ?? acceptedCount(state, { type: 'stock.transferred', from, to, quantity, ...onceOf(command) });
}

/** A place may expect units before it has ever had any. */
export function decideExpect(state: StockState, command: Of<'expect'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  if (!Number.isInteger(command.quantity) || command.quantity < 0) return invalidQuantity;
  if (command.quantity > levelMax) return tooLarge;
  const delta = command.quantity - (findLevel(state.levels, command.location)?.incoming ?? 0);
  return full(state, at) ?? acceptedCount(state, { type: 'stock.expected', location: command.location, delta, ...onceOf(command) });
}

export function decideConfigure(state: StockState, command: Of<'configure'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  const stale = conflict(state, command.countVersion);
  if (stale !== null) return stale;
  const { safetyStock, lowStockThreshold, perBuyerCap, perBuyerWindowMs } = command.settings;
  const numbers = [...Object.values(safetyStock ?? {}), lowStockThreshold ?? 0, perBuyerCap ?? 0, perBuyerWindowMs ?? 0];
  if (numbers.some((value) => !Number.isSafeInteger(value) || value < 0)) return invalidQuantity;
  if (Object.values(safetyStock ?? {}).some((value) => !isLevel(value))) return tooLarge;
  return full(state, at) ?? acceptedCount(state, { type: 'stock.configured', settings: command.settings, ...onceOf(command) });
}

export function decidePause(state: StockState, command: Of<'pause' | 'resume'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return unknownSku;
  return full(state, at) ?? acceptedCount(state, { type: command.type === 'pause' ? 'stock.paused' : 'stock.resumed', ...onceOf(command) });
}

export function decideRead(state: StockState): StockDecision {
  return isUnknown(state) ? unknownSku : accepted([], stockReply(state));
}
