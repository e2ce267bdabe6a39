-- The money of orders: one row per intent and one per refund: see actors/order/rows.ts. Written by the projector, never
-- read back. A webhook finds its order by the intent.
-- breaking: no

create table onhand.payments (
  store_id text not null,
  order_id text not null,
  intent_id text not null,
  version bigint not null,
  status text,
  currency text,
  amount_minor bigint,
  captured_minor bigint,
  account text,
  decline text,
  row_checksum integer,
  primary key (store_id, order_id, intent_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create table onhand.refunds (
  store_id text not null,
  order_id text not null,
  refund_id text not null,
  version bigint not null,
  status text,
  currency text,
  amount_minor bigint,
  reason text,
  asked_at bigint,
  done_at bigint,
  row_checksum integer,
  primary key (store_id, order_id, refund_id)
);

create index payments_intent on onhand.payments (intent_id);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['payments', 'refunds'] loop
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
