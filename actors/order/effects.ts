/**
 * What an order owes, and when it next looks at the clock. Derived from the facts alone, so that it survives any crash.
 *
 * E1. One debt per fact at a time; its id says which attempt, hold, step or total: the same debt has the same id.
 * E2. Nothing is too late: what must not happen late is undone by what answers it. Debts stand until answered.
 * E3. Units leave a SKU's stock by an absolute count (`shippedTotal`), and come back under an id of their own:
 *     one effect, however often it is sent.
 * E4. Of an order's one line its `stock` is asked itself. The hold is then an ordinary one, which remembers no refusal: so
 *     it says until when it may be taken, and is let go also when it was refused.
 */
import { actorId, type ActorCommand, type Effect, type EffectOutcome, type Instant } from '../kernel/index.ts';
import type { CartCommand } from '../cart/commands.ts';
import type { CouponCommand } from '../coupon/commands.ts';
import type { HoldCommand } from '../hold/commands.ts';
import type { StockCommand } from '../stock/commands.ts';
import type { StoreCommand } from '../store/commands.ts';
import type { OrderCommand } from './commands.ts';
import { orderLimits } from './limits.ts';
import type { AskQuote, PaymentCommand } from './outside.ts';
import { holdIdOf, shippedUnits, totalOf, type OrderState } from './state.ts';

export function pending(state: OrderState): readonly Effect[] {
  if (state.place === null) return [];
  return [
    ...cartDebts(state),
    ...holdDebts(state),
    ...pricingDebts(state),
    ...paymentDebts(state),
    ...numberDebts(state),
    ...goodsDebts(state),
  ];
}

/** Whether `pending` has an effect of this id, asked of those alone that could be it: every answer asks this. */
export function owes(state: OrderState, effectId: string): boolean {
  return state.place !== null && groupOf(effectId)(state).some(({ id }) => id === effectId);
}

function groupOf(effectId: string): (state: OrderState) => Effect[] {
  switch (effectId.slice(0, effectId.search(/[.:]|$/))) {
    case 'begin':
    case 'end':
      return cartDebts;
    case 'take':
    case 'commit':
    case 'release':
    case 'extend':
    case 'giveBack':
      return holdDebts;
    case 'quote':
      return pricingDebts;
    case 'takeNumber':
    case 'noteNumber':
      return numberDebts;
    case 'fulfil':
    case 'return':
      return goodsDebts;
    default:
      return paymentDebts;
  }
}

function owed(state: OrderState, id: string, kind: string, actor: string, command: ActorCommand): Effect {
  return { id, to: actorId(kind, state.id.store, actor), command, notAfter: null }; // E2
}

function cartDebts(state: OrderState): Effect[] {
  const { cart, attempt, place, id } = state;
  if (cart !== 'opening' && cart !== 'closing') return [];
  const [orderId, buyer] = [id.id, place!.buyer];
  const command: CartCommand =
    cart === 'opening'
      ? { type: 'beginCheckout', orderId, buyer, attempt }
      : { type: 'endCheckout', orderId, outcome: state.number === null ? 'given_up' : 'ordered', attempt };
  return [owed(state, `${cart === 'opening' ? 'begin' : 'end'}:${attempt}`, 'cart', place!.cartId!, command)];
}

// --- hold ---------------------------------------------------------------------------------------------------

function holdDebts(state: OrderState): Effect[] {
  const { hold } = state;
  if (hold.status === 'committed' || hold.status === 'giving_back')
    return hold.left.map(({ kind, sku }) => owed(state, `giveBack:${hold.number}:${kind}:${sku}`, kind, sku, giveBackOf(state, kind, sku)));
  const step = holdStepOf(state);
  if (step === null) return [];
  const id = `${step === 'extend' ? `extend.${state.payCommandId}` : step}:${hold.number}`;
  return hold.oneLine === undefined
    ? [owed(state, id, 'hold', holdIdOf(state), askOfSeveral(state, step))]
    : [owed(state, id, 'stock', hold.oneLine.sku, askOfOneLine(state, hold.oneLine.notAfter, step))];
}

type HoldStep = 'take' | 'extend' | 'commit' | 'release';

