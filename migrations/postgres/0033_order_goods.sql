-- What left the house for orders, and what came back: see actors/order/rows.ts. Written by the projector, never read back.
-- breaking: no

create table onhand.fulfilments (
  store_id text not null,
  order_id text not null,
  shipment_id text not null,
  version bigint not null,
  lines jsonb,
  tracking jsonb,
  shipped_at bigint,
  delivered_at bigint,
  row_checksum integer,
  primary key (store_id, order_id, shipment_id)
);

create table onhand.returns (
  store_id text not null,
  order_id text not null,
  return_id text not null,
  version bigint not null,
  status text,
  lines jsonb,
  received jsonb,
  reason text,
  refund_minor bigint,
  requested_at bigint,
  row_checksum integer,
  primary key (store_id, order_id, return_id)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['fulfilments', 'returns'] loop
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
