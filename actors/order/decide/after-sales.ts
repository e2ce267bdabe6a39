/** What the merchant and the buyer do with a confirmed order: ship, deliver, send back, take back, give money back. */
import { holdLimits, type Instant, payableStepOf } from '../../kernel/index.ts';
import type { LocationQuantity } from '../../stock/commands.ts';
import type { LineUnits } from '../commands.ts';
import type { OrderHappening, ShippedLine } from '../events.ts';
import { orderLimits } from '../limits.ts';
import { refundableMinor, returnedUnits, shippedUnits, totalOf, unitsBySku, type OrderState, type ReturnFacts } from '../state.ts';
import { busy, ended, refused, refusedCaller, repeated, repeatIn, shown, type CommandOf, type Step } from './step.ts';

type Sale = CommandOf<'fulfil' | 'deliver' | 'requestReturn' | 'receiveReturn' | 'refund' | 'retryRefund'>;

/** What nearly all of them have in common: the repeat, who may, that it is sold, and room to remember. Null: go on. */
function precheck(state: OrderState, command: Sale, buyer: string | null, at: Instant): Step | null {
  return precheckAny(state, command, buyer, at, state.goal === null ? busy : ended(state));
}

/** `unsold`: what is said of an order that is not confirmed; without it that is no matter. */
function precheckAny(state: OrderState, command: Sale, buyer: string | null, at: Instant, unsold?: Step): Step | null {
  const known = repeatIn(state.remembered, command);
  if (known !== null) return known === 'same' ? repeated : known;
  const caller = refusedCaller(state, buyer);
  if (caller !== null) return refused(caller);
  if (unsold !== undefined && state.stage !== 'confirmed') return unsold;
  const retryAfterMs = memoryFullForMs(state, at);
  return retryAfterMs > 0 ? refused({ code: 'repeats_full', retryAfterMs }) : null;
}

/** I7: how long until the oldest remembered command may be forgotten for a new one; 0 = there is room. */
function memoryFullForMs(state: OrderState, at: Instant): number {
  const [oldest] = state.remembered;
  if (oldest === undefined || state.remembered.length < orderLimits.repeatsMax) return 0;
  return Math.max(0, oldest.at + holdLimits.commandRepeatHorizonMs - at);
}

// --- goods out ------------------------------------------------------------------------------------------------

/** Nothing leaves the house before its money is in. */
export function decideFulfil(state: OrderState, command: CommandOf<'fulfil'>, at: Instant): Step {
  const stop = precheck(state, command, null, at);
  if (stop !== null) return stop;
  if (totalOf(state) > 0 && state.payment.status !== 'captured') return busy;
  const shipped = shippedUnits(state);
  const left = new Map(state.lines.map(({ sku, quantity }) => [sku, quantity - (shipped.get(sku) ?? 0)]));
  const asked = command.lines === null ? left : unitsBySku(command.lines);
  const units = new Map([...asked].filter(([, quantity]) => quantity > 0));
  if (units.size === 0) return refused({ code: 'units_exceeded', sku: state.lines[0]!.sku, left: 0 });
  const tooMany = exceeding(units, left);
  if (tooMany !== null) return tooMany;
  const lines = [...units].map(([sku, quantity]) => shippedLine(state, sku, shipped.get(sku) ?? 0, quantity));
  const { commandId, fingerprint, tracking } = command;
  return shown({ type: 'shipment.created', lines, tracking, commandId, fingerprint });
}

function exceeding(units: Map<string, number>, left: Map<string, number>): Step | null {
  for (const [sku, quantity] of units)
    if (quantity > (left.get(sku) ?? 0)) return refused({ code: 'units_exceeded', sku, left: Math.max(0, left.get(sku) ?? 0) });
  return null;
}

/** Which warehouse: units leave in the order of the hold's allocations, which is also what `stock` does. */
function shippedLine(state: OrderState, sku: string, before: number, quantity: number): ShippedLine {
  const locations: LocationQuantity[] = [];
  let skip = before;
  let left = quantity;
  for (const each of state.hold.allocations.find((allocation) => allocation.sku === sku)?.locations ?? []) {
    const units = Math.min(left, each.quantity - Math.min(skip, each.quantity));
    skip -= Math.min(skip, each.quantity);
    left -= units;
    if (units > 0) locations.push({ location: each.location, quantity: units });
  }
  return { sku, quantity, locations };
}

export function decideDeliver(state: OrderState, command: CommandOf<'deliver'>, at: Instant): Step {
  const stop = precheck(state, command, null, at);
  if (stop !== null) return stop;
  const { commandId, fingerprint, shipmentId } = command;
  const shipment = state.shipments.find((each) => each.shipmentId === shipmentId);
  if (shipment === undefined) return refused({ code: 'shipment_unknown' });
  if (shipment.deliveredAt !== null) return repeated;
  return shown({ type: 'shipment.delivered', shipmentId, commandId, fingerprint });
}

// --- goods back -------------------------------------------------------------------------------------------------

