/**
 * Rows in Postgres, as role `onhand_projector`. What tables there are, the actors say; see `table-sql.ts` for
 * the statements, `postgres-batches.ts` for how rows are written, `actor-loader.ts` for how actors are read.
 *
 * R1 and R2 of the port: a batch is in one statement, whose compare-and-set on the checkpoint raises when it finds
 * no row. R3: upserts are guarded by version. R4: an actor is read by one statement.
 *
 * Everything waits for the disk: claims, and the checkpoint that a trim relies on, must; for batches see P1.
 */
import type pg from 'pg';
import { type ActorId, actorId, type Instant, type Json, type Row, type TableDefinition } from '../../actors/kernel/index.ts';
import { systemClock } from '../clock.ts';
import { logStart, type Shard } from '../log/port.ts';
import { describe, sqlStateOf } from '../postgres/errors.ts';
import { ActorLoader } from './actor-loader.ts';
import { type Forgettable, forgetBatchesMax, forgetBatchRows, forgettableTables } from './forgettable.ts';
import { checkedRow } from './loaded-actors.ts';
import { PostgresBatches, storedCheckpoint } from './postgres-batches.ts';
import {
  type Checkpoint,
  EpochSuperseded,
  type LoadedActor,
  type RowBatch,
  type RowStore,
  RowsUnavailable,
  type Stray,
  type WriteOutcome,
} from './port.ts';
import { rowSessions } from './sessions.ts';
import { forgetText, scanActorsText, scanText, straysText } from './table-sql.ts';
import { actorsTable, type ActorTables, TableSet } from './table-set.ts';

export interface PostgresRowStoreOptions {
  /** Of role `onhand_projector`. */
  readonly url: string;
  readonly kinds: readonly ActorTables[];
}

/** For loads. */
const connectionsMax = 8;
/** How long a claim waits for the old owner before it ends that one's session. */
const claimWaitMs = 500;
const scanPageRows = 1_000;

export class PostgresRowStore implements RowStore {
  readonly #tables: TableSet;
  readonly #forgettable: readonly Forgettable[];
  readonly #pool: pg.Pool;
  /** Sessions that do not wait behind loads. */
  readonly #durable: pg.Pool;
  readonly #batches: PostgresBatches;
  readonly #actors: ActorLoader;

