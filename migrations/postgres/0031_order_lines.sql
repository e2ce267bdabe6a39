-- What was ordered, one row per SKU of an order: see actors/order/rows.ts. Written by the projector, never read back.
-- breaking: no

create table onhand.order_lines (
  store_id text not null,
  order_id text not null,
  sku text not null,
  version bigint not null,
  line integer,
  title text,
  quantity bigint,
  unit_price_minor bigint,
  discount_minor bigint,
  tax_minor bigint,
  total_minor bigint,
  shipped bigint,
  returned bigint,
  row_checksum integer,
  primary key (store_id, order_id, sku)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create index order_lines_sku on onhand.order_lines (store_id, sku);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['order_lines'] loop
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
