-- What news cost the database on their way from an order to the feed: see services/notifications/feed/postgres.ts.
-- breaking: no
--
-- What an order was placed with is not told (the order as it is, is), so it does not travel as far as the numbering either,
-- which goes on leaving it out of rows made before. The life of the data stands in the statement itself: a function that is
-- called for each event cost more than writing it down.

create or replace function onhand.order_events_become_news() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
  select store_id,
         -- as onhand.told_event_id says
         event_id || coalesce(
           (select '.' || left(incarnation, 8) from onhand.lives where begins_after < added.at order by numbers_from desc limit 1), ''),
         onhand.news_type_of(type), order_id, version, at, coalesce(payload, '{}') - '{redirectUrl,place}'::text[]
    from added where onhand.is_news(type, payload)
  on conflict do nothing;
  return null;
end
$$;

-- Nobody asks by these. Events are read by number and known by their id; lines and payments belong to an order, and are found
-- by it.

drop index onhand.feed_events_order;
drop index onhand.order_lines_sku;
drop index onhand.payments_intent;