  constructor(options: PostgresRowStoreOptions) {
    this.#tables = new TableSet(options.kinds);
    this.#forgettable = forgettableTables(this.#tables);
    const { url } = options;
    this.#pool = rowSessions({ url, applicationName: 'onhand loads', connectionsMax });
    this.#durable = rowSessions({ url, applicationName: 'onhand claims', connectionsMax: 2 }, { lock_timeout: `${claimWaitMs}` });
    this.#actors = new ActorLoader({
      tables: this.#tables,
      pool: this.#pool,
      defer: (call: () => void) => systemClock.defer(call),
      kinds: options.kinds.map(({ kind }) => kind),
    });
    this.#batches = new PostgresBatches({ url, kinds: options.kinds });
  }

  async claim(shard: Shard, epoch: number): Promise<Checkpoint> {
    const session = await this.#durable.connect().catch(throwUnavailable);
    try {
      const claimed = (await claimOnce(session, shard, epoch)) ?? (await this.#claimByForce(session, shard, epoch));
      session.release();
      if (claimed.rows[0] === undefined) throw new EpochSuperseded(`shard ${shard} is claimed by an epoch higher than ${epoch}`); // R2
      return claimed.rows[0];
    } catch (error) {
      if (error instanceof EpochSuperseded) throw error;
      session.release(true);
      return throwUnavailable(error);
    }
  }

  async write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    return this.#batches.write(shard, from, to, batch);
  }

  async checkpoint(shard: Shard): Promise<Checkpoint | null> {
    return storedCheckpoint(this.#pool, shard).catch(throwUnavailable);
  }

  async durableCheckpoint(shard: Shard): Promise<Checkpoint | null> {
    // Whatever this statement sees was committed before it commits, and its own commit waits for the disk:
    // an empty message in the write-ahead log is what makes there be something to commit.
    const { rows } = await this.#ask<Checkpoint>(this.#durable, {
      text: `select c.frame, c.hash, c.epoch, pg_logical_emit_message(true, 'onhand', '') from onhand.checkpoints c where c.shard = $1`,
      values: [shard],
    });
    const first = rows[0];
    return first === undefined ? null : { frame: first.frame, hash: first.hash, epoch: first.epoch };
  }

  async load(kind: string, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>> {
    return this.#actors.load(kind, actors, now);
  }

  async due(shard: Shard, before: Instant): Promise<readonly ActorId[]> {
    const { rows } = await this.#ask<{ store_id: string; kind: string; actor_id: string }>(this.#pool, {
      name: 'rows_due',
      text: `select store_id, kind, actor_id from (
          select store_id, kind, actor_id, deadline from onhand.actors where shard = $1 and deadline <= $2
          union select store_id, kind, actor_id, deadline from onhand.actors where shard = $1 and owes
        ) as due order by deadline nulls last, store_id, kind, actor_id`,
      values: [shard, before],
    });
    return rows.map((row) => actorId(row.kind, row.store_id, row.actor_id));
  }

  async *scan(table: string, shard: Shard, onDamaged?: (row: Row) => void): AsyncIterable<Row> {
    if (table === actorsTable.name) {
      yield* this.#stream({ name: table, columns: Object.fromEntries(actorsTable.columns) }, scanActorsText(shard), onDamaged);
      return;
    }
    for (const use of this.#tables.usesOf(table)) yield* this.#stream(use.table, scanText(use, shard), onDamaged);
  }

  async *strays(table: string): AsyncIterable<Stray> {
    for (const use of this.#tables.usesOf(table)) {
      for await (const row of this.#stream(use.table, straysText(use))) {
        yield { actor: actorId(use.kind, row['store_id'] as string, row[use.table.actorColumn] as string), row };
      }
    }
  }

  async forget(now: Instant): Promise<number> {
    let forgotten = 0;
    for (const table of this.#forgettable) {
      for (let batch = 0; batch < forgetBatchesMax; batch++) {
        const { rowCount } = await this.#ask(this.#pool, { text: forgetText(table), values: [now - table.keepMs, forgetBatchRows] });
        forgotten += rowCount ?? 0;
        if (rowCount !== forgetBatchRows) break;
      }
    }
    return forgotten;
  }

  async now(): Promise<Instant> {
    const { rows } = await this.#ask<{ now: number }>(this.#pool, {
      text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now',
    });
    return rows[0]!.now;
  }

  async close(): Promise<void> {
    await Promise.all([this.#batches.close(), this.#pool.end(), this.#durable.end()]);
  }

  /** Somebody holds the shard's checkpoint: an old owner in the middle of a batch, or cut off there. Waits
   *  again, and meanwhile ends whoever is in the way. */
  async #claimByForce(session: pg.PoolClient, shard: Shard, epoch: number): Promise<pg.QueryResult<Checkpoint>> {
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const [claimed] = await Promise.all([
      claimOnce(session, shard, epoch),
      this.#pool.query('select onhand.end_blockers_of($1)', [rows[0]!.pid]),
    ]);
    if (claimed === null) throw new RowsUnavailable(`the checkpoint of shard ${shard} stays locked`);
    return claimed;
  }

  /** One query, one plan, one snapshot, fetched page by page through a cursor. */
  async *#stream(table: Pick<TableDefinition, 'name' | 'columns'>, text: string, onDamaged?: (row: Row) => void): AsyncIterable<Row> {
    const session = await this.#pool.connect().catch(throwUnavailable);
    let finished = false;
    try {
      await session.query("begin read only; set local idle_in_transaction_session_timeout = '60s'");
      await session.query(`declare scan no scroll cursor for ${text}`);
      for (;;) {
        const { rows } = await session.query<{ values: readonly Json[] }>(`fetch ${scanPageRows} from scan`);
        for (const { values: found } of rows) yield checkedRow(this.#tables, table, found, onDamaged);
        if (rows.length < scanPageRows) break;
      }
      await session.query('commit');
      finished = true;
    } catch (error) {
      throwUnavailable(error);
    } finally {
      session.release(!finished);
    }
  }

  async #ask<Result extends pg.QueryResultRow>(pool: pg.Pool, query: pg.QueryConfig): Promise<pg.QueryResult<Result>> {
    return pool.query<Result>(query).catch(throwUnavailable);
  }
}

const lockNotAvailable = '55P03';

/** Null: the row is locked by another session. */
async function claimOnce(session: pg.PoolClient, shard: Shard, epoch: number): Promise<pg.QueryResult<Checkpoint> | null> {
  try {
    return await session.query<Checkpoint>('select frame, hash, epoch from onhand.claim_checkpoint($1, $2, $3)', [
      shard,
      epoch,
      logStart.hash,
    ]);
  } catch (error) {
    if (sqlStateOf(error) === lockNotAvailable) return null;
    throw error;
  }
}

function throwUnavailable(error: unknown): never {
  throw error instanceof RowsUnavailable ? error : new RowsUnavailable(describe(error), { cause: error });
}
