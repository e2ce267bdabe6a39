-- What decides about discounts, tax and shipping of an SKU beside its price: categories, tax category, weight.
-- breaking: no
--
-- Configuration, written and read by the application, one store at a time. An SKU without a row has none of it.

create table onhand.sku_traits (
  store_id text not null,
  sku text not null check (length(sku) between 1 and 64),
  categories text[] not null,
  tax_category text,
  weight_grams integer not null check (weight_grams >= 0),
  primary key (store_id, sku)
);

alter table onhand.sku_traits enable row level security;
alter table onhand.sku_traits force row level security;
create policy app_own_store on onhand.sku_traits to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
grant select, insert, update, delete on onhand.sku_traits to onhand_app;
