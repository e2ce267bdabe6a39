-- Where a store sends to, how, for how much and until when: zones, methods, warehouses' hours.
-- breaking: no
--
-- Configuration, written and read by the application, one store at a time. The program checks all of it before it
-- writes (services/shipping/validate.ts). Places and price tiers belong to their zone and method alone and are always
-- read whole, so they are JSON in its row. Minutes of a day and days of the week are local.

create table onhand.shipping_zones (
  store_id text not null,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  name text not null check (length(name) between 1 and 200),
  places jsonb not null check (jsonb_typeof(places) = 'array' and jsonb_array_length(places) > 0),
  time_zone text not null,
  primary key (store_id, id)
);

create table onhand.shipping_methods (
  store_id text not null,
  id text not null check (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  zone_id text not null,
  name text not null check (length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  tiers_by text not null check (tiers_by in ('weight', 'subtotal')),
  tiers jsonb not null check (jsonb_typeof(tiers) = 'array' and jsonb_array_length(tiers) > 0),
  free_from_minor bigint check (free_from_minor >= 0),
  per_parcel boolean not null,
  weight_max_grams bigint check (weight_max_grams > 0),
  cut_off_minute integer not null check (cut_off_minute between 0 and 1440),
  handling_days integer not null check (handling_days between 0 and 60),
  transit_days_min integer not null check (transit_days_min between 0 and 60),
  transit_days_max integer not null check (transit_days_max between transit_days_min and 60),
  delivery_weekdays integer[] not null check (cardinality(delivery_weekdays) between 1 and 7),
  deliver_by_minute integer not null check (deliver_by_minute between 1 and 1439),
  -- from every location where null
  from_locations text[],
  primary key (store_id, id),
  foreign key (store_id, zone_id) references onhand.shipping_zones (store_id, id) on delete cascade
);

create index shipping_methods_zone on onhand.shipping_methods (store_id, zone_id);

create table onhand.shipping_warehouses (
  store_id text not null,
  location text not null check (location ~ '^[A-Za-z0-9._-]{1,64}$'),
  time_zone text not null,
  working_weekdays integer[] not null check (cardinality(working_weekdays) between 1 and 7),
  -- local dates as text, so that no session's time zone moves them
  closed_on text[] not null,
  primary key (store_id, location)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['shipping_zones', 'shipping_methods', 'shipping_warehouses'] loop
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
