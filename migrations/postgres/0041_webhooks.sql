-- Webhooks: where a store wants to be told of its events, and what became of each telling. See services/notifications/webhooks/port.ts.
-- breaking: no

create table onhand.webhook_endpoints (
  store_id text not null,
  endpoint_id text not null,
  url text not null,
  -- the newest first; the older ones are still signed with until they are taken away
  secrets jsonb not null,
  -- null: all
  types jsonb,
  active boolean not null default true,
  -- why it was switched off, when the program did it
  disabled_why text,
  created_at bigint not null,
  -- every event up to this number was delivered, skipped or given up
  handled bigint not null,
  -- of the event after `handled`
  attempts integer not null default 0,
  first_failed_at bigint,
  retry_at bigint,
  -- whoever delivers has it until then
  claimed_until bigint,
  primary key (store_id, endpoint_id)
) with (fillfactor = 70);

create table onhand.webhook_deliveries (
  store_id text not null,
  endpoint_id text not null,
  number bigint not null,
  -- 1 is the first attempt; redelivering on request goes on counting
  attempt integer not null,
  event_id text not null,
  at bigint not null,
  outcome text not null check (outcome in ('delivered', 'failed', 'given_up')),
  http_status integer,
  error text,
  took_ms integer not null,
  on_request boolean not null default false,
  primary key (store_id, endpoint_id, number, attempt)
);

create index webhook_deliveries_at on onhand.webhook_deliveries using brin (at) with (pages_per_range = 32, autosummarize = on);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['webhook_endpoints', 'webhook_deliveries'] loop
    execute format('alter table onhand.%I enable row level security', table_name);
    execute format('alter table onhand.%I force row level security', table_name);
    execute format('create policy projector_all_stores on onhand.%I to onhand_projector using (true) with check (true)', table_name);
    execute format(
      'create policy app_own_store on onhand.%I to onhand_app using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()))',
      table_name
    );
    execute format('grant select, insert, update, delete on onhand.%I to onhand_projector', table_name);
  end loop;
  grant select, insert, update, delete on onhand.webhook_endpoints to onhand_app;
  grant select on onhand.webhook_deliveries to onhand_app;
end
$$;
