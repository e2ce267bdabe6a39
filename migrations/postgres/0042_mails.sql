-- Mails to buyers: made from the feed, each exactly once, then sent. See services/notifications/mails/port.ts.
-- breaking: no

-- How far whoever reads the feed of a store has come: mails today, others later.
create table onhand.feed_readers (
  store_id text not null,
  reader text not null,
  handled bigint not null,
  primary key (store_id, reader)
) with (fillfactor = 50);

create table onhand.mails (
  store_id text not null,
  -- of the event it tells of: one mail for one event
  event_id text not null,
  number bigint not null,
  order_id text not null,
  template text not null,
  recipient text not null,
  subject text not null,
  body_text text not null,
  body_html text not null,
  made_at bigint not null,
  -- `outbox`: nobody sends mails here, they are only shown
  status text not null check (status in ('queued', 'sent', 'failed', 'outbox')),
  attempts integer not null default 0,
  retry_at bigint,
  sent_at bigint,
  error text,
  primary key (store_id, event_id)
);

create index mails_list on onhand.mails (store_id, number desc);
create index mails_queue on onhand.mails (retry_at) where status = 'queued';

create table onhand.mail_templates (
  store_id text not null,
  template text not null,
  subject text not null,
  body_text text not null,
  changed_at bigint not null,
  primary key (store_id, template)
);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['feed_readers', 'mails', 'mail_templates'] loop
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
  grant insert, update, delete on onhand.mail_templates to onhand_app;
end
$$;
