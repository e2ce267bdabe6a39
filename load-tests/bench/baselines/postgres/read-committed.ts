/**
 * READ COMMITTED with a conditional UPDATE: the database decides, nothing is read first.
 *
 * As its best advocate would write it: one prepared statement that takes the unit and keeps the hold, so one round trip,
 * and the row is locked only while the statement and its commit run.
 */
import type { HoldShop, Stock } from '../hold-shop.ts';
import { makeTables, restockCounted } from './schema.ts';
import { Sessions } from './sessions.ts';

export const takeAndKeep = {
  name: 'take_and_keep',
  text: `with taken as (
      update baseline.stock set available = available - 1 where sku = $1 and available >= 1 returning sku, available
    ), kept as (
      insert into baseline.holds (sku, buyer, quantity, expires_at)
      select sku, $2, 1, now() + interval '10 minutes' from taken
    )
    select available from taken`,
};

export async function openReadCommitted(url: string, sessionCount: number): Promise<HoldShop> {
  await makeTables(url);
  const sessions = await Sessions.open(url, sessionCount);
  return {
    restock: (stock: Stock) => restockCounted(url, stock),
    hold: (buyer, sku) =>
      sessions.use(async (session) => {
        const { rowCount } = await session.query({ ...takeAndKeep, values: [sku, buyer] });
        return rowCount === 1 ? 'held' : 'sold_out';
      }),
    close: () => sessions.close(),
  };
}
