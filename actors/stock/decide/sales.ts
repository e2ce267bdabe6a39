/** Units set aside for a sale, and given back. Allotting never takes what is not there, under either policy. */
import { isQuantity } from '../../kernel/index.ts';
import type { Instant } from '../../kernel/index.ts';
import { allocate } from '../allocate.ts';
import { saleReply } from '../answers.ts';
import type { LocationQuantity, StockCommand } from '../commands.ts';
import type { StockEvent } from '../events.ts';
import { availableOf, availableOfAll, firstUnits, unitsIn } from '../levels.ts';
import { saleIsOpen } from '../state.ts';
import type { StockState } from '../state.ts';
import { accepted, full, insufficient, isUnknown, levelsAfter, refused, repeatOf, unitsComingBack, withFacts } from './shared.ts';
import type { StockDecision } from './shared.ts';

type Of<Type extends StockCommand['type']> = Extract<StockCommand, { type: Type }>;

function acceptedSale(state: StockState, event: StockEvent, sale: string, allotted: number): StockDecision {
  const levels = levelsAfter(state, [event]);
  return accepted(withFacts(state, [event], levels), saleReply(sale, allotted, levels));
}

export function decideAllot(state: StockState, command: Of<'allot'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  if (!isQuantity(command.quantity)) return refused({ code: 'quantity_invalid' });
  if (state.paused) return refused({ code: 'sku_paused' });
  const available = availableOfAll(state.levels);
  if (available < command.quantity) return insufficient(state, available, unitsComingBack(state));
  const pools = state.levels.map((level) => ({ location: level.location, quantity: Math.max(0, availableOf(level)) }));
  const allocations = allocate(command.quantity, pools, command.nearness);
  const { sale, commandId, fingerprint } = command;
  const before = saleIsOpen(state, sale) ? unitsIn(state.sales.get(sale)!.units) : 0;
  return (
    full(state, at) ??
    acceptedSale(state, { type: 'stock.allotted', sale, allocations, commandId, fingerprint }, sale, before + command.quantity)
  );
}

export function decideTakeBack(state: StockState, command: Of<'takeBack'>, at: Instant): StockDecision {
  const repeat = repeatOf(state, command, at);
  if (repeat !== null) return repeat;
  if (isUnknown(state)) return refused({ code: 'sku_unknown' });
  const { sale, quantity, commandId, fingerprint } = command;
  const units: readonly LocationQuantity[] = saleIsOpen(state, sale) ? state.sales.get(sale)!.units : [];
  const left = unitsIn(units);
  if (quantity !== undefined && !isQuantity(quantity)) return refused({ code: 'quantity_invalid' });
  if (!saleIsOpen(state, sale)) return refused({ code: 'sale_unknown' });
  if (quantity !== undefined && quantity > left) return insufficient(state, left, state.sales.get(sale)!.held);
  const allocations =
    quantity === undefined
      ? units
      : firstUnits(
          units.filter((unit) => unit.quantity > 0),
          quantity,
        );
  const event: StockEvent = { type: 'stock.takenBack', sale, allocations, closes: quantity === undefined, commandId, fingerprint };
  return full(state, at) ?? acceptedSale(state, event, sale, quantity === undefined ? 0 : left - quantity);
}
