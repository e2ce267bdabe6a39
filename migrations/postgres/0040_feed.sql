-- The feed of a store: what happened to its orders, numbered without gap. See services/notifications/feed/port.ts.
-- breaking: no
--
-- Rows of events come with the rows of orders, in the transaction that moves the checkpoint. A trigger puts those
-- that the outside may know into `feed_pending`; whoever numbers takes them from there. So nothing is looked for
-- among old events, and an event whose row is written twice (after a crash) is pending once: it was inserted once.

create table onhand.feed_pending (
  store_id text not null,
  event_id text not null,
  type text not null,
  order_id text not null,
  version bigint not null,
  at bigint not null,
  data jsonb not null,
  -- in which order rows came; of events of one order it follows their versions
  arrived bigint generated always as identity,
  primary key (store_id, event_id)
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create index feed_pending_arrived on onhand.feed_pending (arrived);

create table onhand.feed_counters (
  store_id text primary key,
  newest bigint not null check (newest >= 0)
) with (fillfactor = 50);

create table onhand.feed_events (
  store_id text not null,
  number bigint not null check (number > 0),
  event_id text not null,
  type text not null,
  order_id text not null,
  at bigint not null,
  data jsonb not null,
  primary key (store_id, number),
  unique (store_id, event_id)
);

create index feed_events_order on onhand.feed_events (store_id, order_id, number);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['feed_pending', 'feed_counters', 'feed_events'] loop
    execute format('alter table onhand.%I enable row level security', table_name);
    execute format('alter table onhand.%I force row level security', table_name);
    execute format('create policy projector_all_stores on onhand.%I to onhand_projector using (true) with check (true)', table_name);
    execute format(
      'create policy app_own_store on onhand.%I to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()))',
      table_name
    );
    execute format('grant select, insert, update, delete on onhand.%I to onhand_projector', table_name);
    execute format('grant select on onhand.%I to onhand_app', table_name);
  end loop;
end
$$;
