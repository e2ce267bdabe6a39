/**
 * Addresses and deliveries in tables `onhand.webhook_*`: the merchant's side as role `onhand_app` under row-level
 * security, the deliverer's as `onhand_projector`.
 */
import type pg from 'pg';
import type { Instant, Json } from '../../../actors/kernel/index.ts';
import { inStore } from '../../../runtime/postgres/in-store.ts';
import type { Forgetful } from '../forgetting.ts';
import {
  type Attempted,
  type Deliveries,
  type Delivery,
  type DeliveryCursor,
  type DeliveryOutcome,
  type Endpoint,
  type EndpointChange,
  type Endpoints,
  type Progress,
  webhookLimits,
  WebhooksUnavailable,
} from './port.ts';

interface EndpointRow {
  readonly store_id: string;
  readonly endpoint_id: string;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly types: readonly string[] | null;
  readonly active: boolean;
  readonly disabled_why: string | null;
  readonly created_at: string | number;
  readonly handled: string | number;
  readonly attempts: number;
  readonly retry_at: string | number | null;
  readonly first_failed_at: string | number | null;
}

function endpointOf(row: EndpointRow): Endpoint {
  return {
    storeId: row.store_id,
    endpointId: row.endpoint_id,
    url: row.url,
    secrets: row.secrets,
    types: row.types,
    active: row.active,
    disabledWhy: row.disabled_why,
    createdAt: Number(row.created_at),
    handled: Number(row.handled),
    attempts: row.attempts,
    retryAt: row.retry_at === null ? null : Number(row.retry_at),
    firstFailedAt: row.first_failed_at === null ? null : Number(row.first_failed_at),
  };
}

interface DeliveryRow {
  readonly number: string | number;
  readonly attempt: number;
  readonly event_id: string;
  readonly at: string | number;
  readonly outcome: DeliveryOutcome;
  readonly http_status: number | null;
  readonly error: string | null;
  readonly took_ms: number;
  readonly on_request: boolean;
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    number: Number(row.number),
    attempt: row.attempt,
    eventId: row.event_id,
    at: Number(row.at),
    outcome: row.outcome,
    httpStatus: row.http_status,
    error: row.error,
    tookMs: row.took_ms,
    onRequest: row.on_request,
  };
}

async function available<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new WebhooksUnavailable('webhooks cannot be read or written now', { cause });
  }
}

function asJson(value: Json): string | null {
  return value === null ? null : JSON.stringify(value);
}

