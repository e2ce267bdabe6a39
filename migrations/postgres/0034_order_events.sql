-- The story of orders: one row per event, for ever the same row. See actors/order/rows.ts; written by the projector,
-- never read back. What the outside may know of it is picked up from here as it is inserted.
-- breaking: no

create table onhand.order_events (
  store_id text not null,
  order_id text not null,
  version bigint not null,
  event_id text not null,
  type text,
  at bigint,
  cause text,
  payload jsonb,
  row_checksum integer,
  primary key (store_id, order_id, version)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['order_events'] loop
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
