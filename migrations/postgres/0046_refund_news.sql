-- Which refunds that failed are news: those that are over, not those that are tried again by themselves. A refund that was
-- made and came back is news each time. See 0043 and services/notifications/feed/port.ts.
-- breaking: no

create or replace function onhand.news_type_of(event_type text) returns text
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
    when 'refund.returned' then 'order.refund_failed'
    when 'shipment.created' then 'order.shipped'
    when 'shipment.delivered' then 'order.delivered'
    when 'return.requested' then 'order.return_requested'
    when 'return.received' then 'order.return_received'
  end;

-- A refund that was refused and has a next try is nobody's news yet.
create function onhand.is_news(event_type text, payload jsonb) returns boolean
  language sql immutable parallel safe
  return onhand.news_type_of(event_type) is not null
    and (event_type <> 'refund.failed' or coalesce(jsonb_typeof(payload -> 'retryAt'), 'null') = 'null');

drop trigger order_events_news on onhand.order_events;
create trigger order_events_news after insert on onhand.order_events
  for each row when (onhand.is_news(new.type, new.payload)) execute function onhand.order_event_becomes_news();

revoke execute on function onhand.is_news(text, jsonb) from public;
grant execute on function onhand.is_news(text, jsonb) to onhand_projector;
