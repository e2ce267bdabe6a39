-- Order numbers of stores: see actors/store/index.ts.
-- breaking: no

create table onhand.store_counters (
  store_id text not null,
  version bigint not null,
  next_number bigint,
  on_their_way jsonb,
  row_checksum integer,
  primary key (store_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

alter table onhand.store_counters enable row level security;
alter table onhand.store_counters force row level security;
create policy app_own_store on onhand.store_counters to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
create policy projector_all_stores on onhand.store_counters to onhand_projector using (true) with check (true);
grant select, insert, update, delete on onhand.store_counters to onhand_projector;
grant select on onhand.store_counters to onhand_app;
