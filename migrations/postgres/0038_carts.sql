-- Carts: see actors/cart/rows.ts.
-- breaking: no

create table onhand.carts (
  store_id text not null,
  cart_id text not null,
  version bigint not null,
  buyer text,
  status text,
  currency text,
  lines jsonb,
  codes jsonb,
  fingerprint text,
  expires_after_ms bigint,
  changed_at bigint,
  expires_at bigint,
  order_id text,
  attempt integer,
  ended jsonb,
  merged_into text,
  ask_at bigint,
  asking boolean,
  row_checksum integer,
  primary key (store_id, cart_id)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index carts_buyer on onhand.carts (store_id, buyer) where status = 'open';
create index carts_status_expires_at on onhand.carts (store_id, status, expires_at);

alter table onhand.carts enable row level security;
alter table onhand.carts force row level security;
create policy app_own_store on onhand.carts to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
create policy projector_all_stores on onhand.carts to onhand_projector using (true) with check (true);
grant select, insert, update, delete on onhand.carts to onhand_projector;
grant select on onhand.carts to onhand_app;
