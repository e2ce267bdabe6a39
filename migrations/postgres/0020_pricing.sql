-- What a store's orders cost beside its prices: currency and kind of price, discounts, coupon codes, tax rates.
-- breaking: no
--
-- Configuration, written and read by the application, one store at a time. The program checks all of it before it
-- writes (services/pricing/validate.ts); what stands here catches what would make amounts wrong. Instants are
-- milliseconds. How often a code may be used is not here: uses are held by an actor, like stock.

create table onhand.pricing_settings (
  store_id text not null primary key,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price_mode text not null check (price_mode in ('tax_included', 'tax_excluded'))
);

create table onhand.discounts (
  store_id text not null,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  name text not null check (length(name) between 1 and 200),
  value_kind text not null check (value_kind in ('percentage', 'amount', 'free_shipping')),
  rate_millionths bigint check (rate_millionths between 1 and 1000000),
  amount_minor bigint check (amount_minor > 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- of the order where both are null
  target_skus text[],
  target_categories text[],
  subtotal_min_minor bigint check (subtotal_min_minor >= 0),
  combines boolean not null,
  automatic boolean not null,
  starts_at bigint,
  ends_at bigint,
  primary key (store_id, id),
  check ((value_kind = 'percentage') = (rate_millionths is not null)),
  check ((value_kind = 'amount') = (amount_minor is not null)),
  check ((value_kind = 'amount') = (currency is not null)),
  check ((target_skus is null) = (target_categories is null)),
  check (starts_at < ends_at)
);

create index discounts_automatic on onhand.discounts (store_id) where automatic;

create table onhand.coupons (
  store_id text not null,
  code text not null check (length(code) between 1 and 64 and code = upper(code)),
  discount_id text not null,
  starts_at bigint,
  ends_at bigint,
  primary key (store_id, code),
  foreign key (store_id, discount_id) references onhand.discounts (store_id, id) on delete cascade,
  check (starts_at < ends_at)
);

create index coupons_code on onhand.coupons (store_id, code collate "C");
create index coupons_discount on onhand.coupons (store_id, discount_id);

create table onhand.tax_rates (
  store_id text not null,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  name text not null check (length(name) between 1 and 200),
  country text not null check (country ~ '^[A-Z]{2}$'),
  region text,
  postal_prefix text,
  category text,
  layer text not null,
  rate_millionths bigint not null check (rate_millionths between 0 and 100000000),
  taxes_shipping boolean not null,
  starts_at bigint,
  ends_at bigint,
  primary key (store_id, id),
  check (starts_at < ends_at)
);

create index tax_rates_country on onhand.tax_rates (store_id, country);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['pricing_settings', 'discounts', 'coupons', 'tax_rates'] loop
    execute format('alter table onhand.%I enable row level security', table_name);
    execute format('alter table onhand.%I force row level security', table_name);
    execute format(
      'create policy app_own_store on onhand.%I to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()))',
      table_name
    );
    execute format('grant select, insert, update, delete on onhand.%I to onhand_app', table_name);
  end loop;
end
$$;
