-- The log: one dense chain of frames per shard.
-- breaking: no
--
-- The application role cannot reach this schema. The projector role (the runtime) reads and appends; it owns
-- no table, so partitions are made and dropped by the two functions below, which run as the owner, take
-- numbers only and name every object with its schema.
--
-- Partitioned by shard, then by ranges of frame numbers, so that trimming drops whole tables instead of
-- leaving millions of dead rows. A partition spans 2^16 frames: frames grow with load, so that is some 64 MB
-- of a quiet shard and 1 or 2 GB of a busy one.
--
-- A new partition is made beside the tree and attached: ATTACH blocks neither readers nor appends, while
-- CREATE ... PARTITION OF would lock the parent against both.

create table onhand_log.cluster (
  -- the only row
  single boolean primary key default true check (single),
  cluster_id text not null,
  -- minted anew by a restore: whoever sees a new one drops what it had
  incarnation text not null,
  shard_count integer not null check (shard_count > 0),
  hash_name text not null,
  created_at timestamptz not null default clock_timestamp()
);

create table onhand_log.frames (
  shard integer not null,
  frame bigint not null,
  -- SHA-256 of bytes
  hash bytea not null check (octet_length(hash) = 32),
  previous_hash bytea not null check (octet_length(previous_hash) = 32),
  bytes bytea not null,
  stored_at timestamptz not null default clock_timestamp(),
  primary key (shard, frame)
) partition by list (shard);

-- Frames are packed already, and compressing them again would cost the append more than the disk saves.
alter table onhand_log.frames alter column bytes set storage external;

-- Part of the storage format: a database that has frames keeps the number it began with.
create function onhand_log.frames_per_partition() returns bigint
  language sql immutable parallel safe
  return 65536;

-- Looks in the catalogue itself: to_regclass may answer from a cache that waiting for an advisory lock does
-- not refresh.
create function onhand_log.table_exists(name text) returns boolean
  language sql volatile
  set search_path = pg_catalog, pg_temp
as $$
  select exists (select from pg_class where relname = name and relnamespace = 'onhand_log'::regnamespace)
$$;

-- Makes the partition that holds `frame` of the shard. True when it was missing. Two that race for it wait
-- for each other on the advisory lock; the second finds it made.
create function onhand_log.make_partition(of_shard integer, of_frame bigint) returns boolean
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
as $$
declare
  number bigint := of_frame / onhand_log.frames_per_partition();
  below bigint := number * onhand_log.frames_per_partition();
  shard_table text := format('frames_%s', of_shard);
  leaf_table text := format('frames_%s_%s', of_shard, number);
begin
  if of_shard < 0 or of_frame < 0 then
    raise exception 'no partition for shard % frame %', of_shard, of_frame;
  end if;
  if onhand_log.table_exists(leaf_table) then
    return false;
  end if;
  perform pg_advisory_xact_lock(hashtext('onhand_log.make_partition'));
  if not onhand_log.table_exists(shard_table) then
    execute format('create table onhand_log.%I (like onhand_log.frames including all) partition by range (frame)', shard_table);
    execute format('alter table onhand_log.frames attach partition onhand_log.%I for values in (%s)', shard_table, of_shard);
  end if;
  if onhand_log.table_exists(leaf_table) then
    return false;
  end if;
  -- frames are added at the end and dropped with their table: vacuum after inserts would only cost reads
  execute format('create table onhand_log.%I (like onhand_log.frames including all) with (autovacuum_vacuum_insert_threshold = -1)', leaf_table);
  -- appends name the partition: finding it among hundreds would cost more than the insert itself
  execute format('grant select, insert on onhand_log.%I to onhand_projector', leaf_table);
  execute format(
    'alter table onhand_log.%I attach partition onhand_log.%I for values from (%s) to (%s)',
    shard_table, leaf_table, below, below + onhand_log.frames_per_partition()
  );
  return true;
end
$$;

-- Drops the oldest partition of the shard that lies wholly below `below_frame` and does not hold the last
-- frame. True when there was one. Dropping locks the shard's table for a moment: a reader that keeps us from
-- it makes us give up (55P03) rather than queue appends behind us.
create function onhand_log.drop_oldest_partition(of_shard integer, below_frame bigint) returns boolean
  language plpgsql security definer
  set search_path = pg_catalog, pg_temp
  set lock_timeout = '100ms'
as $$
declare
  oldest bigint;
  last_frame bigint;
begin
  select max(frame) into last_frame from onhand_log.frames where shard = of_shard;
  select min(split_part(relname, '_', 3)::bigint) into oldest
    from pg_catalog.pg_inherits join pg_catalog.pg_class on oid = inhrelid
    where inhparent = to_regclass(format('onhand_log.frames_%s', of_shard));
  if oldest is null or last_frame is null
    or (oldest + 1) * onhand_log.frames_per_partition() > least(below_frame, last_frame) then
    return false;
  end if;
  execute format('drop table onhand_log.frames_%s_%s', of_shard, oldest);
  return true;
end
$$;

-- What the log takes on disk, indexes and long values included.
create function onhand_log.used_bytes() returns bigint
  language sql stable security definer
  set search_path = pg_catalog, pg_temp
as $$
  select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint
  from pg_partition_tree('onhand_log.frames') where isleaf
$$;

revoke execute on all functions in schema onhand_log from public;
grant execute on all functions in schema onhand_log to onhand_projector;
grant select, insert on onhand_log.cluster to onhand_projector;
-- delete: the rest of a trimmed partition; update never
grant select, insert, delete on onhand_log.frames to onhand_projector;