export class PostgresEndpoints implements Endpoints {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return available(() => inStore(this.#pool, storeId, work));
  }

  list(storeId: string): Promise<readonly Endpoint[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<EndpointRow>(
        'select * from onhand.webhook_endpoints where store_id = $1 order by created_at, endpoint_id',
        [storeId],
      );
      return rows.map(endpointOf);
    });
  }

  get(storeId: string, endpointId: string): Promise<Endpoint | null> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<EndpointRow>('select * from onhand.webhook_endpoints where store_id = $1 and endpoint_id = $2', [
        storeId,
        endpointId,
      ]);
      return rows[0] === undefined ? null : endpointOf(rows[0]);
    });
  }

  add({ storeId, endpointId, url, secrets, types, active, createdAt, handled }: Endpoint): Promise<'added' | 'exists' | 'full'> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<{ known: boolean; count: string }>(
        'select count(*) as count, coalesce(bool_or(endpoint_id = $2), false) as known from onhand.webhook_endpoints where store_id = $1',
        [storeId, endpointId],
      );
      if (rows[0]!.known) return 'exists';
      if (Number(rows[0]!.count) >= webhookLimits.endpointsPerStoreMax) return 'full';
      const { rowCount } = await client.query(
        `insert into onhand.webhook_endpoints (store_id, endpoint_id, url, secrets, types, active, created_at, handled)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [storeId, endpointId, url, asJson([...secrets]), types === null ? null : asJson([...types]), active, createdAt, handled],
      );
      return rowCount === 1 ? 'added' : 'exists';
    });
  }

  /** Switching an address on again begins anew: what failed before is tried at once. */
  change(storeId: string, endpointId: string, { url, types, active, secrets }: EndpointChange): Promise<boolean> {
    return this.#inStore(storeId, async (client) => {
      const { rowCount } = await client.query(
        `update onhand.webhook_endpoints set
           url = coalesce($3, url),
           types = case when $4 then $5::jsonb else types end,
           secrets = coalesce($6::jsonb, secrets),
           active = coalesce($7, active),
           disabled_why = case when $7 then null else disabled_why end,
           attempts = case when $7 then 0 else attempts end,
           retry_at = case when $7 then null else retry_at end,
           first_failed_at = case when $7 then null else first_failed_at end
         where store_id = $1 and endpoint_id = $2`,
        [
          storeId,
          endpointId,
          url ?? null,
          types !== undefined,
          types === undefined || types === null ? null : asJson([...types]),
          secrets === undefined ? null : asJson([...secrets]),
          active ?? null,
        ],
      );
      return rowCount === 1;
    });
  }

  remove(storeId: string, endpointId: string): Promise<boolean> {
    return this.#inStore(storeId, async (client) => {
      const { rowCount } = await client.query('delete from onhand.webhook_endpoints where store_id = $1 and endpoint_id = $2', [
        storeId,
        endpointId,
      ]);
      return rowCount === 1;
    });
  }

  deliveries(storeId: string, endpointId: string, before: DeliveryCursor | null, count: number): Promise<readonly Delivery[]> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<DeliveryRow>(
        `select * from onhand.webhook_deliveries where store_id = $1 and endpoint_id = $2 and (number, attempt) < ($3, $4)
          order by number desc, attempt desc limit $5`,
        [storeId, endpointId, before?.number ?? Number.MAX_SAFE_INTEGER, before?.attempt ?? 0, count],
      );
      return rows.map(deliveryOf);
    });
  }
}

/** Prepared, since it is asked several times a second and nearly always for nothing: planning it cost more than its answer. */
const claimStatement = {
  name: 'webhooks_claim',
  text: `
  update onhand.webhook_endpoints e set claimed_until = $1::bigint + $2::bigint
   where (e.store_id, e.endpoint_id) in (
     select w.store_id, w.endpoint_id from onhand.webhook_endpoints w join onhand.feed_counters c using (store_id)
      where w.active and w.handled < c.newest and coalesce(w.retry_at, 0) <= $1 and coalesce(w.claimed_until, 0) <= $1
      order by coalesce(w.claimed_until, 0), w.store_id, w.endpoint_id limit $3 for update of w skip locked)
  returning e.*`,
};

/** One statement: written down and moved on, or neither (D2). A claim that ended when the attempt began is given back,
 *  and says who was told longest ago. */
const noteText = `
  insert into onhand.webhook_deliveries (store_id, endpoint_id, number, attempt, event_id, at, outcome, http_status, error, took_ms, on_request)
  select $1, $2, $3, coalesce(max(attempt), 0) + 1, $4, $5, $6, $7, $8, $9, $10
    from onhand.webhook_deliveries where store_id = $1 and endpoint_id = $2 and number = $3
  returning attempt`;

const recordText = `
  with noted as (${noteText})
  update onhand.webhook_endpoints set handled = $11, attempts = $12, first_failed_at = $13, retry_at = $14, claimed_until = $5,
         active = active and $15::text is null, disabled_why = coalesce($15, disabled_why)
   where store_id = $1 and endpoint_id = $2`;

const forgetText = `
  delete from onhand.webhook_deliveries
   where ctid = any (array(select ctid from onhand.webhook_deliveries where at < $1 limit $2 for update skip locked))`;

export class PostgresDeliveries implements Deliveries, Forgetful {
  readonly #pool: pg.Pool;

  /** Of role `onhand_projector`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  claim(now: Instant, claimMs: number, count: number): Promise<readonly Endpoint[]> {
    return available(async () =>
      (await this.#pool.query<EndpointRow>({ ...claimStatement, values: [now, claimMs, count] })).rows.map(endpointOf),
    );
  }

  record(endpoint: Endpoint, delivery: Attempted, next: Progress): Promise<void> {
    const { handled, attempts, firstFailedAt, retryAt, disabledWhy } = next;
    return available(async () => {
      await this.#pool.query(recordText, [...valuesOf(endpoint, delivery), handled, attempts, firstFailedAt, retryAt, disabledWhy]);
    });
  }

  skip({ storeId, endpointId }: Endpoint, handled: number): Promise<void> {
    return available(async () => {
      await this.#pool.query(
        'update onhand.webhook_endpoints set handled = greatest(handled, $3), claimed_until = null where store_id = $1 and endpoint_id = $2',
        [storeId, endpointId, handled],
      );
    });
  }

  note(endpoint: Endpoint, delivery: Attempted): Promise<number> {
    return available(async () => {
      const { rows } = await this.#pool.query<{ attempt: number }>(noteText, valuesOf(endpoint, delivery));
      return rows[0]!.attempt;
    });
  }

  forget(before: Instant, count: number): Promise<number> {
    return available(async () => (await this.#pool.query(forgetText, [before, count])).rowCount ?? 0);
  }
}

function valuesOf({ storeId, endpointId }: Endpoint, delivery: Attempted): unknown[] {
  const { number, eventId, at, outcome, httpStatus, error, tookMs, onRequest } = delivery;
  return [storeId, endpointId, number, eventId, at, outcome, httpStatus, error, tookMs, onRequest];
}
