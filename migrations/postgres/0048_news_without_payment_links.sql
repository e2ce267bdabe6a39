-- Where a buyer goes on paying is the buyer's business: the link carries what authorises it, and news go to whoever
-- reads the feed or receives webhooks. See services/notifications/feed/port.ts.
-- breaking: no

create or replace function onhand.order_event_becomes_news() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
  values (new.store_id, new.event_id, onhand.news_type_of(new.type), new.order_id, new.version, new.at,
          coalesce(new.payload, '{}') - 'redirectUrl')
  on conflict do nothing;
  return null;
end
$$;
