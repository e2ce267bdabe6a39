/**
 * The feed in tables `onhand.feed_*`. Reads go as role `onhand_app` under row-level security; numbering as
 * `onhand_projector`, which sees all stores.
 *
 * G1. One transaction takes pending events, raises the counters of their stores and writes the numbered events: all
 *     of it or nothing. An advisory lock lets one process number at a time; who does not get it has nothing to do.
 * G2. Pending rows become visible in the order of their transactions, not of `arrived`. That is no gap: what is taken
 *     is taken by existing, not by being above a mark.
 */
import type pg from 'pg';
import type { Json } from '../../../actors/kernel/index.ts';
import { inStore } from '../../../runtime/postgres/in-store.ts';
import { type FeedEvent, type FeedReads, FeedUnavailable, type Numbered, type Numbering } from './port.ts';

interface EventRow {
  readonly number: string | number;
  readonly event_id: string;
  readonly type: string;
  readonly order_id: string;
  readonly at: string | number;
  readonly data: Json;
}

export class PostgresFeed implements FeedReads {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async list(storeId: string, after: number, count: number): Promise<readonly FeedEvent[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<EventRow>(
        `select number, event_id, type, order_id, at, data from onhand.feed_events
          where store_id = $1 and number > $2 order by number limit $3`,
        [storeId, after, count],
      );
      return rows.map((row) => eventOf(storeId, row));
    });
  }

  async newest(storeId: string): Promise<number> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<{ newest: string | number }>(`select newest from onhand.feed_counters where store_id = $1`, [
        storeId,
      ]);
      return Number(rows[0]?.newest ?? 0);
    });
  }

  async #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await inStore(this.#pool, storeId, work);
    } catch (cause) {
      throw new FeedUnavailable('the feed cannot be read now', { cause });
    }
  }
}

function eventOf(storeId: string, row: EventRow): FeedEvent {
  return {
    number: Number(row.number),
    eventId: row.event_id,
    type: row.type,
    at: Number(row.at),
    idempotencyKey: `${row.type.replaceAll('.', '_')}_${row.event_id}`,
    storeId,
    orderId: row.order_id,
    version: 1,
    data: row.data,
  };
}

export const feedLimits = { numberedAtOnceMax: 1_000 } as const;

/** Two random numbers, the same in every process: the name of the lock. */
const numberingLock = [0x0a11, 0xfeed] as const;

const nothingNew: Numbered = { stores: [], isFull: false };

/** In their order, so that it is the index that is looked at: the table is mostly rows that were taken and not yet cleared away. */
const anyPending = { name: 'feed_any_pending', text: 'select from onhand.feed_pending order by arrived limit 1' };

/** G6. Each table is asked by its keys, whatever the server believes of its size: else it reads all of the feed each time, as
 *  long as that is small. `offset` and `limit` below keep what is looked up from being joined as a whole; and what is taken
 *  stands at a place, which a reading of all rows would compare with all places. */
export const keysOnly = 'set local enable_seqscan = off';

/** G3. What was numbered before (its rows came again from a backup) is passed over (F1).
 *  G4. What an event says is what the order was when it was numbered, and the event itself under `event`: whoever is
 *  told need not ask back. Before an order is priced its items have no titles and no prices. An order is put into words
 *  once for all its events.
 *  G5. In a life that a restore began, numbers begin above all that were given before it. */
export const numberStatement = {
  name: 'feed_number',
  text: `
  with taken as (
    delete from onhand.feed_pending
     where ctid = any (array(select ctid from onhand.feed_pending order by arrived limit $1))
    returning *
  ), fresh as (
    select * from taken t
     where not exists (select from onhand.feed_events f where f.store_id = t.store_id and f.event_id = t.event_id offset 0)
  ), life as (
    select coalesce(max(numbers_from), 0) as numbers_from from onhand.lives
  ), raised as (
    insert into onhand.feed_counters as c (store_id, newest)
    select store_id, count(*) + numbers_from from fresh, life group by store_id, numbers_from order by store_id
    on conflict (store_id) do update
      set newest = greatest(c.newest, (select numbers_from from life)) + excluded.newest - (select numbers_from from life)
    returning store_id, newest
  ), told as materialized (
    select store_id, order_id, jsonb_build_object(
        'orderId', order_id, 'number', number, 'status', status, 'paymentStatus', payment_status, 'customerId', buyer, 'email', email,
        'name', state #>> '{place,shippingAddress,name}', 'currency', currency, 'totalMinor', total_minor,
        'capturedMinor', coalesce(captured_minor, 0), 'refundedMinor', coalesce(refunded_minor, 0),
        'items', coalesce((
          select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'sku', l ->> 'sku', 'title', l ->> 'title', 'quantity', l -> 'quantity', 'totalMinor', l -> 'totalMinor')) order by place)
            from jsonb_array_elements(coalesce(nullif(state #> '{quote,lines}', 'null'), state -> 'lines')) with ordinality as lines (l, place)
          ), '[]'::jsonb)
      ) as shown
      from (select distinct store_id, order_id from fresh) as k (of_store, of_order),
           lateral (select * from onhand.orders o where o.store_id = k.of_store and o.order_id = k.of_order limit 1) as o
  )
  insert into onhand.feed_events (store_id, number, event_id, type, order_id, at, data)
  select t.store_id,
         r.newest - count(*) over (partition by t.store_id) + row_number() over (partition by t.store_id order by t.arrived),
         t.event_id, t.type, t.order_id, t.at,
         coalesce(o.shown, '{}'::jsonb) || jsonb_build_object('event', t.data - 'place')
    from fresh t join raised r using (store_id) left join told o using (store_id, order_id)
  returning store_id`,
};

export class PostgresNumbering implements Numbering {
  readonly #pool: pg.Pool;

  /** Of role `onhand_projector`. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async number(): Promise<Numbered> {
    const client = await this.#pool.connect().catch((cause: unknown) => {
      throw new FeedUnavailable('events cannot be numbered now', { cause });
    });
    let broken: Error | undefined;
    try {
      if ((await client.query(anyPending)).rowCount === 0) return nothingNew; // nearly always: one short question, and no transaction
      await client.query(`begin; ${keysOnly}`);
      const { rows: locks } = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1, $2) as mine', [...numberingLock]);
      const { rows } = locks[0]!.mine
        ? await client.query<{ store_id: string }>({ ...numberStatement, values: [feedLimits.numberedAtOnceMax] })
        : { rows: [] };
      await client.query('commit');
      return { stores: [...new Set(rows.map(({ store_id }) => store_id))], isFull: rows.length >= feedLimits.numberedAtOnceMax };
    } catch (cause) {
      broken = cause instanceof Error ? cause : new Error(String(cause));
      throw new FeedUnavailable('events cannot be numbered now', { cause });
    } finally {
      client.release(broken);
    }
  }
}
