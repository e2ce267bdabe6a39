/**
 * Sends appends to Postgres, and says what each came to.
 *
 * N1. What an error proves is decided in `../../postgres/errors.ts` alone; the rest is `unknown` (L3).
 * N2. A session in doubt is closed, and so is one whose joint statement failed.
 */
import type pg from 'pg';
import { assert } from '../../../actors/kernel/index.ts';
import { sqlStateOf, type StatementPhase, verdictOf } from '../../postgres/errors.ts';
import { type Append, appendAcross, type Inserted, type Statement, statementFor, statementInside, valuesOf } from './append.ts';
import type { AppendSender, Failed } from './gathered-appends.ts';
import { executeTogether } from './joint-append.ts';
import type { Partitions } from './partitions.ts';

const undefinedTable = '42P01';
/** check_violation: also what an insert without a partition for its row is refused with. */
const noPartition = '23514';

export class PostgresAppendSender implements AppendSender {
  readonly #pool: pg.Pool;
  readonly #partitions: Partitions;

  constructor(pool: pg.Pool, partitions: Partitions) {
    this.#pool = pool;
    this.#partitions = partitions;
  }

  /** Of frames inside their partitions. */
  async together(appends: readonly Append[]): Promise<readonly Inserted[] | Failed> {
    const statements = appends.map((append) => ({
      ...statementInside(append.shard, append.frame.frame, this.#partitions.framesPerPartition),
      values: valuesOf(append),
    }));
    return this.#inSession('always', async (client) => {
      const counts = await executeTogether(client, statements);
      assert(counts.length === appends.length, 'every statement says how many rows it wrote');
      return counts.map(insertedOf);
    });
  }

  async alone(append: Append): Promise<Inserted> {
    const { shard, frame } = append;
    let inserted = await this.#insert(statementFor(shard, frame.frame, this.#partitions.framesPerPartition), append);
    // A partition that was dropped meanwhile: the tree knows whether the append is merely stale …
    if (refusedWith(inserted, undefinedTable)) inserted = await this.#insert(appendAcross, append);
    if (refusedWith(inserted, noPartition) && (await this.#partitions.prepareAgain(shard, frame.frame)))
      inserted = await this.#insert(appendAcross, append); // … or whether it must be made again
    return inserted;
  }

  #insert(statement: Statement, append: Append): Promise<Inserted> {
    return this.#inSession('in doubt', async (client) => {
      const { rowCount } = await client.query({ ...statement, values: valuesOf(append) });
      return insertedOf(rowCount ?? 0);
    });
  }

  /** N1, N2. */
  async #inSession<Result>(
    closedAfterError: 'always' | 'in doubt',
    run: (client: pg.PoolClient) => Promise<Result>,
  ): Promise<Result | Failed> {
    let phase: StatementPhase = 'connecting';
    let client: pg.PoolClient | null = null;
    try {
      client = await this.#pool.connect();
      phase = 'sent';
      const result = await run(client);
      client.release();
      return result;
    } catch (error) {
      const verdict = verdictOf(error, phase);
      client?.release(closedAfterError === 'always' || verdict === 'unknown');
      return { kind: 'failed', sent: phase === 'sent', verdict, error };
    }
  }
}

function insertedOf(rows: number): Inserted {
  return { kind: rows === 1 ? 'inserted' : 'not_inserted' };
}

function refusedWith(inserted: Inserted, sqlState: string): boolean {
  return inserted.kind === 'failed' && sqlStateOf(inserted.error) === sqlState;
}
