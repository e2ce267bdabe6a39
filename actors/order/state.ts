/**
 * What an order knows: what was wanted, and how far each thing outside has come (cart, hold, payment, number,
 * refunds, units at their stock). What is owed follows from these facts alone (`effects.ts`), so that going back is
 * no list of steps to remember: whatever is still out there is asked back.
 *
 * S1. The whole state is immutable: every event makes a new one. Nothing needs to be undone by hand.
 * S2. `steps` numbers everything that is asked of payments, over all attempts: no number is used twice.
 * S3. A hold is taken at most once under its id: each taking has a number of its own, also over attempts.
 * S4. Units of one SKU, and nothing else, need nobody who asks several: they are an ordinary hold of one line, asked of the
 *     SKU's `stock`. Everything else is asked of the `hold` actor.
 */
import { multiLineHoldId, oneLineHoldId, type ActorId, type Instant } from '../kernel/index.ts';
import type { LocationQuantity } from '../stock/commands.ts';
import type { LineUnits, OrderRefusal, Place, PriceChange, Tracking, WantedLine } from './commands.ts';
import type { ShippedLine } from './events.ts';
import type { PricedUnits, Quote } from './outside.ts';

/** How far the saga has come. `buyer`: a decision of the buyer or of the payment provider is awaited. */
export type Stage =
  | 'none'
  | 'cart'
  | 'hold'
  | 'quote'
  | 'intent'
  | 'confirm'
  | 'buyer'
  | 'extend'
  | 'commit'
  | 'number'
  | 'confirmed'
  | 'undoing'
  | 'failed'
  | 'canceled';

/** All lines of one SKU together. */
export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
  readonly absorbs?: string;
  readonly shownUnitPriceMinor: number | null;
  /** All of its units, where the merchant named their prices; some units cannot be priced by both. */
  readonly prices?: readonly PricedUnits[];
}

export type CartFacts = 'none' | 'opening' | 'ours' | 'closing' | 'closed';

export interface HoldFacts {
  /** Of the newest taking; 0: none yet. S3 */
  readonly number: number;
  readonly status: 'none' | 'asked' | 'held' | 'committing' | 'committed' | 'releasing' | 'giving_back' | 'released';
  readonly heldAt: Instant;
  readonly expiresAt: Instant;
  readonly allocations: readonly { readonly sku: string; readonly locations: readonly LocationQuantity[] }[];
  /** S4: of one line, and what says until when it may be taken; absent: the `hold` actor is asked. */
  readonly oneLine?: { readonly sku: string; readonly notAfter: Instant };
  /** While `giving_back`, and of codes that did nothing while `committed`: who has not answered. */
  readonly left: readonly { readonly kind: 'stock' | 'coupon'; readonly sku: string }[];
}

export interface PaymentFacts {
  readonly status:
    | 'none'
    | 'creating'
    | 'confirming'
    | 'requires_action'
    | 'processing'
    | 'declined'
    | 'authorised'
    | 'capturing'
    | 'captured'
    | 'voiding'
    | 'voided'
    /** News of money where none can be. */
    | 'verifying';
  readonly intentId: string | null;
  /** Number of the newest thing asked. S2 */
  readonly step: number;
  readonly method: string;
  readonly returnUrl: string | null;
  readonly action: { readonly redirectUrl: string; readonly clientSecret: string } | null;
  readonly decline: { readonly decline: string; readonly message: string } | null;
  /** While it waits for the buyer: whether what became of it is being asked. */
  readonly looking: boolean;
  /** It was asked for the last time. */
  readonly lastLook: boolean;
  /** When to ask next; null: now, or nothing to ask. */
  readonly dueAt: Instant | null;
  /** Refusals, or questions without a verdict, in a row. */
  readonly tries: number;
  readonly capturedMinor: number;
}

export interface RefundFacts {
  readonly refundId: string;
  readonly status: 'asked' | 'done' | 'failed';
  readonly amountMinor: number;
  readonly reason: string;
  readonly whole: boolean;
  readonly step: number;
  readonly tries: number;
  readonly dueAt: Instant | null;
  readonly askedAt: Instant;
  readonly doneAt: Instant | null;
  readonly failedAt?: Instant;
  /** How often it was made and came back, since somebody asked for it. */
  readonly returns?: number;
  /** Of a payment of an attempt before this one; absent: of this one's. */
  readonly of?: { readonly intentId: string; readonly account: string | null };
}

