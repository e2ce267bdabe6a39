/**
 * Writes batches of rows into Postgres, those of several shards in one statement: with sixteen shards that each have a
 * little to write, statements and commits cost more than rows.
 *
 * B1. Each shard keeps its own compare-and-set and hears its own outcome. A statement that the server is known to have
 *     taken back, because one checkpoint has moved or one row is refused, tells of none of them: each then goes by
 *     itself, and only the one that is wrong fails.
 * B2. What became of a statement that got no answer is unknown for every shard in it (P2 of `postgres.ts`). Those
 *     shards go by themselves until a write succeeds: nobody is drawn into another's trouble twice.
 * B3. Checkpoints are locked in the order of their shards and before any row, so owners with several shards each do
 *     not deadlock. Different shards own different actors; batches that touch one row all the same go by themselves.
 * B4. Mends (`force`) go by themselves: they may stand in the place of rows that nothing else can touch.
 * B5. Rows said to be new that are there after all (a key used again after its hold was forgotten, rows that were mended
 *     meanwhile) take the batch back; it goes again by itself, as if no row were new.
 */
import type pg from 'pg';
import { actorKey, assert } from '../../actors/kernel/index.ts';
import { limits } from '../limits.ts';
import type { Shard } from '../log/port.ts';
import { describe, sqlStateOf, verdictOf } from '../postgres/errors.ts';
import { Gather } from './gather.ts';
import { type Checkpoint, isSameCheckpoint, type RowBatch, type WriteOutcome } from './port.ts';
import { batchArrays, batchShape, batchText, checkpointArrays, type CheckpointMove } from './table-sql.ts';
import {
  actorsTable,
  asOld,
  changesOf,
  coalesce,
  type Coalesced,
  rowOfActor,
  type TableChanges,
  type TableSet,
  together,
  versionOf,
} from './table-set.ts';

export interface BatchWriterDeps {
  readonly tables: TableSet;
  readonly pool: pg.Pool;
  /** As many statements as there are sessions; light ones are fewer, and wait for company. */
  readonly statementsMax: number;
  readonly checkpoint: (shard: Shard) => Promise<Checkpoint | null>;
  /** Calls at the end of the turn. */
  readonly defer: (call: () => void) => void;
}

interface Write {
  readonly move: CheckpointMove;
  readonly changes: readonly TableChanges[];
  readonly rows: number;
  readonly force: boolean;
  readonly settle: (outcome: WriteOutcome) => void;
}

/** Two, so that shards do not all wait for one that hangs. */
const lightStatementsMax = 2;
/** Shapes of batches that keep a prepared statement; odd ones beyond are planned each time. */
const preparedShapesMax = 64;
/** What `advance_checkpoints` raises. */
const checkpointMoved = 'OH001';
/** unique_violation */
const rowIsThere = '23505';

export class BatchWriter {
  readonly #deps: BatchWriterDeps;
  readonly #gather: Gather<Write>;
  readonly #shapes = new Map<string, { readonly name?: string; readonly text: string }>();
  /** B2. */
  readonly #alone = new Set<Shard>();

