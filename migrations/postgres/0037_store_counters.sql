-- Order numbers of stores: see actors/store/rows.ts.
-- breaking: no

create table onhand.store_counters (
  store_id text not null,
  version bigint not null,
  next_number bigint,
  row_checksum integer,
  primary key (store_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table onhand.store_numbers (
  store_id text not null,
  order_id text not null,
  version bigint not null,
  number bigint,
  status text,
  noted_at bigint,
  row_checksum integer,
  primary key (store_id, order_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Loading a store reads the numbers it must still know: the expression is the one that runtime/rows/table-sql.ts makes
-- of the table's `recent`.
create index store_numbers_kept on onhand.store_numbers (
  store_id,
  (case when status in ('on_its_way') then 9223372036854775807 else coalesce(noted_at, 9223372036854775807) end)
);
create index store_numbers_noted_at on onhand.store_numbers using brin (noted_at) with (pages_per_range = 32, autosummarize = on);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['store_counters', 'store_numbers'] loop
    execute format('alter table onhand.%I enable row level security', table_name);
    execute format('alter table onhand.%I force row level security', table_name);
    execute format(
      'create policy app_own_store on onhand.%I to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()))',
      table_name
    );
    execute format('create policy projector_all_stores on onhand.%I to onhand_projector using (true) with check (true)', table_name);
    execute format('grant select, insert, update, delete on onhand.%I to onhand_projector', table_name);
    execute format('grant select on onhand.%I to onhand_app', table_name);
  end loop;
end
$$;
