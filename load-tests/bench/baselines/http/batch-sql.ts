/** The statements of the batching baseline: functions on the server, so that a batch is one round trip and one transaction. */
import { makeTables, withSession } from '../postgres/schema.ts';

/** Raised by `take_all`. */
export const stockTooLow = 'BL001';

const functionsText = `
create sequence if not exists baseline.hold_blocks;

create or replace function baseline.take_all(
  first_id bigint, skus integer[], buyers text[], quantities integer[], wanted_skus integer[], wanted_units bigint[]
) returns void language plpgsql as $$
declare
  changed integer;
begin
  insert into baseline.holds (hold_id, sku, buyer, quantity, expires_at)
    select first_id + place - 1, sku, buyer, quantity, now() + interval '10 minutes'
    from unnest(skus, buyers, quantities) with ordinality as asked (sku, buyer, quantity, place);
  if cardinality(wanted_skus) = 1 then
    update baseline.stock set available = available - wanted_units[1] where sku = wanted_skus[1] and available >= wanted_units[1];
  else
    perform from baseline.stock where sku = any (wanted_skus) order by sku for update;
    update baseline.stock as s set available = s.available - w.units
      from unnest(wanted_skus, wanted_units) as w (sku, units) where s.sku = w.sku and s.available >= w.units;
  end if;
  get diagnostics changed = row_count;
  if changed <> cardinality(wanted_skus) then
    raise exception 'the stock does not reach for all' using errcode = '${stockTooLow}';
  end if;
end
$$;

create or replace function baseline.take_fitting(first_id bigint, skus integer[], buyers text[], quantities integer[])
returns table (place integer, taken boolean, available double precision) language plpgsql as $$
begin
  perform from baseline.stock as s where s.sku = any (skus) order by s.sku for update;
  return query
    with asked as (
      select a.sku, a.buyer, a.quantity, a.place, sum(a.quantity) over (partition by a.sku order by a.place) as until_here
      from unnest(skus, buyers, quantities) with ordinality as a (sku, buyer, quantity, place)
    ), fitting as (
      select a.* from asked as a join baseline.stock as s on s.sku = a.sku where a.until_here <= s.available
    ), kept as (
      insert into baseline.holds (hold_id, sku, buyer, quantity, expires_at)
      select first_id + f.place - 1, f.sku, f.buyer, f.quantity, now() + interval '10 minutes' from fitting as f
    ), totals as (
      select f.sku, sum(f.quantity) as units from fitting as f group by f.sku
    ), lowered as (
      update baseline.stock as s set available = s.available - t.units from totals as t where s.sku = t.sku
    )
    select a.place::integer, f.place is not null, (coalesce(s.available, 0) - coalesce(t.units, 0))::double precision
    from asked as a
      left join fitting as f on f.place = a.place
      left join totals as t on t.sku = a.sku
      left join baseline.stock as s on s.sku = a.sku
    order by a.place;
end
$$;
`;

export const takeAll = { name: 'take_all', text: 'select baseline.take_all($1, $2, $3, $4, $5, $6)' };
export const takeFitting = { name: 'take_fitting', text: 'select * from baseline.take_fitting($1, $2, $3, $4)' };

/** More holds than one process will ever take. */
const holdsPerBlock = 1_000_000_000;

export async function makeBatchTables(url: string): Promise<void> {
  await makeTables(url);
  await withSession(url, (session) => session.query(functionsText));
}

/** The first of a block of ids that no other process has: rising ones, so that the index grows at one end. */
export function reserveHoldIds(url: string): Promise<number> {
  return withSession(url, async (session) => {
    const { rows } = await session.query<{ block: number }>(`select nextval('baseline.hold_blocks')::double precision as block`);
    return (rows[0]?.block ?? 0) * holdsPerBlock;
  });
}
