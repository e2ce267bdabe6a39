-- Which log holds the frames: a folder started with the other one would find it empty, and must not begin anew.
-- breaking: no

alter table onhand_log.cluster
  add column log_kind text not null default 'postgres' check (log_kind in ('postgres', 'jetstream'));
