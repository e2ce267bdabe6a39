-- Coupon codes and their uses: see actors/coupon/rows.ts.
-- breaking: no

create table onhand.coupon_codes (
  store_id text not null,
  code text not null,
  version bigint not null,
  terms jsonb,
  held bigint,
  used bigint,
  folded bigint,
  remembered jsonb,
  row_checksum integer,
  primary key (store_id, code)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table onhand.coupon_uses (
  store_id text not null,
  code text not null,
  hold_id text not null,
  generation integer not null,
  attempt integer not null,
  version bigint not null,
  status text,
  buyer text,
  quantity bigint,
  check_at bigint,
  asking boolean,
  not_after bigint,
  forget_at bigint,
  row_checksum integer,
  primary key (store_id, code, hold_id, generation, attempt)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Uses whose names are folded into counts, by buyer.
create table onhand.coupon_buyers (
  store_id text not null,
  code text not null,
  buyer text not null,
  version bigint not null,
  folded bigint,
  row_checksum integer,
  primary key (store_id, code, buyer)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Loading a code reads the uses it must still know: the expression is the one that runtime/rows/table-sql.ts makes of
-- the table's `recent`.
create index coupon_uses_forget_at on onhand.coupon_uses using brin (forget_at) with (pages_per_range = 32, autosummarize = on);
create index coupon_uses_kept on onhand.coupon_uses (
  store_id, code,
  (case when status in ('held', 'committed') then 9223372036854775807 else coalesce(forget_at, 9223372036854775807) end)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['coupon_codes', 'coupon_uses', 'coupon_buyers'] loop
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
