-- The rows of `stock` actors: see actors/stock/tables.ts, which they follow column by column (a test compares).
-- breaking: no
--
-- Written by the projector alone; the application reads its own store. Hot rows (levels of a product in a
-- flash sale) are updated in place: room is left on each page, and vacuum comes early and does not wait.

create table onhand.stock_skus (
  store_id text not null,
  sku text not null,
  version bigint not null,
  count_version bigint,
  paused boolean,
  policy text,
  safety_stock jsonb,
  low_stock_threshold bigint,
  per_buyer_cap bigint,
  per_buyer_window_ms bigint,
  available bigint,
  changed_at bigint,
  primary key (store_id, sku)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table onhand.stock_levels (
  store_id text not null,
  sku text not null,
  location text not null,
  version bigint not null,
  on_hand bigint,
  available bigint,
  held bigint,
  committed bigint,
  allotted bigint,
  damaged bigint,
  safety_stock bigint,
  incoming bigint,
  received bigint,
  shipped bigint,
  returned bigint,
  adjusted bigint,
  transferred bigint,
  primary key (store_id, sku, location)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table onhand.stock_holds (
  store_id text not null,
  sku text not null,
  hold_id text not null,
  generation integer not null,
  attempt integer not null,
  kind text,
  status text,
  version bigint not null,
  buyer text,
  quantity bigint,
  allocations jsonb,
  remaining jsonb,
  fulfilled bigint,
  fingerprint text,
  sale text,
  taken_at bigint,
  first_expires_at bigint,
  expires_at bigint,
  check_at bigint,
  asking boolean,
  not_after bigint,
  absorbs text,
  absorbed_by text,
  extensions jsonb,
  ended_at bigint,
  forget_at bigint,
  primary key (store_id, sku, hold_id, generation, attempt)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Loading an SKU reads the holds it must still know, not its whole history: the expression is the one that
-- runtime/rows/table-sql.ts makes of the table's `recent`. A test looks that the index is used.
create index stock_holds_kept on onhand.stock_holds (
  store_id, sku,
  (case when status in ('held', 'committed', 'absorbed') then 9223372036854775807 else coalesce(forget_at, 9223372036854775807) end)
);
create index stock_holds_forget_at on onhand.stock_holds using brin (forget_at) with (pages_per_range = 32, autosummarize = on);

create table onhand.stock_movements (
  store_id text not null,
  sku text not null,
  version bigint not null,
  location text not null,
  kind text,
  quantity bigint,
  reason text,
  command_id text,
  hold_id text,
  at bigint,
  primary key (store_id, sku, version, location)
);

create table onhand.stock_allotments (
  store_id text not null,
  sku text not null,
  sale text not null,
  location text not null,
  version bigint not null,
  quantity bigint,
  open boolean,
  primary key (store_id, sku, sale, location)
) with (fillfactor = 70);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['stock_skus', 'stock_levels', 'stock_holds', 'stock_movements', 'stock_allotments'] loop
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
