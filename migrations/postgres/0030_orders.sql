-- The rows of `order` actors: see actors/order/rows.ts, which they follow column by column (a test compares).
-- breaking: no
--
-- An order is one row, read back whole from `state`; the other columns say the same again, to be found by. Lists go by
-- store and time, newest first; the id settles orders of one millisecond, so that a page never repeats or skips one.

create table onhand.orders (
  store_id text not null,
  order_id text not null,
  version bigint not null,
  number bigint,
  status text,
  payment_status text,
  buyer text,
  email text,
  currency text,
  total_minor bigint,
  captured_minor bigint,
  refunded_minor bigint,
  placed_at bigint,
  confirmed_at bigint,
  command_id text,
  fingerprint text,
  cart_id text,
  country text,
  state jsonb,
  row_checksum integer,
  primary key (store_id, order_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create index orders_placed on onhand.orders (store_id, placed_at desc, order_id desc);
create index orders_status on onhand.orders (store_id, status, placed_at desc, order_id desc);
create index orders_buyer on onhand.orders (store_id, buyer, placed_at desc, order_id desc) where buyer is not null;
create index orders_email on onhand.orders (store_id, lower(email) text_pattern_ops, placed_at desc);
-- Numbers come from one actor per store and have no repeat; the database says so a second time.
create unique index orders_number on onhand.orders (store_id, number) where number is not null;
create index orders_command on onhand.orders (store_id, command_id);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['orders'] loop
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
