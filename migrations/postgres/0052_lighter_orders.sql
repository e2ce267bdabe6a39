-- What an order costs the database while it is checked out: its row is written at each step, a dozen times in a second or two.
-- breaking: no
--
-- Its state is some 3 kB, just above where Postgres begins to compress: each step compressed all of it again. What fits a
-- page now stays as it is; larger ones are compressed, as ever. Rows written before stay as they are until they change.
-- An order grows to three times what it is when it is placed: with room to grow on its page it is not moved at each step.

alter table onhand.orders set (toast_tuple_target = 8160, fillfactor = 35);

-- Nobody asks by these: addresses are looked for by a part of them, which no index of theirs serves, and the id of its
-- command names the order itself. Each step that changes an order's status wrote both anew.

drop index onhand.orders_email;
drop index onhand.orders_command;

-- News of all events of a batch by one statement, instead of one for each event. The name is a new one, so that the trigger
-- and its function change in one moment; what becomes news, and in which order, stays the same.

create function onhand.order_events_become_news() returns trigger
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
  select store_id, onhand.told_event_id(event_id, at), onhand.news_type_of(type), order_id, version, at, coalesce(payload, '{}') - 'redirectUrl'
    from added where onhand.is_news(type, payload)
  on conflict do nothing;
  return null;
end
$$;

revoke execute on function onhand.order_events_become_news() from public;
grant execute on function onhand.order_events_become_news() to onhand_projector;

drop trigger order_events_news on onhand.order_events;
create trigger order_events_news after insert on onhand.order_events
  referencing new table as added
  for each statement execute function onhand.order_events_become_news();

drop function onhand.order_event_becomes_news();