function holdStepOf({ stage, hold }: OrderState): HoldStep | null {
  if (stage === 'extend') return 'extend';
  if (hold.status === 'asked') return 'take';
  if (hold.status === 'committing') return 'commit';
  return hold.status === 'releasing' ? 'release' : null;
}

/** S4, E4. A SKU's stock sees every taking and every extension as a wish of its own. */
function askOfOneLine(state: OrderState, notAfter: Instant, step: HoldStep): StockCommand {
  const { buyer, nearness } = state.place!;
  const holdId = holdIdOf(state);
  switch (step) {
    case 'take': {
      const { quantity } = state.lines[0]!;
      const fingerprint = `${state.place!.fingerprint}.${state.hold.number}`;
      return { type: 'hold', holdId, fingerprint, buyer, quantity, ttlMs: orderLimits.holdTtlMs, nearness, notAfter };
    }
    case 'extend': {
      const extend = extendOf(state);
      return { ...extend, holdId, fingerprint: extend.commandId };
    }
    case 'commit':
      return { type: 'commit', holdId, buyer };
    case 'release':
      return { type: 'release', holdId, buyer, notAfter };
  }
}

function askOfSeveral(state: OrderState, step: HoldStep): HoldCommand {
  switch (step) {
    case 'take':
      return takeOf(state);
    case 'extend':
      return extendOf(state);
    case 'commit':
    case 'release':
      return { type: step, buyer: state.place!.buyer };
  }
}

function takeOf(state: OrderState): HoldCommand {
  const { place, hold, lines, codes } = state;
  const units = lines.map(({ sku, quantity, absorbs }) => ({
    sku,
    quantity,
    ...(absorbs === undefined || state.rescued ? {} : { absorbs }),
  }));
  const uses = codes.map((sku) => ({ sku, quantity: 1, kind: 'coupon' as const }));
  return {
    type: 'take',
    commandId: `${place!.commandId}.${hold.number}`,
    fingerprint: place!.fingerprint,
    buyer: place!.buyer,
    lines: [...units, ...uses],
    ttlMs: orderLimits.holdTtlMs,
    nearness: place!.nearness,
    once: true,
  };
}

function extendOf(state: OrderState) {
  const commandId = `${state.payCommandId!}.extend.${state.steps}`;
  const { fingerprint, buyer } = state.place!;
  return { type: 'extend', commandId, fingerprint, buyer, ttlMs: orderLimits.holdTtlMs } as const;
}

/** A hold taken `once` has one generation and one attempt. */
function giveBackOf(state: OrderState, kind: 'stock' | 'coupon', sku: string): ActorCommand {
  const holdId = holdIdOf(state);
  const commandId = `${holdId}:uncommit:${sku}`;
  const use: CouponCommand = { type: 'giveBack', holdId, generation: 1, attempt: 1, buyer: state.place!.buyer, quantity: 1 };
  const units: StockCommand = { type: 'uncommit', holdId, commandId, fingerprint: commandId };
  return kind === 'coupon' ? use : units;
}

// --- price and payment --------------------------------------------------------------------------------------

function pricingDebts(state: OrderState): Effect[] {
  if (state.stage !== 'quote') return [];
  const { place, hold, lines, codes, id } = state;
  const command: AskQuote = {
    type: 'quote',
    orderId: id.id,
    currency: place!.currency,
    lines: lines.map(({ sku, quantity, prices }) => ({ sku, quantity, ...(prices === undefined ? {} : { prices }) })),
    codes,
    destination: place!.shippingAddress,
    shippingMethod: place!.shippingMethod,
    allocations: hold.allocations,
    at: hold.heldAt,
    ...(place!.agreed === undefined ? {} : { agreed: place!.agreed }),
  };
  return [owed(state, `quote:${hold.number}`, 'pricing', id.id, command)];
}

function paymentDebts(state: OrderState): Effect[] {
  const command = paymentCommandOf(state);
  const asked = command === null ? [] : [owed(state, `${command.type}:${state.payment.step}`, 'payments', state.id.id, command)];
  return [...asked, ...refundDebts(state)];
}

