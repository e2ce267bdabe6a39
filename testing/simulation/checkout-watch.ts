/**
 * What is looked at while orders are under way, in the moment it becomes durable or reaches the payment provider.
 * It knows the names of events and nothing of how an order decides: what must have happened before what stands here.
 *
 * W1. An intent is confirmed only when its creation stands in the order's log (never money without an intent).
 * W2. Money is taken only when the confirmation of the order stands in the log; the number is taken only when its commit does.
 * W3. An order goes to be paid only while a hold of its own lives.
 * W4. An order is confirmed once, under one number.
 */
import { actorKey, multiLineHoldId, oneLineHoldId } from '../../actors/kernel/index.ts';
import type { StockState } from '../../actors/stock/index.ts';
import type { PaymentStep } from '../../services/payments/port.ts';
import type { FoldedActor, LogFold, Logged } from './log-fold.ts';
import type { PaymentCall } from './outside.ts';
import { hold } from './violation.ts';

type Fields = Readonly<Record<string, unknown>>;

const takesNext: ReadonlySet<string> = new Set(['order.placed', 'order.cart_opened', 'order.hold_asked_again', 'order.rescued']);
const paysNext: ReadonlySet<string> = new Set(['payment.created', 'payment.retried', 'order.hold_extended']);

export class CheckoutWatch {
  readonly #fold: LogFold;

  constructor(fold: LogFold) {
    this.#fold = fold;
  }

  /** An event that has just landed, applied already. */
  landed(actor: FoldedActor, { event }: Logged): void {
    const { kind, store } = actor.id;
    const fields = event as unknown as Fields;
    if (kind === 'store' && event.type === 'numberTaken') this.#checkNumber(store, String(fields['orderId']), Number(fields['number']));
    if (kind !== 'order') return;
    if (paysNext.has(event.type) && isGoingForward(actor)) this.#checkLiveHold(actor, event.type);
    if (event.type === 'order.confirmed') {
      const times = eventsOf(actor, 'order.confirmed').length;
      hold(times === 1, 'orders', () => `${actorKey(actor.id)} is confirmed ${times} times`);
    }
  }

  /** A call has reached the payment provider. */
  asked(call: PaymentCall, ask: PaymentStep): void {
    const order = this.#fold.actor(`order/${ask.store}/${ask.orderId}`);
    hold(order !== undefined, 'payments', () => `${call} was asked for ${ask.orderId}, of which the log knows nothing`);
    if (call === 'confirm') {
      const { intentId } = ask as PaymentStep & { readonly intentId: string };
      const isKnown = eventsOf(order, 'payment.created').some((created) => created['intentId'] === intentId);
      hold(isKnown, 'payments', () => `${intentId} is to be paid, but the log of ${ask.orderId} does not know it`);
    }
    if (call === 'capture')
      hold(isThere(order, 'order.confirmed'), 'payments', () => `the money of ${ask.orderId} is taken before the order is confirmed`);
  }

  #checkNumber(store: string, orderId: string, number: number): void {
    const order = this.#fold.actor(`order/${store}/${orderId}`);
    const isCommitted = order !== undefined && isThere(order, 'order.committed');
    hold(isCommitted, 'orders', () => `${orderId} takes number ${number} of ${store} before its units are committed`);
  }

  #checkLiveHold(order: FoldedActor, what: string): void {
    const statuses = this.#holdsOf(order);
    const { id } = order.id;
    hold(statuses.includes('held'), 'orders', () => `${id} is to be paid (${what}), but its holds are ${statuses.join(', ') || 'none'}`);
  }

  /** What its holds are, over several lines and of one line: no more than it ever began to take. */
  #holdsOf(order: FoldedActor): readonly string[] {
    const { store, id } = order.id;
    const takings = order.logged.filter(({ event: { type } }) => takesNext.has(type)).length;
    const allocations = eventsOf(order, 'order.held').flatMap((held) => held['allocations'] as readonly { readonly sku: string }[]);
    const skus = [...new Set(allocations.map(({ sku }) => sku))];
    return Array.from({ length: takings }, (_, index) => (index === 0 ? '' : `-${index + 1}`)).flatMap((taking) => {
      const name = `${id.replace(/^order_/, '')}${taking}`;
      const several = this.#fold.actor(`hold/${store}/${multiLineHoldId(name)}`)?.state as Fields | undefined;
      const oneLine = skus.map((sku) => {
        const stock = this.#fold.actor(`stock/${store}/${sku}`)?.state as StockState | undefined;
        return stock?.holds?.lines.get(oneLineHoldId(name, sku))?.status;
      });
      return [several?.['status'], ...oneLine].filter((status) => status !== undefined).map(String);
    });
  }
}

function isGoingForward(order: FoldedActor): boolean {
  const last = order.logged.findLast(({ event: { type } }) => ['order.placed', 'order.refused', 'order.canceled'].includes(type));
  return last?.event.type === 'order.placed';
}

function eventsOf(actor: FoldedActor, type: string): Fields[] {
  return actor.logged.filter(({ event }) => event.type === type).map(({ event }) => event as unknown as Fields);
}

function isThere(actor: FoldedActor, type: string): boolean {
  return actor.logged.some(({ event }) => event.type === type);
}
