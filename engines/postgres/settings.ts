/**
 * How the embedded server is set up. Each value that differs from Postgres' own says why.
 *
 * S1. `fsync`, `full_page_writes` and `synchronous_commit` are on and said out loud: an acknowledged frame
 *     has survived a power cut (I3). Only throw-away test servers may switch them off.
 */
import { totalmem } from 'node:os';

export type Settings = Readonly<Record<string, string>>;

/** Sessions the server accepts: the log, write-behind, loading, queries of the application, and room for a person. */
export const connectionsMax = 68;

/** An eighth of the memory there is: enough for the hot pages of an hour of orders, or room that a small machine can spare. */
export function sharedBuffersMb(memoryBytes: number): number {
  return Math.max(128, Math.min(512, Math.floor(memoryBytes / 8 / 2 ** 20)));
}

function memoryOfMachine(): number {
  const granted = process.constrainedMemory(); // of the container, where there is one
  return granted > 0 ? Math.min(granted, totalmem()) : totalmem();
}

export const durableSettings: Settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // only this machine, only with a password; where there is a socket, socket.ts says
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  max_connections: String(connectionsMax),
  // pages that do not fit are written and read again by the sessions that need the room
  shared_buffers: `${sharedBuffersMb(memoryOfMachine())}MB`,
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  // the log writes steadily: fewer, larger checkpoints, spread out, and smaller pages in the write-ahead log
  max_wal_size: '2GB',
  min_wal_size: '128MB',
  wal_compression: 'on',
  checkpoint_timeout: '5min',
  // short statements only: compiling and parallel workers cost more than they bring, and need /dev/shm
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  // vacuum has the cores of those who sell, and pages that are in memory: without pauses it took most of one (Postgres' own are of 2 ms)
  autovacuum_vacuum_cost_delay: '10ms',
  // reads come from memory or are small; saves three processes
  io_method: 'sync',
  // nobody replicates from a server inside a data folder
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // a transaction left open keeps dead rows alive (I9); write-behind sets a tighter limit of its own
  idle_in_transaction_session_timeout: '30s',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_min_messages: 'warning',
  // a refused statement is answered to the one who sent it; the file is for the server's own troubles
  log_min_error_statement: 'panic',
};

/** For throw-away servers of tests. Not durable: a power cut may lose everything. */
export const throwAwaySettings: Settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  shared_buffers: '64MB',
  max_connections: '100',
};