export function decideRequestReturn(state: OrderState, command: CommandOf<'requestReturn'>, at: Instant): Step {
  const stop = precheck(state, command, command.buyer, at);
  if (stop !== null) return stop;
  if (state.shipments.length === 0) return refused({ code: 'not_shipped' });
  const asked = unitsBySku(state.returns.flatMap(({ lines }) => lines));
  const left = new Map([...shippedUnits(state)].map(([sku, quantity]) => [sku, quantity - (asked.get(sku) ?? 0)]));
  const units = unitsBySku(command.lines);
  const tooMany = exceeding(units, left);
  if (tooMany !== null) return tooMany;
  const { commandId, fingerprint, reason } = command;
  return shown({ type: 'return.requested', lines: linesOf(units), reason, commandId, fingerprint });
}

function linesOf(units: Map<string, number>): readonly LineUnits[] {
  return [...units].map(([sku, quantity]) => ({ sku, quantity }));
}

export function decideReceiveReturn(state: OrderState, command: CommandOf<'receiveReturn'>, at: Instant): Step {
  const stop = precheck(state, command, null, at);
  if (stop !== null) return stop;
  const { returnId, location, condition, commandId, fingerprint } = command;
  const request = state.returns.find((each) => each.returnId === returnId);
  if (request === undefined) return refused({ code: 'return_unknown' });
  const left = leftToReceive(request);
  const asked = command.lines === null ? left : unitsBySku(command.lines);
  const units = new Map([...asked].filter(([, quantity]) => quantity > 0));
  if (units.size === 0) return refused({ code: 'units_exceeded', sku: request.lines[0]!.sku, left: 0 });
  const tooMany = exceeding(units, left);
  if (tooMany !== null) return tooMany;
  const leftMinor = refundableMinor(state);
  if (command.refund && command.refundMinor !== undefined && command.refundMinor > leftMinor)
    return refused({ code: 'refund_exceeds_captured', leftMinor });
  const refundMinor = command.refund ? Math.min(command.refundMinor ?? valueOf(state, units), leftMinor) : 0;
  const received: OrderHappening = {
    type: 'return.received',
    returnId,
    lines: linesOf(units),
    location,
    condition,
    refundMinor,
    commandId,
    fingerprint,
  };
  if (refundMinor === 0) return shown(received);
  return shown(received, { type: 'refund.asked', amountMinor: refundMinor, reason: returnId, whole: false });
}

function leftToReceive({ lines, received }: ReturnFacts): Map<string, number> {
  const units = unitsBySku(received);
  return new Map(lines.map(({ sku, quantity }) => [sku, quantity - (units.get(sku) ?? 0)]));
}

/** What was paid for these units; the parts of a line sum to the line exactly, in whatever portions it comes back. */
function valueOf(state: OrderState, units: Map<string, number>): number {
  const before = returnedUnits(state);
  const stepMinor = payableStepOf(state.quote?.currency ?? '');
  let valueMinor = 0;
  for (const { sku, quantity, totalMinor } of state.quote?.lines ?? []) {
    const from = before.get(sku) ?? 0;
    valueMinor += share(totalMinor, from + (units.get(sku) ?? 0), quantity, stepMinor) - share(totalMinor, from, quantity, stepMinor);
  }
  return valueMinor;
}

/** Whole steps of what can be given back in the currency; all units are the whole line, as it was paid. */
function share(totalMinor: number, units: number, quantity: number, stepMinor: number): number {
  if (units === quantity) return totalMinor;
  return Number((BigInt(totalMinor) * BigInt(units)) / (BigInt(quantity) * BigInt(stepMinor))) * stepMinor;
}

// --- money back -------------------------------------------------------------------------------------------------

export function decideRefund(state: OrderState, command: CommandOf<'refund'>, at: Instant): Step {
  const stop = precheck(state, command, null, at);
  if (stop !== null) return stop;
  const leftMinor = refundableMinor(state);
  const { commandId, fingerprint, reason } = command;
  const amountMinor = command.amountMinor ?? leftMinor;
  if (amountMinor > leftMinor || amountMinor <= 0) return refused({ code: 'refund_exceeds_captured', leftMinor });
  return shown({ type: 'refund.asked', amountMinor, reason, whole: false, commandId, fingerprint });
}

/** Whatever the order is by now: its money has to go where it belongs. */
export function decideRetryRefund(state: OrderState, command: CommandOf<'retryRefund'>, at: Instant): Step {
  const stop = precheckAny(state, command, null, at);
  if (stop !== null) return stop;
  const { commandId, fingerprint, refundId } = command;
  const refund = state.refunds.find((each) => each.refundId === refundId);
  if (refund === undefined) return refused({ code: 'refund_unknown' });
  const { status, dueAt, amountMinor, of } = refund;
  if (status === 'done' || (status === 'asked' && dueAt === null)) return repeated; // it is on its way, or there
  const leftMinor = refundableMinor(state);
  const isBackOtherwise = of === undefined && status === 'failed' && amountMinor > leftMinor;
  if (isBackOtherwise) return refused({ code: 'refund_exceeds_captured', leftMinor });
  return shown({ type: 'refund.tried_again', refundId, commandId, fingerprint });
}
