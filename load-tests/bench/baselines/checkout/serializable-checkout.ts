/**
 * The checkout of the textbook: the key is looked up and noted, then one SERIALIZABLE transaction locks the variant,
 * decrements it, charges the card while the lock is held, takes the store's next order number, writes order and items, and
 * commits; afterwards the request is noted as completed, the cart is cleared, `order.created` goes out.
 *
 * As its best advocate would write it: every statement prepared; whatever needs no answer is sent without waiting; the
 * decrement is on its way while the card is charged; the note that the checkout has begun does not wait for the disk
 * (after a crash Stripe's own key settles it); completion, cart and event are part of the transaction, one commit instead
 * of four. Order numbers come from a sequence: a rolled back attempt leaves a gap, but nobody waits for a counter.
 *
 * E1. An attempt that loses a race (40001) is made again with the same key at Stripe: the card is charged once.
 * E2. A refusal and a decline leave no order, and let the key be used again.
 */
import type pg from 'pg';
import { allSettled } from '../all-settled.ts';
import { isConflict } from '../postgres/serializable.ts';
import { Sessions } from '../postgres/sessions.ts';
import type { CheckoutOutcome, CheckoutShop, Order } from './checkout-shop.ts';
import { currency, makeCheckoutTables, restockVariants } from './schema.ts';
import type { Till } from './till.ts';

const note = {
  name: 'note',
  text: `insert into baseline.checkout_requests as r (idempotency_key, status) values ($1, 'processing')
    on conflict (idempotency_key) do update set status = r.status
    returning status, xmax = 0 as is_new`,
};
const forget = { name: 'forget', text: `delete from baseline.checkout_requests where idempotency_key = $1 and status = 'processing'` };
const begin = { name: 'begin', text: 'begin isolation level serializable' };
const find = { name: 'find', text: 'select available, price_minor, title from baseline.variants where sku = $1 for update' };
const take = { name: 'take', text: 'update baseline.variants set available = available - 1 where sku = $1' };
const keep = {
  name: 'keep',
  text: `with placed as (
      insert into baseline.orders (number, idempotency_key, buyer, status, total_minor, currency, payment_id)
      values (nextval('baseline.order_numbers'), $1, $2, 'confirmed', $3, $4, $5)
      returning order_id, number
    ), items as (
      insert into baseline.order_items (order_id, sku, title, quantity, price_minor)
      select order_id, $6, $7, 1, $3 from placed
    ), completed as (
      update baseline.checkout_requests set status = 'completed', order_id = placed.order_id from placed where idempotency_key = $1
    ), cleared as (
      delete from baseline.carts where buyer = $2
    )
    insert into baseline.outbox (name, body)
    select 'order.created', jsonb_build_object('orderId', order_id, 'number', number) from placed`,
};
const commit = { name: 'commit', text: 'commit' };
const rollback = { name: 'rollback', text: 'rollback' };

const attemptsMax = 10_000;
/** Sessions that note what has begun; they never wait for the disk. */
const notingSessions = 4;

interface Variant {
  readonly available: string;
  readonly price_minor: string;
  readonly title: string;
}

export async function openSerializableCheckout(url: string, till: Till, sessionCount: number): Promise<CheckoutShop> {
  await makeCheckoutTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  const notes = await Sessions.open(url, notingSessions, '-c synchronous_commit=off');
  return {
    restock: (stock) => restockVariants(url, stock),
    async checkOut(order) {
      const { rows } = await notes.use((session) => session.query<{ status: string; is_new: boolean }>({ ...note, values: [order.key] }));
      const [noted] = rows;
      if (noted === undefined) throw new Error('a note was not kept');
      if (noted.status === 'completed') return 'confirmed';
      if (!noted.is_new) return 'in_progress';
      const outcome = await sessions.use((session) => placeOrder(session, till, order));
      if (outcome !== 'confirmed') await notes.use((session) => session.query({ ...forget, values: [order.key] })); // E2
      return outcome;
    },
    async close() {
      await sessions.close();
      await notes.close();
    },
  };
}

async function placeOrder(session: pg.Client, till: Till, order: Order): Promise<CheckoutOutcome> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    try {
      return await attemptOrder(session, till, order);
    } catch (error) {
      void session.query(rollback).catch(() => {});
      if (!isConflict(error)) throw error; // E1
    }
  }
  throw new Error(`a checkout lost ${attemptsMax} races in a row`);
}

async function attemptOrder(session: pg.Client, till: Till, { key, buyer, sku, card }: Order): Promise<CheckoutOutcome> {
  const [, found] = await allSettled([session.query(begin), session.query<Variant>({ ...find, values: [sku] })]);
  const [variant] = found.rows;
  if (variant === undefined || Number(variant.available) < 1) {
    await session.query(commit);
    return 'sold_out';
  }
  const taken = session.query({ ...take, values: [sku] });
  const [paid] = await allSettled([till.pay(key, Number(variant.price_minor), card), taken]);
  if (paid.kind === 'declined') {
    await session.query(rollback);
    return 'declined';
  }
  const order = [key, buyer, variant.price_minor, currency, paid.paymentId, sku, variant.title];
  const [, ended] = await allSettled([session.query({ ...keep, values: order }), session.query(commit)]);
  if (ended.command !== 'COMMIT') throw new Error(`the transaction ended in ${ended.command}`);
  return 'confirmed';
}
