/** One order with the tiny outside around it, placed and asked for: what the stories of going back and of coming again begin with. Used by tests alone. */
import { expect } from 'vitest';
import { orderDefinition, type OrderCommand, type OrderReply } from './index.ts';
import { buyer, OrderUnderTest, place, said, startedAt } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { settle, World, type Card } from './world.fixture.ts';

export const at = startedAt;
export const giveUpAt = at + orderLimits.holdTtlMs - orderLimits.commitMarginMs;
export const payBy = giveUpAt - orderLimits.lastLookMs;
export const tick = { type: 'tick' } as const;

export interface Shop {
  readonly order: OrderUnderTest;
  readonly world: World;
}

/** Placed, and all that is owed asked for, except debts whose id begins with one of `except`. */
export function shop(
  card: Card = 'good',
  over: Parameters<typeof place>[0] = {},
  prepare: (world: World) => void = () => {},
  except: string[] = [],
): Shop {
  const [order, world] = [new OrderUnderTest(), new World({ pm_card_visa: card, secure: 'secure', declined: 'declined' })];
  prepare(world);
  order.send(place(over), at);
  settle(order, world, at, except);
  return { order, world };
}

export function shownOf({ order }: Shop): OrderReply {
  const decision = order.send({ type: 'read', buyer: null }, at);
  if (decision.kind !== 'accepted' || decision.reply.type !== 'order') throw new Error(`the order cannot be read: ${said(decision)}`);
  return decision.reply;
}

export function pass({ order, world }: Shop, now: number, except: readonly string[] = []): void {
  order.send(tick, now);
  settle(order, world, now, except);
}

/** Nothing of the order is left outside. */
export function expectNothingLeft({ order, world }: Shop): void {
  expect(order.owed()).toEqual([]);
  expect(orderDefinition.deadline(order.state)).toBeNull();
  expect(Object.fromEntries(world.available)).toEqual({ A: 5, B: 5 });
  expect(world.uses.get('TEN')).toBe(1);
  expect(world.keptMinor()).toBe(0);
  expect(world.cart).toBe('open');
  expect([...world.intents.values()].every(({ status }) => status === 'voided' || status === 'captured')).toBe(true);
}

export const fromCart = { cartId: 'cart_1', lines: [] };
export const keeping = { keepsUnitsOnDecline: true };
export const pay = (paymentMethod = 'good', commandId = 'p1'): OrderCommand => ({
  type: 'pay',
  commandId,
  fingerprint: paymentMethod,
  buyer,
  paymentMethod,
  returnUrl: null,
});
export const cancel: OrderCommand = { type: 'cancel', commandId: 'c1', fingerprint: 'f', buyer, reason: 'no' };