export interface ShipmentFacts {
  readonly shipmentId: string;
  readonly lines: readonly ShippedLine[];
  readonly tracking: Tracking | null;
  readonly shippedAt: Instant;
  readonly deliveredAt: Instant | null;
}

export interface ReturnFacts {
  readonly returnId: string;
  readonly lines: readonly LineUnits[];
  readonly received: readonly LineUnits[];
  readonly reason: string;
  readonly refundMinor: number;
  readonly requestedAt: Instant;
}

/** Units that came back; their SKUs' stock is told. */
export interface ReceiptFacts {
  readonly receipt: number;
  readonly returnId: string;
  readonly lines: readonly LineUnits[];
  readonly location: string;
  readonly condition: 'restock' | 'damaged';
}

export interface OrderState {
  readonly id: ActorId;
  readonly version: number;
  readonly stage: Stage;
  readonly attempt: number;
  readonly place: Place | null;
  /** Through which earlier attempts were paid, where it is another than the newest one's; absent: none. Bounded by the tries. */
  readonly accountsBefore?: readonly (string | null)[];
  readonly placedAt: Instant;
  /** Of the newest attempt. */
  readonly startedAt: Instant;
  readonly lines: readonly OrderLine[];
  readonly codes: readonly string[];
  readonly cart: CartFacts;
  readonly hold: HoldFacts;
  readonly quote: Quote | null;
  readonly changed: readonly PriceChange[];
  readonly payment: PaymentFacts;
  readonly steps: number;
  readonly number: number | null;
  readonly numberNoted: boolean;
  readonly confirmedAt: Instant | null;
  /** Who waits for a verdict. */
  readonly waitingTicket: string | null;
  /** The newest command that paid. */
  readonly payCommandId: string | null;
  /** All that ever paid, oldest first: none pays twice. Bounded by the tries. */
  readonly payCommands: readonly { readonly commandId: string; readonly fingerprint: string | null }[];
  /** Payments that were tried with the provider, over all attempts. */
  readonly paymentTries: number;
  /** The saga goes back at this instant; null: it cannot any more. */
  readonly giveUpAt: Instant | null;
  readonly payBy: Instant | null;
  /** Where the saga ends when it goes back. */
  readonly goal: 'failed' | 'canceled' | null;
  readonly refusal: OrderRefusal | null;
  /** Units were taken again for late money: not a second time. */
  readonly rescued: boolean;
  readonly refunds: readonly RefundFacts[];
  readonly shipments: readonly ShipmentFacts[];
  /** Units of each SKU that its stock knows to have left. */
  readonly booked: readonly LineUnits[];
  readonly returns: readonly ReturnFacts[];
  readonly receipts: number;
  /** Receipts with a SKU whose stock has not answered. */
  readonly restocks: readonly ReceiptFacts[];
  /** Oldest first. */
  readonly remembered: readonly { readonly commandId: string; readonly fingerprint: string; readonly at: Instant }[];
  readonly newsSeen: readonly string[];
}

export const noHold: HoldFacts = { number: 0, status: 'none', heldAt: 0, expiresAt: 0, allocations: [], left: [] };

export const noPayment: PaymentFacts = {
  status: 'none',
  intentId: null,
  step: 0,
  method: '',
  returnUrl: null,
  action: null,
  decline: null,
  looking: false,
  lastLook: false,
  dueAt: null,
  tries: 0,
  capturedMinor: 0,
};

export function initialState(id: ActorId): OrderState {
  return {
    id,
    version: 0,
    stage: 'none',
    attempt: 0,
    place: null,
    placedAt: 0,
    startedAt: 0,
    lines: [],
    codes: [],
    cart: 'none',
    hold: noHold,
    quote: null,
    changed: [],
    payment: noPayment,
    steps: 0,
    number: null,
    numberNoted: false,
    confirmedAt: null,
    waitingTicket: null,
    payCommandId: null,
    payCommands: [],
    paymentTries: 0,
    giveUpAt: null,
    payBy: null,
    goal: null,
    refusal: null,
    rescued: false,
    refunds: [],
    shipments: [],
    booked: [],
    returns: [],
    receipts: 0,
    restocks: [],
    remembered: [],
    newsSeen: [],
  };
}

