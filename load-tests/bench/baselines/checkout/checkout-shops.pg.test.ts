/** That the checkouts we compare ourselves with sell what they have, charge once, and write down both. Does not prove that they are fast. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStripeSimulator, type StripeSimulator } from '../../../../engines/stripe/index.ts';
import { type TestDatabase, testDatabase } from '../../../../testing/postgres.ts';
import { temporaryFolder } from '../../../../testing/temporary-folder.ts';
import { findRedisServer, type RedisServer, startRedis } from '../redis/server.ts';
import { type CheckoutOutcome, type CheckoutShop, goodCard, type Order } from './checkout-shop.ts';
import { openLockedCheckout } from './locked-checkout.ts';
import { readCheckoutBooks } from './schema.ts';
import { openSerializableCheckout } from './serializable-checkout.ts';
import { stripeTill, type Till } from './till.ts';

const units = 20;
const buyers = 200;
const declinedCard = 'pm_card_visa_chargeDeclined';

let database: TestDatabase;
let simulator: StripeSimulator;
let till: Till;
let redis: RedisServer | null = null;
let orders = 0;
const folder = temporaryFolder();

beforeAll(async () => {
  database = await testDatabase();
  simulator = await startStripeSimulator({ port: 0 });
  till = stripeTill(simulator.port, 16);
  if (findRedisServer() !== null) redis = await startRedis(folder.path);
});

afterAll(async () => {
  till.close();
  await simulator.stop();
  await redis?.stop();
  await database[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const url = () => database.url('owner');
const kinds = [
  { name: 'SERIALIZABLE', needsRedis: false, open: (sessions: number) => openSerializableCheckout(url(), till, sessions) },
  { name: 'lock in Redis', needsRedis: true, open: (sessions: number) => openLockedCheckout(url(), redis?.port ?? 0, till, sessions) },
].filter(({ needsRedis }) => !needsRedis || findRedisServer() !== null);

function orderOf(more: Partial<Order> = {}): Order {
  orders += 1;
  return { key: `key-${orders}`, buyer: `buyer_${orders}`, sku: 1, card: goodCard, ...more };
}

async function placeAll(shop: CheckoutShop, placed: readonly Order[]): Promise<ReadonlyMap<string, CheckoutOutcome>> {
  return new Map(await Promise.all(placed.map(async (order) => [order.buyer, await shop.checkOut(order)] as const)));
}

/** Money taken since, by what it was asked for. */
function taken(before: number): number {
  return simulator.control
    .payments()
    .slice(before)
    .filter(({ status }) => status === 'succeeded').length;
}

describe.each(kinds)('a checkout with $name', ({ open }) => {
  it.each([1, 8])(
    'sells every unit once, charges each buyer once, and numbers each order once, over %i sessions',
    { timeout: 120_000 },
    async (sessions) => {
      const shop = await open(sessions);
      const paymentsBefore = simulator.control.payments().length;
      try {
        await shop.restock({ skus: 1, unitsEach: units });
        const told = await placeAll(
          shop,
          Array.from({ length: buyers }, () => orderOf()),
        );
        const confirmed = [...told].filter(([, outcome]) => outcome === 'confirmed').map(([buyer]) => buyer);
        expect(confirmed).toHaveLength(units);
        expect([...told.values()].filter((outcome) => outcome === 'sold_out')).toHaveLength(buyers - units);
        const books = await readCheckoutBooks(url());
        expect([...books.available]).toEqual([[1, 0]]);
        expect(books.orders.map(({ buyer }) => buyer).sort()).toEqual(confirmed.sort());
        expect(books.orders.every(({ status, units: sold, paymentId }) => status === 'confirmed' && sold === 1 && paymentId !== null)).toBe(
          true,
        );
        expect(new Set(books.orders.map(({ number }) => number)).size).toBe(units);
        expect(books.announced).toBe(units);
        expect(taken(paymentsBefore)).toBe(units);
      } finally {
        await shop.close();
      }
    },
  );

  it('a card that is declined costs nobody a unit', { timeout: 60_000 }, async () => {
    const shop = await open(4);
    try {
      await shop.restock({ skus: 2, unitsEach: units });
      const told = await placeAll(
        shop,
        Array.from({ length: 30 }, (_, index) => orderOf({ sku: 1 + (index % 2), card: index % 3 === 0 ? declinedCard : goodCard })),
      );
      expect([...told.values()].filter((outcome) => outcome === 'declined')).toHaveLength(10);
      const { available, orders: kept } = await readCheckoutBooks(url());
      expect([...available.values()].reduce((sum, left) => sum + left, 0)).toBe(2 * units - 20);
      expect(kept.filter(({ status }) => status === 'confirmed')).toHaveLength(20);
    } finally {
      await shop.close();
    }
  });

  it('the same key is the same order, and is paid once', { timeout: 60_000 }, async () => {
    const shop = await open(4);
    const paymentsBefore = simulator.control.payments().length;
    try {
      await shop.restock({ skus: 1, unitsEach: units });
      const order = orderOf();
      expect(await shop.checkOut(order)).toBe('confirmed');
      expect(await shop.checkOut(order)).toBe('confirmed');
      const { available, orders: kept } = await readCheckoutBooks(url());
      expect([available.get(1), kept.length, taken(paymentsBefore)]).toEqual([units - 1, 1, 1]);
    } finally {
      await shop.close();
    }
  });
});