function paymentCommandOf(state: OrderState): PaymentCommand | null {
  const { payment, place, quote, id } = state;
  const { step: attempt, intentId } = payment;
  const shared = { orderId: id.id, attempt, account: place!.account };
  if (payment.status === 'creating') {
    const amountMinor = totalOf(state);
    return { type: 'createIntent', ...shared, amountMinor, currency: quote!.currency, feeMinor: feeOf(amountMinor, place!.feeMillionths) };
  }
  if (intentId === null) return null;
  switch (payment.status) {
    case 'confirming':
      return { type: 'confirm', ...shared, intentId, paymentMethod: payment.method, returnUrl: payment.returnUrl };
    case 'requires_action':
    case 'processing':
      return payment.looking ? { type: 'retrieve', ...shared, intentId } : null;
    case 'verifying':
      return { type: 'retrieve', ...shared, intentId };
    case 'capturing':
      return payment.dueAt === null ? { type: 'capture', ...shared, intentId, amountMinor: totalOf(state) } : null;
    case 'voiding':
      return payment.dueAt === null ? { type: 'void', ...shared, intentId } : null;
    default:
      return null;
  }
}

/** Exact for every amount, rounded in favour of the store. */
function feeOf(amountMinor: number, feeMillionths: number): number {
  return Number((BigInt(amountMinor) * BigInt(feeMillionths)) / 1_000_000n);
}

function refundDebts(state: OrderState): Effect[] {
  const { payment, place, id } = state;
  const open = state.refunds.filter(({ status, dueAt }) => status === 'asked' && dueAt === null);
  return open.map(({ refundId, step, amountMinor, of }) => {
    const { intentId, account } = of ?? { intentId: payment.intentId!, account: place!.account };
    const command: PaymentCommand = { type: 'refund', orderId: id.id, refundId, attempt: step, intentId, account, amountMinor };
    return owed(state, `refund:${step}`, 'payments', id.id, command);
  });
}

// --- number, goods ------------------------------------------------------------------------------------------

function numberDebts(state: OrderState): Effect[] {
  const { id, number } = state;
  const owe = (name: string, command: StoreCommand): Effect[] => [owed(state, name, 'store', id.store, command)];
  if (state.stage === 'number') return owe('takeNumber', { type: 'takeNumber', orderId: id.id });
  return number === null || state.numberNoted ? [] : owe('noteNumber', { type: 'noteNumber', orderId: id.id, number });
}

/** E3 */
function goodsDebts(state: OrderState): Effect[] {
  const debts: Effect[] = [];
  const { id } = state;
  const holdId = holdIdOf(state);
  const owe = (name: string, sku: string, command: StockCommand): number => debts.push(owed(state, name, 'stock', sku, command));
  if (state.shipments.length > 0) {
    const known = new Map(state.booked.map(({ sku, quantity }) => [sku, quantity]));
    for (const [sku, total] of shippedUnits(state)) {
      if ((known.get(sku) ?? 0) >= total) continue;
      const commandId = `${id.id}:fulfil:${total}:${sku}`;
      owe(`fulfil:${total}:${sku}`, sku, { type: 'fulfil', holdId, shippedTotal: total, commandId, fingerprint: commandId });
    }
  }
  for (const { receipt, lines, location, condition } of state.restocks)
    for (const { sku, quantity } of lines) {
      const commandId = `${id.id}:return:${receipt}:${sku}`;
      owe(`return:${receipt}:${sku}`, sku, { type: 'return', location, quantity, condition, holdId, commandId, fingerprint: commandId });
    }
  return debts;
}

export function answered(effect: Effect, outcome: EffectOutcome): OrderCommand {
  return { type: 'stepAnswered', effectId: effect.id, outcome };
}

/** The next instant at which `tick` has something to do. */
export function deadline(state: OrderState): Instant | null {
  const instants: (Instant | null)[] = [state.giveUpAt, payDeadline(state), state.payment.dueAt];
  for (const { status, dueAt } of state.refunds) if (status === 'asked') instants.push(dueAt);
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** Once the last look is on its way, only `giveUpAt` counts. */
function payDeadline(state: OrderState): Instant | null {
  return state.stage === 'buyer' && !state.payment.lastLook ? state.payBy : null;
}