/** S3. The first one has the order's own uuid. */
export function holdIdOf(state: OrderState): string {
  const { number, oneLine } = state.hold;
  const uuid = state.id.id.replace(/^order_/, '');
  const name = number <= 1 ? uuid : `${uuid}-${number}`;
  return oneLine === undefined ? multiLineHoldId(name) : oneLineHoldId(name, oneLine.sku);
}

/** S4. What it would take over is with the `hold` actor, which gives it back. */
export function isOneLine(lines: readonly OrderLine[], codes: readonly string[]): boolean {
  return lines.length === 1 && lines[0]!.absorbs === undefined && codes.length === 0;
}

export function isFinal(stage: Stage): boolean {
  return stage === 'failed' || stage === 'canceled';
}

/** No way but forward from here on: cancelling has to wait for the confirmation. */
export function isCommitting(stage: Stage): boolean {
  return stage === 'commit' || stage === 'number';
}

export function totalOf(state: OrderState): number {
  return state.quote?.totalMinor ?? 0;
}

/** Of the newest attempt's payment: given back or on its way. */
export function refundingMinor(state: OrderState): number {
  return ownRefunds(state).reduce((sum, { status, amountMinor }) => sum + (status === 'failed' ? 0 : amountMinor), 0);
}

export function refundedMinor(state: OrderState): number {
  return ownRefunds(state).reduce((sum, { status, amountMinor }) => sum + (status === 'done' ? amountMinor : 0), 0);
}

function ownRefunds({ refunds }: OrderState): readonly RefundFacts[] {
  return refunds.filter(({ of }) => of === undefined);
}

/** What ended orders should have given back, and were refused for too long. */
export function givenUpMinor(state: OrderState): number {
  return ownRefunds(state).reduce((sum, { status, whole, amountMinor }) => sum + (status === 'failed' && whole ? amountMinor : 0), 0);
}

/** Given up or come back, and nothing was given back since: somebody has to do something. */
export function hasFailedRefund({ refunds }: OrderState): boolean {
  return refunds.some(
    ({ status, askedAt, failedAt = askedAt }) =>
      status === 'failed' && !refunds.some((other) => other.status !== 'failed' && other.askedAt > failedAt),
  );
}

export function refundableMinor(state: OrderState): number {
  return state.payment.capturedMinor - refundingMinor(state);
}

export function unitsBySku(lines: Iterable<LineUnits>): Map<string, number> {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

export function shippedUnits(state: OrderState): Map<string, number> {
  return unitsBySku(state.shipments.flatMap(({ lines }) => lines));
}

export function returnedUnits(state: OrderState): Map<string, number> {
  return unitsBySku(state.returns.flatMap(({ received }) => received));
}

/** Two lines of one SKU are one demand, in the order of their first line. Of several holds or prices the first counts. */
export function mergedLines(lines: readonly WantedLine[]): readonly OrderLine[] {
  const bySku = new Map<string, OrderLine>();
  for (const line of lines) {
    const before = bySku.get(line.sku);
    bySku.set(line.sku, before === undefined ? lineOf(line) : merged(before, lineOf(line)));
  }
  return [...bySku.values()];
}

/** What they would take over is left where it is. */
export function withoutHolds<Line extends { readonly absorbs?: string }>(lines: readonly Line[]): readonly Omit<Line, 'absorbs'>[] {
  return lines.map(({ absorbs: _, ...line }) => line);
}

function lineOf({ unitPriceMinor, ...line }: WantedLine): OrderLine {
  return unitPriceMinor === undefined ? line : { ...line, prices: [{ quantity: line.quantity, unitPriceMinor }] };
}

function merged(before: OrderLine, line: OrderLine): OrderLine {
  const absorbs = before.absorbs ?? line.absorbs;
  return {
    sku: line.sku,
    quantity: before.quantity + line.quantity,
    shownUnitPriceMinor: before.shownUnitPriceMinor ?? line.shownUnitPriceMinor,
    ...(absorbs === undefined ? {} : { absorbs }),
    ...(before.prices === undefined || line.prices === undefined ? {} : { prices: [...before.prices, ...line.prices] }),
  };
}
