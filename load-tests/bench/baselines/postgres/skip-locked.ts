/**
 * A pool of rows, one per unit: whoever comes takes the next one that nobody has locked (FOR UPDATE SKIP LOCKED).
 *
 * As its best advocate would write it: one prepared statement and one round trip; free units found by a partial index and
 * written by their physical address; and every session starts at a place of its own and goes on from where it was, so
 * that sessions do not step over each other's locks, nor over the dead index entries of what was sold before. Who
 * finds nothing ahead starts from the beginning before saying that it is sold out.
 */
import type pg from 'pg';
import type { HoldOutcome, HoldShop, Stock } from '../hold-shop.ts';
import { makeTables, restockUnits } from './schema.ts';
import { Sessions } from './sessions.ts';

export const takeNext = {
  name: 'take_next',
  text: `update baseline.units set buyer = $2, expires_at = now() + interval '10 minutes'
    where ctid = (
      select ctid from baseline.units where sku = $1 and buyer is null and unit_id >= $3
      order by unit_id limit 1 for update skip locked
    )
    returning unit_id`,
};

export async function openSkipLocked(url: string, sessionCount: number): Promise<HoldShop> {
  await makeTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  let places = new Places({ skus: 0, unitsEach: 0 }, sessionCount);
  return {
    async restock(stock: Stock) {
      await restockUnits(url, stock);
      places = new Places(stock, sessionCount);
    },
    hold: (buyer, sku) => sessions.use((session, index) => takeUnit(session, places, index, buyer, sku)),
    close: () => sessions.close(),
  };
}

async function takeUnit(session: pg.Client, places: Places, index: number, buyer: string, sku: number): Promise<HoldOutcome> {
  const from = places.of(index, sku);
  const taken = (await takeFrom(session, buyer, sku, from)) ?? (await takeFrom(session, buyer, sku, 0));
  if (taken === null) return 'sold_out';
  places.remember(index, sku, taken + 1);
  return 'held';
}

async function takeFrom(session: pg.Client, buyer: string, sku: number, from: number): Promise<number | null> {
  const { rows } = await session.query<{ unit_id: string }>({ ...takeNext, values: [sku, buyer, from] });
  return rows[0] === undefined ? null : Number(rows[0].unit_id);
}

/** Where each session goes on, by SKU. */
class Places {
  readonly #stock: Stock;
  readonly #sessionCount: number;
  readonly #next: Map<number, number>[];

  constructor(stock: Stock, sessionCount: number) {
    this.#stock = stock;
    this.#sessionCount = sessionCount;
    this.#next = Array.from({ length: sessionCount }, () => new Map<number, number>());
  }

  of(index: number, sku: number): number {
    return this.#next[index]?.get(sku) ?? this.#firstOf(index, sku);
  }

  remember(index: number, sku: number, unitId: number): void {
    this.#next[index]?.set(sku, unitId);
  }

  #firstOf(index: number, sku: number): number {
    const { unitsEach } = this.#stock;
    return (sku - 1) * unitsEach + Math.floor((unitsEach * index) / this.#sessionCount) + 1;
  }
}
