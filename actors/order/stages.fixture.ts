/** One order in every stage and state of payment there is, made by the commands that lead there. Used by tests alone. */
import type { Instant } from '../kernel/index.ts';
import { orderDefinition, type OrderCommand } from './index.ts';
import { buyer, OrderUnderTest, place, startedAt } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { settle, World } from './world.fixture.ts';

export interface Staged {
  readonly order: OrderUnderTest;
  readonly world: World;
  readonly at: Instant;
}

const at = startedAt;
const cards = { good: 'good', secure: 'secure', declined: 'declined', slow: 'slow' } as const;
const shortlyBeforeEnd = at + orderLimits.holdTtlMs - orderLimits.commitMarginMs - orderLimits.lastLookMs - 1_000;

/** Everything is answered except debts whose id begins with one of `except`. */
function after(except: readonly string[], over: Parameters<typeof place>[0] = {}): Staged {
  const [order, world] = [new OrderUnderTest(), new World(cards)];
  order.send(place(over), at);
  settle(order, world, at, except);
  return { order, world, at };
}

function then(staged: Staged, command: OrderCommand, except: readonly string[] = [], later = staged.at): Staged {
  staged.order.send(command, later);
  settle(staged.order, staged.world, later, except);
  return { ...staged, at: later };
}

/** One debt alone is answered. */
function answer(staged: Staged, step: string): Staged {
  const debt = staged.order.debt(step);
  staged.order.send(orderDefinition.answered(debt, staged.world.ask(debt, staged.at)), staged.at);
  return staged;
}

const keeping = { paymentMethod: 'declined', keepsUnitsOnDecline: true };
const withCart = { cartId: 'cart_1', lines: [] };
const pay: OrderCommand = { type: 'pay', commandId: 'p1', fingerprint: 'f', buyer, paymentMethod: 'good', returnUrl: null };
const cancel: OrderCommand = { type: 'cancel', commandId: 'c1', fingerprint: 'f', buyer, reason: 'no' };
const once = (commandId: string) => ({ commandId, fingerprint: 'f' });
const ship = (quantity: number): OrderCommand => ({
  type: 'fulfil',
  ...once(`ship${quantity}`),
  lines: [{ sku: 'A', quantity }],
  tracking: null,
});
const shipAll: OrderCommand = { type: 'fulfil', ...once('shipAll'), lines: null, tracking: null };
const requestBack: OrderCommand = { type: 'requestReturn', ...once('back'), buyer, lines: [{ sku: 'A', quantity: 1 }], reason: 'small' };
const deadlinePassed = { type: 'tick' } as const;

function expired(staged: Staged, except: readonly string[] = []): Staged {
  const end = at + orderLimits.holdTtlMs - orderLimits.commitMarginMs;
  staged.order.send({ type: 'tick' }, end - orderLimits.lastLookMs);
  return then({ ...staged, at: end }, deadlinePassed, except);
}

function captureRefused(): Staged {
  const staged = after(['capture', 'noteNumber']);
  staged.world.capturesRefused = 1;
  return answer(staged, 'capture');
}

function verifying(): Staged {
  const staged = expired(after([], { paymentMethod: 'secure' }));
  const outcome = { kind: 'authorised', intentId: 'pi_1', amountMinor: 3_500 } as const;
  return then(staged, { type: 'paymentNews', eventId: 'evt_late', outcome }, ['retrieve']);
}

function rescuing(): Staged {
  const staged = expired(after([], { paymentMethod: 'secure' }), ['void']);
  staged.world.act('pi_1', 'captured');
  return then(staged, { type: 'paymentNews', ...staged.world.news.at(-1)! }, ['take']);
}

/** The buyer's bank sends the newest refund back, and the order hears of it. */
function returned(staged: Staged): Staged {
  staged.world.returnRefund('pi_1', staged.order.state.refunds.at(-1)!.refundId);
  return then(staged, { type: 'paymentNews', ...staged.world.news.at(-1)! });
}

const giveBack: OrderCommand = { type: 'refund', ...once('giveBack'), amountMinor: 500, reason: 'sorry' };

export const stages = {
  none: () => ({ order: new OrderUnderTest(), world: new World(), at }),
  cart: () => after(['begin'], withCart),
  hold: () => after(['take']),
  quote: () => after(['quote']),
  intent: () => after(['createIntent']),
  confirm: () => after(['confirm']),
  requiresAction: () => after([], { paymentMethod: 'secure' }),
  processing: () => after([], { paymentMethod: 'slow' }),
  declined: () => after([], keeping),
  extend: () => then(after([], keeping), pay, ['extend'], shortlyBeforeEnd),
  commit: () => after(['commit']),
  number: () => after(['takeNumber']),
  capturing: () => after(['capture']),
  captureRefused,
  confirmed: () => after([]),
  free: () => {
    const staged = { order: new OrderUnderTest(), world: new World(), at };
    staged.world.discountMinor = 10_000;
    return then(staged, place());
  },
  partlyShipped: () => then(after([]), ship(1)),
  shipped: () => then(after([]), shipAll),
  delivered: () => then(then(after([]), shipAll), { type: 'deliver', ...once('deliver'), shipmentId: 'shipment_1' }),
  returning: () => then(then(after([]), shipAll), requestBack),
  undoing: () => then(after(['createIntent']), { type: 'tick' }, ['createIntent'], at + orderLimits.holdTtlMs),
  declining: () => after(['void'], { paymentMethod: 'declined' }),
  refused: () => after([], { paymentMethod: 'declined' }),
  voiding: () => expired(after([], { paymentMethod: 'secure' }), ['void']),
  failed: () => expired(after([], { paymentMethod: 'secure' })),
  canceling: () => then(after([]), cancel, ['refund']),
  canceled: () => then(after([]), cancel),
  refundReturned: () => returned(then(after([]), giveBack)),
  returnedAfterEnd: () => returned(then(after([]), cancel)),
  verifying,
  rescuing,
} satisfies Record<string, () => Staged>;

export type StageName = keyof typeof stages;
