/**
 * The books of all orders, closed when nothing is under way any more: what orders say of themselves, what the payment
 * provider, the coupons and the stores say, and what clients were told on the way must be one story.
 *
 * Works from answers and from the provider's totals; shares no code with the actors.
 *
 * B1. Money: every payment was captured or voided; what was kept of an order is what the order says, all of it for a
 *     confirmed order, nothing for any other.
 * B2. Numbers: those of a store are 1 to n, each once, and the store has nothing on its way.
 * B3. Codes: at most as many uses as there are, and exactly those of orders that stand.
 * B4. A cart that is ordered belongs to one order, which has its number; no cart is left in a checkout.
 * B5. What a client was told stays true: numbers, money, shipments and ends; and who was told "no" has no order, unless
 *     somebody asked again.
 * B6. Every order has ended, or stands confirmed.
 * B7. An order is placed again only by who named that try, however often and late the messages of others come.
 */
import { actorKey } from '../../actors/kernel/index.ts';
import type { CartReply } from '../../actors/cart/index.ts';
import type { CouponReply } from '../../actors/coupon/index.ts';
import type { OrderReply } from '../../actors/order/index.ts';
import type { StoreReply } from '../../actors/store/index.ts';
import type { AnswerPosition } from '../../runtime/router/port.ts';
import type { PaymentTotals } from '../../services/payments/memory.ts';
import type { Act, Verdict } from './acts.ts';
import type { LogFold, Logged } from './log-fold.ts';
import { hold } from './violation.ts';

export interface LastRead {
  readonly act: Act;
  readonly verdict: Verdict;
}

interface Order {
  readonly store: string;
  readonly reply: OrderReply;
}

/** What clients were told of one order, as far as it must stay true. */
interface Told {
  number: number | null;
  isCanceled: boolean;
  capturedMinor: number;
  refundedMinor: number;
  shipments: number;
}

/** Orders whose units and money are spoken for. */
export const stands: ReadonlySet<string> = new Set(['confirmed', 'partially_shipped', 'shipped', 'delivered', 'returned']);
/** Refusals that are no verdict on the order: somebody else's, or one that has its own. */
const saysNothing: ReadonlySet<string> = new Set([
  'in_progress',
  'idempotency_key_reused',
  'order_unknown',
  'order_foreign',
  'order_ended',
  'attempt_over',
  'repeats_full',
]);
/** What begins a checkout anew; money that came after all is a reason, too. */
const beginsAnew: ReadonlySet<string> = new Set(['order.placed', 'payment.retried', 'order.rescued']);
const isOver: ReadonlySet<string> = new Set(['failed', 'canceled']);

export class CheckoutBooks {
  readonly #told = new Map<string, Told>();
  /** Orders that somebody asked to cancel. */
  readonly #mayBeCanceled = new Set<string>();
  /** Tries that somebody named: order and attempt. */
  readonly #named = new Set<string>();
  /** The cart that an order was placed from. */
  readonly #cartOf = new Map<string, string>();
  readonly #refusals: { readonly order: string; readonly code: string; readonly position: AnswerPosition }[] = [];
  #orders: readonly Order[] = [];

  wanted({ actor, command }: Act): void {
    if (command.type === 'place') this.#named.add(`${actorKey(actor)} ${command.attempt ?? 1}`);
    if (actor.kind === 'order' && command.type === 'cancel') this.#mayBeCanceled.add(actorKey(actor));
    if (command.type === 'place' && command.cartId !== null) this.#cartOf.set(actorKey(actor), `cart/${actor.store}/${command.cartId}`);
  }

