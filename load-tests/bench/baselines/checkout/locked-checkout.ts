/**
 * The checkout with a lock in Redis: look into Redis, lock the product, decrement and place the order in one Postgres
 * transaction, write the new number to Redis, unlock; then charge the card and confirm the order.
 *
 * As its best advocate would write it: the lock is held only while the unit is taken, not while the card is charged; the
 * order waits for its money as `pending`. Both transactions are one prepared statement each, and those that confirm do
 * not keep those under the lock waiting for a session. The rest is as in `../redis/product-locks.ts`.
 *
 * L1. A card that is declined gives the unit back, in Postgres and in Redis.
 */
import { ProductLocks } from '../redis/product-locks.ts';
import { Sessions } from '../postgres/sessions.ts';
import type { CheckoutOutcome, CheckoutShop, Order } from './checkout-shop.ts';
import { currency, makeCheckoutTables, restockVariants } from './schema.ts';
import type { Till } from './till.ts';

const place = {
  name: 'place',
  text: `with known as (
      select status from baseline.orders where idempotency_key = $2
    ), taken as (
      update baseline.variants set available = available - 1
      where sku = $1 and available >= 1 and not exists (select from known)
      returning available, price_minor, title
    ), placed as (
      insert into baseline.orders (idempotency_key, buyer, status, total_minor, currency)
      select $2, $3, 'pending', price_minor, $4 from taken
      returning order_id
    ), items as (
      insert into baseline.order_items (order_id, sku, title, quantity, price_minor)
      select order_id, $1, title, 1, price_minor from placed, taken
    )
    select placed.order_id, taken.available, taken.price_minor, known.status
    from (select) as one left join placed on true left join taken on true left join known on true`,
};
const confirm = {
  name: 'confirm',
  text: `with confirmed as (
      update baseline.orders set status = 'confirmed', payment_id = $2, number = nextval('baseline.order_numbers')
      where order_id = $1 and status = 'pending'
      returning order_id, number, buyer
    ), cleared as (
      delete from baseline.carts using confirmed where carts.buyer = confirmed.buyer
    )
    insert into baseline.outbox (name, body)
    select 'order.created', jsonb_build_object('orderId', order_id, 'number', number) from confirmed`,
};
const giveBack = {
  name: 'give_back',
  text: `with declined as (
      update baseline.orders set status = 'declined' where order_id = $1 and status = 'pending' returning order_id
    )
    update baseline.variants set available = available + 1 where sku = $2 and exists (select from declined) returning available`,
};

interface Placed {
  readonly order_id: string | null;
  readonly available: string | null;
  readonly price_minor: string | null;
  readonly status: string | null;
}

interface Shop {
  readonly locks: ProductLocks;
  readonly placing: Sessions;
  readonly confirming: Sessions;
  readonly till: Till;
}

export async function openLockedCheckout(url: string, redisPort: number, till: Till, sessionCount: number): Promise<CheckoutShop> {
  await makeCheckoutTables(url);
  const placing = await Sessions.open(url, sessionCount);
  const confirming = await Sessions.open(url, sessionCount);
  const shop: Shop = { locks: new ProductLocks(redisPort), placing, confirming, till };
  return {
    async restock(stock) {
      await restockVariants(url, stock);
      await shop.locks.restock(stock);
    },
    checkOut: (order) => checkOut(shop, order),
    async close() {
      await placing.close();
      await confirming.close();
      shop.locks.close();
    },
  };
}

async function checkOut(shop: Shop, order: Order): Promise<CheckoutOutcome> {
  const placed = await placeUnderLock(shop, order);
  if (placed === null) return 'sold_out';
  if (placed.order_id === null || placed.price_minor === null) return outcomeOf(placed.status);
  const { order_id: orderId } = placed;
  const paid = await shop.till.pay(order.key, Number(placed.price_minor), order.card);
  if (paid.kind === 'declined') {
    await takeBackUnderLock(shop, orderId, order.sku); // L1
    return 'declined';
  }
  await shop.confirming.use((session) => session.query({ ...confirm, values: [orderId, paid.paymentId] }));
  return 'confirmed';
}

/** Null: Redis says that there is nothing left. */
async function placeUnderLock({ locks, placing }: Shop, { key, buyer, sku }: Order): Promise<Placed | null> {
  let placed: Placed | null = null;
  await locks.whileLocked(sku, async (left) => {
    if (left !== null && left < 1) return null;
    const { rows } = await placing.use((session) => session.query<Placed>({ ...place, values: [sku, key, buyer, currency] }));
    placed = rows[0] ?? null;
    return rows[0]?.available === undefined || rows[0].available === null ? null : Number(rows[0].available);
  });
  return placed;
}

async function takeBackUnderLock({ locks, confirming }: Shop, orderId: string, sku: number): Promise<void> {
  await locks.whileLocked(sku, async () => {
    const { rows } = await confirming.use((session) => session.query<{ available: string }>({ ...giveBack, values: [orderId, sku] }));
    return rows[0] === undefined ? null : Number(rows[0].available);
  });
}

/** Of an order that this key has made before, or of none. */
function outcomeOf(status: string | null): CheckoutOutcome {
  switch (status) {
    case null:
      return 'sold_out';
    case 'confirmed':
      return 'confirmed';
    case 'declined':
      return 'declined';
    default:
      return 'in_progress';
  }
}
