-- Lives of the data: a restore from a backup begins one. What happens then may have the same order, version and place in
-- the feed as something that happened after the backup was made, and was told; whoever was told knows it by its id and
-- number, and would take the new for the old. So ids of a later life carry it, and its numbers begin above all before.
-- Ids and numbers of data that was never restored, or of before the restore, stay as they are. See
-- commands/embedded/restore-target.ts and services/notifications/feed/port.ts.
-- breaking: no

create table onhand.lives (
  incarnation text primary key,
  -- what happened later than this, by the clock of the log, happened in this life or a later one
  begins_after bigint not null,
  -- above every number of the lives before; so the newest life has the highest
  numbers_from bigint not null unique check (numbers_from > 0)
);

grant select on onhand.lives to onhand_projector, onhand_app;

-- What the outside calls an event of an order.
create function onhand.told_event_id(event_id text, happened_at bigint) returns text
  language sql stable parallel safe
  set search_path = pg_catalog
  return event_id || coalesce(
    (select '.' || left(incarnation, 8) from onhand.lives where begins_after < happened_at order by numbers_from desc limit 1), '');

revoke execute on function onhand.told_event_id(text, bigint) from public;
grant execute on function onhand.told_event_id(text, bigint) to onhand_projector, onhand_app;

create or replace function onhand.order_event_becomes_news() returns trigger
  language plpgsql
  set search_path = pg_catalog
as $$
begin
  insert into onhand.feed_pending (store_id, event_id, type, order_id, version, at, data)
  values (new.store_id, onhand.told_event_id(new.event_id, new.at), onhand.news_type_of(new.type), new.order_id, new.version, new.at,
          coalesce(new.payload, '{}') - 'redirectUrl')
  on conflict do nothing;
  return null;
end
$$;