  told({ actor, command }: Act, verdict: Verdict): void {
    if (actor.kind !== 'order') return;
    if (verdict.kind === 'refused') {
      const { code } = verdict.refusal;
      const isNo = (command.type === 'place' || command.type === 'pay') && !saysNothing.has(code);
      if (isNo) this.#refusals.push({ order: actorKey(actor), code, position: verdict.position });
      return;
    }
    const reply = verdict.reply as OrderReply;
    if (reply.type !== 'order') return;
    const before = this.#told.get(actorKey(actor));
    this.#told.set(actorKey(actor), {
      number: reply.number ?? before?.number ?? null,
      isCanceled: reply.status === 'canceled' || before?.isCanceled === true,
      // an order that failed and was placed again begins its accounts anew
      capturedMinor: reply.number === null ? 0 : Math.max(before?.capturedMinor ?? 0, reply.capturedMinor),
      refundedMinor: reply.number === null ? 0 : Math.max(before?.refundedMinor ?? 0, reply.refundedMinor),
      shipments: Math.max(before?.shipments ?? 0, reply.shipments.length),
    });
  }

  /** What the last reads said. */
  open(reads: readonly LastRead[]): void {
    this.#orders = reads.flatMap(({ act, verdict }) => {
      if (act.actor.kind !== 'order' || verdict.kind !== 'reply') return [];
      return [{ store: act.actor.store, reply: verdict.reply as OrderReply }];
    });
  }

  /** Units that stand committed for orders, of one product. */
  committedUnits(store: string, sku: string): number {
    return this.#sumOf(store, (reply) => (stands.has(reply.status) ? unitsOf(reply.lines, sku) - shippedUnits(reply, sku) : 0));
  }

  shippedUnits(store: string, sku: string): number {
    return this.#sumOf(store, (reply) => shippedUnits(reply, sku));
  }

  /** B1 to B7 */
  check(reads: readonly LastRead[], totals: readonly PaymentTotals[], fold: LogFold): void {
    const payments = grouped(totals, ({ store, orderId }) => `order/${store}/${orderId}`);
    for (const order of this.#orders) {
      checkEnd(order);
      checkMoney(order, payments.get(keyOf(order)) ?? []);
      this.#checkTold(order, hasReturned(fold.actor(keyOf(order))?.logged ?? []));
    }
    this.#checkRefusals(fold);
    this.#checkAttempts(fold);
    const known = new Set(this.#orders.map(keyOf));
    for (const key of payments.keys()) hold(known.has(key), 'payments', () => `there is a payment for ${key}, which is no order`);
    for (const { id } of fold.actors)
      if (id.kind === 'order') hold(known.has(actorKey(id)), 'orders', () => `${actorKey(id)} stands in the log, and nobody wanted it`);
    for (const { act, verdict } of reads) {
      if (verdict.kind !== 'reply') continue;
      if (act.actor.kind === 'store') this.#checkNumbers(act.actor.store, verdict.reply as StoreReply);
      if (act.actor.kind === 'cart') this.#checkCart(actorKey(act.actor), verdict.reply as CartReply);
      if (act.actor.kind === 'coupon') this.#checkUses(act.actor.store, verdict.reply as CouponReply);
    }
  }

  get replies(): readonly OrderReply[] {
    return this.#orders.map(({ reply }) => reply);
  }

  #sumOf(store: string, units: (reply: OrderReply) => number): number {
    return this.#orders.reduce((sum, order) => sum + (order.store === store ? units(order.reply) : 0), 0);
  }

  /** B7. Who pays otherwise makes an attempt, too, and has named the order. */
  #checkAttempts(fold: LogFold): void {
    for (const { id, logged } of fold.actors) {
      if (id.kind !== 'order') continue;
      const placed = logged.map(({ event }) => event).filter(({ type }) => type === 'order.placed');
      placed.forEach((event, index) => {
        const wanted = 'paidBy' in event || this.#named.has(`${actorKey(id)} ${index + 1}`);
        hold(wanted, 'orders', () => `${actorKey(id)} was placed as attempt ${index + 1}, and nobody named it`);
      });
    }
  }

  /** B2 */
  #checkNumbers(store: string, reply: StoreReply): void {
    if (reply.type !== 'store') return;
    const numbers = this.#orders.flatMap((order) => (order.store === store && order.reply.number !== null ? [order.reply.number] : []));
    const sorted = numbers.sort((one, other) => one - other);
    hold(
      sorted.every((number, index) => number === index + 1),
      'orders',
      () => `the orders of ${store} have the numbers ${sorted.join(', ')}`,
    );
    hold(
      reply.nextNumber === sorted.length + 1 && reply.onTheirWay === 0,
      'orders',
      () =>
        `${store} would give out ${reply.nextNumber} next and has ${reply.onTheirWay} on their way, with ${sorted.length} numbered orders`,
    );
  }

  /** B3 */
  #checkUses(store: string, { code, terms, held, used }: CouponReply): void {
    const users = this.#orders.filter(
      ({ store: its, reply }) => its === store && stands.has(reply.status) && reply.quote?.applied.some((applied) => applied.code === code),
    );
    hold(held === 0, 'coupons', () => `${held} uses of ${code} are still held`);
    hold(used === users.length, 'coupons', () => `${code} of ${store} was used ${used} times, by ${users.length} orders that stand`);
    hold(used <= (terms.usesMax ?? Infinity), 'coupons', () => `${code} was used ${used} times of ${terms.usesMax}`);
    for (const [buyer, theirs] of grouped(users, ({ reply }) => reply.buyer ?? ''))
      hold(
        theirs.length <= (terms.usesPerBuyerMax ?? Infinity),
        'coupons',
        () => `${buyer} used ${code} ${theirs.length} times of ${terms.usesPerBuyerMax}`,
      );
  }

  /** B5 */
  #checkRefusals(fold: LogFold): void {
    for (const { order, code, position } of this.#refusals) {
      const isLater = ({ frame, index }: Logged) => frame > position.frame || (frame === position.frame && index > position.index);
      const later = fold.actor(order)?.logged.filter(isLater) ?? [];
      const anew = later.findIndex(({ event }) => beginsAnew.has(event.type));
      const confirmed = later.findIndex(({ event }) => event.type === 'order.confirmed');
      const isTrue = confirmed < 0 || (anew >= 0 && anew < confirmed);
      hold(isTrue, 'orders', () => `a client was told ${code} of ${order}, nobody asked again, and it was confirmed`);
    }
  }

  /** B4 */
  #checkCart(cart: string, { status, orderId }: CartReply): void {
    const numbered = this.#orders.filter((order) => order.reply.number !== null && this.#cartOf.get(keyOf(order)) === cart);
    hold(status !== 'in_checkout', 'I9', () => `${cart} is still in a checkout when everything has ended`);
    const ids = numbered.map(({ reply }) => reply.orderId);
    const isRight = status === 'ordered' ? ids.length === 1 && ids[0] === orderId : ids.length === 0;
    hold(isRight, 'orders', () => `${cart} is ${status} by ${orderId}; bought from it were ${ids.join(', ') || 'none'}`);
  }

  /** B5 */
  #checkTold(order: Order, refundReturned: boolean): void {
    const { reply } = order;
    const told = this.#told.get(keyOf(order));
    if (told === undefined) return;
    const say = (what: string) => `${keyOf(order)}: ${what}`;
    hold(told.number === null || reply.number === told.number, 'orders', () =>
      say(`a client was told number ${told.number}, it is ${reply.number}`),
    );
    hold(!told.isCanceled || reply.status === 'canceled', 'orders', () => say(`a client was told it is canceled, it is ${reply.status}`));
    hold(
      told.number === null || stands.has(reply.status) || this.#mayBeCanceled.has(keyOf(order)) || reply.capturedMinor === 0,
      'orders',
      () => say(`a client was told it is confirmed, nobody canceled it, and it is ${reply.status}`),
    );
    hold(reply.capturedMinor >= told.capturedMinor, 'payments', () =>
      say(`${told.capturedMinor} was taken, now it is ${reply.capturedMinor}`),
    );
    hold(refundReturned || reply.refundedMinor >= told.refundedMinor, 'payments', () =>
      say(`${told.refundedMinor} was given back, now it is ${reply.refundedMinor}`),
    );
    hold(reply.shipments.length >= told.shipments, 'orders', () =>
      say(`${told.shipments} shipments were told, there are ${reply.shipments.length}`),
    );
  }
}

