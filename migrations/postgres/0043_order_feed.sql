-- What happens to orders becomes news: see services/notifications/feed/port.ts and migration 0040.
-- breaking: no
--
-- The names of news are part of what other programs rely on; the names of events inside are not. Here is the one place
-- where the first are made of the second. Runs as whoever inserts (the projector), once per event: a row that is written
-- again is an update, which makes no news.

create function onhand.news_type_of(event_type text) returns text
  language sql immutable parallel safe
  return case event_type
    when 'order.placed' then 'order.placed'
    when 'order.confirmed' then 'order.confirmed'
    when 'order.canceled' then 'order.canceled'
    when 'order.refused' then 'order.failed'
    when 'payment.action_required' then 'payment.action_required'
    when 'payment.failed' then 'payment.failed'
    when 'payment.captured' then 'payment.captured'
    when 'refund.done' then 'order.refunded'
    when 'refund.failed' then 'order.refund_failed'
    when 'shipment.created' then 'order.shipped'
    when 'shipment.delivered' then 'order.delivered'
    when 'return.requested' then 'order.return_requested'
    when 'return.received' then 'order.return_received'
  end;

create function onhand.order_event_becomes_news() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
  values (new.store_id, new.event_id, onhand.news_type_of(new.type), new.order_id, new.version, new.at, coalesce(new.payload, '{}'))
  on conflict do nothing;
  return null;
end
$$;

create trigger order_events_news after insert on onhand.order_events
  for each row when (onhand.news_type_of(new.type) is not null) execute function onhand.order_event_becomes_news();

revoke execute on function onhand.news_type_of(text), onhand.order_event_becomes_news() from public;
grant execute on function onhand.news_type_of(text), onhand.order_event_becomes_news() to onhand_projector;
