-- The compare-and-set of several shards whose batches travel in one statement: see runtime/rows/batch-writer.ts.
-- breaking: no
--
-- One shard after the other in the order of the arrays, which is that of the shards: two owners never wait for each
-- other. One that is not where it should be takes all of them back, and its number is in the message for people alone;
-- the program then writes each by itself.

create function onhand.advance_checkpoints(
  of_shards integer[], from_frames bigint[], from_hashes text[], from_epochs bigint[], to_frames bigint[], to_hashes text[]
) returns boolean
  language plpgsql
  set search_path = pg_catalog, pg_temp
as $$
begin
  for at in 1..cardinality(of_shards) loop
    update onhand.checkpoints
      set frame = to_frames[at], hash = to_hashes[at], backend_pid = pg_backend_pid()
      where shard = of_shards[at] and frame = from_frames[at] and hash = from_hashes[at] and epoch = from_epochs[at];
    if not found then
      raise exception 'checkpoint of shard % is not at frame % of epoch %', of_shards[at], from_frames[at], from_epochs[at]
        using errcode = 'OH001';
    end if;
  end loop;
  return true;
end
$$;

revoke execute on function onhand.advance_checkpoints(integer[], bigint[], text[], bigint[], bigint[], text[]) from public;
grant execute on function onhand.advance_checkpoints(integer[], bigint[], text[], bigint[], bigint[], text[]) to onhand_projector;
