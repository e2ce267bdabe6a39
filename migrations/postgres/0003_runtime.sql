-- What the runtime itself keeps beside the rows of actors.
-- breaking: no

-- How far each shard's frames have become rows. One row per shard, moved in the transaction that writes the
-- rows it covers.
create table onhand.checkpoints (
  shard integer primary key,
  -- the newest frame whose rows are written; -1 before the first
  frame bigint not null,
  hash text not null,
  -- of the owner that claimed the shard last: older ones are fenced
  epoch bigint not null,
  -- the session that wrote last
  backend_pid integer not null
) with (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

grant select, insert, update on onhand.checkpoints to onhand_projector;

-- One row per actor that ever had an event.
create table onhand.actors (
  store_id text not null,
  kind text not null,
  actor_id text not null,
  shard integer not null,
  version bigint not null,
  deadline bigint,
  owes boolean not null,
  format integer not null,
  primary key (store_id, kind, actor_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create index actors_deadline on onhand.actors (shard, deadline) where deadline is not null;
create index actors_owes on onhand.actors (shard) where owes;

alter table onhand.actors enable row level security;
alter table onhand.actors force row level security;
create policy app_own_store on onhand.actors to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
create policy projector_all_stores on onhand.actors to onhand_projector using (true) with check (true);
grant select, insert, update, delete on onhand.actors to onhand_projector;
grant select on onhand.actors to onhand_app;

-- Answers to commands, for repeats within the horizon (I5). Shared by all kinds of actor.
create table onhand.command_outcomes (
  store_id text not null,
  kind text not null,
  actor_id text not null,
  command_id text not null,
  version bigint not null,
  fingerprint text,
  reply jsonb,
  at bigint,
  primary key (store_id, kind, actor_id, command_id)
);

-- Rows come and go in the order of `at`: a few kB are enough to find the old ones.
create index command_outcomes_at on onhand.command_outcomes using brin (at) with (pages_per_range = 32, autosummarize = on);

alter table onhand.command_outcomes enable row level security;
alter table onhand.command_outcomes force row level security;
create policy app_own_store on onhand.command_outcomes to onhand_app
  using (store_id = (select onhand.current_store_id())) with check (store_id = (select onhand.current_store_id()));
create policy projector_all_stores on onhand.command_outcomes to onhand_projector using (true) with check (true);
grant select, insert, update, delete on onhand.command_outcomes to onhand_projector;

-- The compare-and-set that carries every batch. Raising is what keeps rows and checkpoint one: the statement
-- that called this is rolled back whole.
create function onhand.advance_checkpoint(
  of_shard integer, from_frame bigint, from_hash text, from_epoch bigint, to_frame bigint, to_hash text
) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  update onhand.checkpoints
    set frame = to_frame, hash = to_hash, backend_pid = pg_backend_pid()
    where shard = of_shard and frame = from_frame and hash = from_hash and epoch = from_epoch;
  if not found then
    raise exception 'checkpoint of shard % is not at frame % of epoch %', of_shard, from_frame, from_epoch
      using errcode = 'OH001';
  end if;
  return true;
end
$$;

-- Raises the epoch on the shard's checkpoint; no row when a higher one has claimed it.
create function onhand.claim_checkpoint(of_shard integer, by_epoch bigint, start_hash text)
  returns table (frame bigint, hash text, epoch bigint)
  language sql
  set search_path = pg_catalog, pg_temp
as $$
  insert into onhand.checkpoints as c (shard, frame, hash, epoch, backend_pid)
  values (of_shard, -1, start_hash, by_epoch, pg_backend_pid())
  on conflict (shard) do update set epoch = excluded.epoch, backend_pid = excluded.backend_pid
    where c.epoch <= excluded.epoch
  returning c.frame, c.hash, c.epoch
$$;

-- Ends the sessions that keep the session `waiting_pid` from a lock it waits for. Looks for up to a second,
-- since the wait may be just about to begin; returns how many were ended.
create function onhand.end_blockers_of(waiting_pid integer) returns integer
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
declare
  ended integer;
begin
  for attempt in 1..50 loop
    select count(*) filter (where pg_terminate_backend(pid)) into ended
      from (select unnest(pg_blocking_pids(waiting_pid)) as pid) as blockers
      where pid > 0;
    if ended > 0 then
      return ended;
    end if;
    perform pg_sleep(0.02);
  end loop;
  return 0;
end
$$;

revoke execute on function
  onhand.advance_checkpoint(integer, bigint, text, bigint, bigint, text),
  onhand.claim_checkpoint(integer, bigint, text),
  onhand.end_blockers_of(integer)
from public;
grant execute on function
  onhand.advance_checkpoint(integer, bigint, text, bigint, bigint, text),
  onhand.claim_checkpoint(integer, bigint, text),
  onhand.end_blockers_of(integer)
to onhand_projector;
