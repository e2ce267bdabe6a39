/**
 * One store's transaction: row-level security shows and accepts that store's rows alone (I6).
 *
 * `set_config(..., true)` ends with the transaction, so a pooled session never carries a store to the next user.
 */
import type pg from 'pg';

/** A session whose transaction failed in any way is thrown away rather than rolled back: nobody knows its state. */
export async function inStore<Result>(pool: pg.Pool, storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    await client.query("select set_config('app.current_store_id', $1, true)", [storeId]);
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
