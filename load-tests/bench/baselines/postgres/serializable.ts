/**
 * The transaction of the textbook: SERIALIZABLE, the row locked by SELECT … FOR UPDATE, looked at by the application,
 * written, committed, and tried again on 40001.
 *
 * As its best advocate would write it: two round trips instead of five (what needs no answer is not waited for), every
 * statement prepared, the rollback of a lost attempt sent along with the next one, no pause before that: the others
 * have just let go of the row.
 */
import type pg from 'pg';
import { allSettled } from '../all-settled.ts';
import type { HoldOutcome, HoldShop, Stock } from '../hold-shop.ts';
import { makeTables, restockCounted } from './schema.ts';
import { Sessions } from './sessions.ts';

const begin = { name: 'begin', text: 'begin isolation level serializable' };
const find = { name: 'find', text: 'select available from baseline.stock where sku = $1 for update' };
const take = { name: 'take', text: 'update baseline.stock set available = available - 1 where sku = $1' };
const keep = {
  name: 'keep',
  text: `insert into baseline.holds (sku, buyer, quantity, expires_at) values ($1, $2, 1, now() + interval '10 minutes')`,
};
const commit = { name: 'commit', text: 'commit' };
const rollback = { name: 'rollback', text: 'rollback' };

/** In practice far fewer; an end that is said is better than a loop without one. */
const attemptsMax = 10_000;

export async function openSerializable(url: string, sessionCount: number): Promise<HoldShop> {
  await makeTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  return {
    restock: (stock: Stock) => restockCounted(url, stock),
    hold: (buyer, sku) => sessions.use((session) => holdSerializable(session, buyer, sku)),
    close: () => sessions.close(),
  };
}

async function holdSerializable(session: pg.Client, buyer: string, sku: number): Promise<HoldOutcome> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    try {
      return await attemptHold(session, buyer, sku);
    } catch (error) {
      void session.query(rollback).catch(() => {}); // answered before whatever this session is asked next
      if (!isConflict(error)) throw error;
    }
  }
  throw new Error(`a hold lost ${attemptsMax} races in a row`);
}

async function attemptHold(session: pg.Client, buyer: string, sku: number): Promise<HoldOutcome> {
  const [, found] = await allSettled([session.query(begin), session.query<{ available: string }>({ ...find, values: [sku] })]);
  const row = found.rows[0];
  if (row === undefined || Number(row.available) < 1) {
    await session.query(commit); // also a refusal must have read a state that is true
    return 'sold_out';
  }
  const [, , ended] = await allSettled([
    session.query({ ...take, values: [sku] }),
    session.query({ ...keep, values: [sku, buyer] }),
    session.query(commit),
  ]);
  if (ended.command !== 'COMMIT') throw new Error(`the transaction ended in ${ended.command}`);
  return 'held';
}

/** serialization_failure, deadlock_detected. */
export function isConflict(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code;
  return code === '40001' || code === '40P01';
}