  constructor(deps: BatchWriterDeps) {
    this.#deps = deps;
    this.#gather = new Gather({
      inFlightMax: Math.min(lightStatementsMax, deps.statementsMax),
      fullInFlightMax: deps.statementsMax,
      weightMax: limits.writeBehindStatementRowsMax,
      weightOf: (write) => write.rows,
      nameOf: (write) => write.move.shard,
      send: async (writes) => this.#sendTogether(writes),
      defer: deps.defer,
    });
  }

  async write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    assert(to.epoch === from.epoch, 'the epoch moves by claim alone');
    assert(to.frame >= from.frame, 'a checkpoint never goes back');
    for (const row of batch.actors) assert(row.shard === shard, `actor ${actorKey(row.actor)} is not of shard ${shard}`);
    const said = [...actorChanges(batch), ...coalesce(this.#deps.tables, batch.changes)];
    const changes = batch.force === true ? said.map(asOld) : said;
    const rows = changes.reduce((sum, { keys }) => sum + keys.length, 0);
    return new Promise((settle) => {
      const write: Write = { move: { shard, from, to }, changes, rows, force: batch.force === true, settle };
      if (write.force || this.#alone.has(shard))
        void this.#sendAlone(write); // B4, B2
      else this.#gather.add(write);
    });
  }

  async #sendTogether(unordered: readonly Write[]): Promise<void> {
    const writes = unordered.toSorted((one, other) => one.move.shard - other.move.shard); // B3
    const changes = writes.length === 1 ? null : together(writes.map((write) => write.changes));
    if (changes === null) return this.#sendEachAlone(writes);
    const sent = await this.#send(
      writes.map((write) => write.move),
      changes,
      false,
    );
    if (sent.kind === 'failed' && sent.isTakenBack) return this.#sendEachAlone(writes); // B1
    for (const write of writes) {
      if (sent.kind === 'failed') this.#alone.add(write.move.shard); // B2
      write.settle(sent.kind === 'written' ? sent : { kind: 'unknown', cause: describe(sent.error) });
    }
  }

  async #sendEachAlone(writes: readonly Write[]): Promise<void> {
    await Promise.all(writes.map(async (write) => this.#sendAlone(write)));
  }

  async #sendAlone({ move, changes, force, settle }: Write): Promise<void> {
    let sent = await this.#send([move], changes, force);
    if (sent.kind === 'failed' && sqlStateOf(sent.error) === rowIsThere && changes.some(({ inserts }) => inserts.length > 0))
      sent = await this.#send([move], changes.map(asOld), force); // B5
    if (sent.kind === 'written') this.#alone.delete(move.shard);
    if (sent.kind === 'written') settle(sent);
    else if (sqlStateOf(sent.error) === checkpointMoved) settle(await this.#fencedOrWritten(move));
    else settle({ kind: 'unknown', cause: describe(sent.error) });
  }

  async #send(moves: readonly CheckpointMove[], changes: readonly TableChanges[], force: boolean): Promise<Sent> {
    const values = [...checkpointArrays(moves), ...batchArrays(changes)];
    let session: pg.PoolClient | null = null;
    try {
      session = await this.#deps.pool.connect();
      await session.query({ ...this.#statement(changes, force), values });
      session.release();
      return { kind: 'written' };
    } catch (error) {
      const isTakenBack = session !== null && (sqlStateOf(error) === checkpointMoved || verdictOf(error, 'sent') !== 'unknown');
      session?.release(!isTakenBack);
      return { kind: 'failed', isTakenBack, error };
    }
  }

  /** R2: the checkpoint is not where the batch starts; it may be where it ends. */
  async #fencedOrWritten({ shard, to }: CheckpointMove): Promise<WriteOutcome> {
    try {
      const stored = await this.#deps.checkpoint(shard);
      return { kind: stored !== null && isSameCheckpoint(stored, to) ? 'written' : 'fenced' };
    } catch (error) {
      return { kind: 'unknown', cause: describe(error) };
    }
  }

  #statement(changes: readonly TableChanges[], force: boolean): { readonly name?: string; readonly text: string } {
    const shape = batchShape(changes, force);
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const text = batchText(changes, force);
    if (this.#shapes.size >= preparedShapesMax) return { text };
    const statement = { name: `rows_write_${this.#shapes.size}`, text };
    this.#shapes.set(shape, statement);
    return statement;
  }
}

type Sent =
  | { readonly kind: 'written' }
  /** Taken back: the server rolled it back, it says so itself. */
  | { readonly kind: 'failed'; readonly isTakenBack: boolean; readonly error: unknown };

function actorChanges(batch: RowBatch): TableChanges[] {
  const newest = new Map<string, Coalesced>();
  for (const actor of batch.actors) {
    const row = rowOfActor(actor);
    const key = `${row['store_id']}\u0000${row['kind']}\u0000${row['actor_id']}`;
    const earlier = newest.get(key);
    const isNew = earlier?.isNew ?? actor.isNew ?? false;
    if (earlier === undefined || versionOf(earlier.row) <= actor.version) newest.set(key, { row, remove: false, isNew });
  }
  return newest.size === 0 ? [] : [changesOf(actorsTable, newest)];
}
