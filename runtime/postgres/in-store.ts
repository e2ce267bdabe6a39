/**
 * One store's transaction: row-level security shows and accepts that store's rows alone (I6).
 *
 * `set_config(..., true)` ends with the transaction, so a pooled session never carries a store to the next user.
 *
 * P1. What opens a transaction is one message, and a read of one statement is one message altogether: Postgres takes
 *     statements that come together for one transaction. Such a message takes no values, so they are written into it
 *     as literals, by `literalOf` and by nothing else.
 */
import pg from 'pg';
import { assert } from '../../actors/kernel/index.ts';

/** A session whose transaction failed in any way is thrown away rather than rolled back: nobody knows its state. */
export async function inStore<Result>(pool: pg.Pool, storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; ${storeOf(storeId)}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (cause) {
    broken = cause instanceof Error ? cause : new Error(String(cause));
    throw cause;
  } finally {
    client.release(broken);
  }
}

/** The rows of one statement, whose values are all from `literalOf` (P1). */
export async function readInStore<Row extends pg.QueryResultRow>(pool: pg.Pool, storeId: string, text: string): Promise<readonly Row[]> {
  const results: unknown = await pool.query(`${storeOf(storeId)}; ${text}`);
  assert(Array.isArray(results) && results.length === 2, 'one statement beside the one that names the store');
  const [, { rows }] = results as [pg.QueryResult, pg.QueryResult<Row>];
  return rows;
}

/** Of a text, or of several as an array. */
export function literalOf(value: string | readonly string[]): string {
  if (typeof value !== 'string') return `array[${value.map(literalOf).join(', ')}]::text[]`;
  assert(!value.includes('\0'), 'a text ends where it says, not where Postgres stops reading');
  return pg.escapeLiteral(value);
}

function storeOf(storeId: string): string {
  return `select set_config('app.current_store_id', ${literalOf(storeId)}, true)`;
}
