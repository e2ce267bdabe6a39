/** Events of what is shipped and what comes back. */
import { assert, type Instant } from '../../kernel/index.ts';
import type { Change } from '../apply.ts';
import type { HappeningOf } from '../events.ts';
import { unitsBySku, type OrderState } from '../state.ts';
import type { LineUnits } from '../commands.ts';
import { remembering } from './memory.ts';

export function shipped(state: OrderState, event: HappeningOf<'shipment.created'>, at: Instant): Change {
  assert(state.stage === 'confirmed', `an order that is ${state.stage} ships nothing`);
  const { lines, tracking } = event;
  const shipmentId = `shipment_${state.shipments.length + 1}`;
  const shipment = { shipmentId, lines, tracking, shippedAt: at, deliveredAt: null };
  return { shipments: [...state.shipments, shipment], ...remembering(state, event, at) };
}

export function booked(state: OrderState, { sku, total }: HappeningOf<'shipment.booked'>): Change {
  const others = state.booked.filter((each) => each.sku !== sku);
  assert(
    state.booked.every((each) => each.sku !== sku || each.quantity < total),
    'units that left do not come back by shipping',
  );
  return { booked: [...others, { sku, quantity: total }] };
}

export function delivered(state: OrderState, event: HappeningOf<'shipment.delivered'>, at: Instant): Change {
  const { shipmentId } = event;
  const shipments = state.shipments.map((each) => (each.shipmentId === shipmentId ? { ...each, deliveredAt: at } : each));
  return { shipments, ...remembering(state, event, at) };
}

export function returnRequested(state: OrderState, event: HappeningOf<'return.requested'>, at: Instant): Change {
  const returnId = `return_${state.returns.length + 1}`;
  const { lines, reason } = event;
  const request = { returnId, lines, received: [], reason, refundMinor: 0, requestedAt: at };
  return { returns: [...state.returns, request], ...remembering(state, event, at) };
}

export function returnReceived(state: OrderState, event: HappeningOf<'return.received'>, at: Instant): Change {
  const { returnId, lines, location, condition, refundMinor } = event;
  const receipt = state.receipts + 1;
  const returns = state.returns.map((each) =>
    each.returnId === returnId
      ? { ...each, received: sumOf([...each.received, ...lines]), refundMinor: each.refundMinor + refundMinor }
      : each,
  );
  const restocks = [...state.restocks, { receipt, returnId, lines, location, condition }];
  return { returns, receipts: receipt, restocks, ...remembering(state, event, at) };
}

function sumOf(lines: readonly LineUnits[]): readonly LineUnits[] {
  return [...unitsBySku(lines)].map(([sku, quantity]) => ({ sku, quantity }));
}

export function returnBooked(state: OrderState, { receipt, sku }: HappeningOf<'return.booked'>): Change {
  const restocks = state.restocks.map((each) =>
    each.receipt === receipt ? { ...each, lines: each.lines.filter((line) => line.sku !== sku) } : each,
  );
  return { restocks: restocks.filter(({ lines }) => lines.length > 0) };
}
