-- The rows of `hold` actors: see actors/hold/rows.ts, which they follow column by column (a test compares).
-- breaking: no

create table onhand.holds (
  store_id text not null,
  hold_id text not null,
  version bigint not null,
  status text,
  buyer text,
  generation integer,
  attempt integer,
  asked_generation integer,
  asked_attempt integer,
  command_id text,
  fingerprint text,
  waiting_ticket text,
  lines jsonb,
  nearness jsonb,
  parts jsonb,
  change jsonb,
  refusal jsonb,
  asked_at bigint,
  not_after bigint,
  taken_at bigint,
  expires_at bigint,
  first_expires_at bigint,
  ended_at bigint,
  primary key (store_id, hold_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

alter table onhand.holds enable row level security;
alter table onhand.holds force row level security;
create policy app_own_store on onhand.holds to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
create policy projector_all_stores on onhand.holds to onhand_projector using (true) with check (true);
grant select, insert, update, delete on onhand.holds to onhand_projector;
grant select on onhand.holds to onhand_app;