function hasReturned(logged: readonly Logged[]): boolean {
  return logged.some(({ event }) => event.type === 'refund.returned');
}

/** B6 */
function checkEnd({ reply }: Order): void {
  hold(
    stands.has(reply.status) || isOver.has(reply.status),
    'I9',
    () => `${reply.orderId} is still ${reply.status} when everything has ended`,
  );
  hold(
    stands.has(reply.status) ? reply.number !== null : reply.status === 'canceled' || reply.number === null,
    'orders',
    () => `${reply.orderId} is ${reply.status} with number ${reply.number}`,
  );
}

/** B1 */
function checkMoney({ reply }: Order, payments: readonly PaymentTotals[]): void {
  const { orderId, status, quote, capturedMinor, refundedMinor } = reply;
  for (const payment of payments)
    hold(
      payment.status === 'captured' || payment.status === 'voided',
      'payments',
      () => `${payment.intentId} of ${orderId}, which is ${status}, is ${payment.status} and has no verdict`,
    );
  const kept = payments.map((payment) => payment.capturedMinor - payment.refundedMinor);
  const keptMinor = kept.reduce((sum, each) => sum + each, 0);
  hold(kept.filter((each) => each > 0).length <= 1, 'payments', () => `${orderId} was paid more than once: ${kept.join(', ')}`);
  hold(
    keptMinor === capturedMinor - refundedMinor,
    'payments',
    () => `${orderId} says that ${capturedMinor - refundedMinor} was kept, the provider says ${keptMinor}`,
  );
  if (stands.has(status))
    hold(
      capturedMinor === (quote?.totalMinor ?? 0),
      'payments',
      () => `${orderId} is ${status} and costs ${quote?.totalMinor}, and ${capturedMinor} was taken`,
    );
  else hold(keptMinor === 0, 'payments', () => `${orderId} is ${status}, and ${keptMinor} was kept`);
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function keyOf({ store, reply }: Order): string {
  return `order/${store}/${reply.orderId}`;
}

function unitsOf(lines: readonly { readonly sku: string; readonly quantity: number }[], sku: string): number {
  return lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
}

function shippedUnits({ lines }: OrderReply, sku: string): number {
  return lines.reduce((sum, line) => sum + (line.sku === sku ? line.shipped : 0), 0);
}
