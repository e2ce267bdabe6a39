-- What a store sells, as buyers see it: names, prices, pictures. Units are not here: `stock` owns them.
-- breaking: no
--
-- Written and read by the application, one store at a time. The picture is SVG text; its hash names it in
-- URLs, so that browsers may keep it for ever.

create table onhand.products (
  store_id text not null,
  sku text not null check (length(sku) between 1 and 64),
  title text not null check (length(title) between 1 and 200),
  description text not null check (length(description) <= 5000),
  price_minor bigint not null check (price_minor >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  picture text not null,
  picture_hash text not null,
  position integer not null check (position >= 0),
  version bigint not null check (version >= 1),
  primary key (store_id, sku)
);

create index products_position on onhand.products (store_id, position, sku collate "C");

alter table onhand.products enable row level security;
alter table onhand.products force row level security;
create policy app_own_store on onhand.products to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
grant select, insert, update, delete on onhand.products to onhand_app;
