-- How long a store keeps carts that nobody touches. See services/carts/settings.ts.
-- breaking: no

create table onhand.cart_settings (
  store_id text primary key,
  expires_after_days integer not null check (expires_after_days between 1 and 365)
);

alter table onhand.cart_settings enable row level security;
alter table onhand.cart_settings force row level security;
create policy app_own_store on onhand.cart_settings to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
grant select, insert, update, delete on onhand.cart_settings to onhand_app;
