-- Whose account a store's payments go to. See services/payments/settings.ts.
-- breaking: no

create table onhand.payment_settings (
  store_id text primary key,
  -- a Connect account; null: the platform's own
  account text,
  -- what the platform keeps of a total, in millionths
  fee_millionths integer not null check (fee_millionths between 0 and 1000000)
);

alter table onhand.payment_settings enable row level security;
alter table onhand.payment_settings force row level security;
create policy app_own_store on onhand.payment_settings to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
grant select, insert, update, delete on onhand.payment_settings to onhand_app;
