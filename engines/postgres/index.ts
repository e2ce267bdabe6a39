/** The embedded Postgres, as the rest of the program sees it. */
export { type Lease, takeLease } from './lease.ts';
export { type PostgresEngine, type PostgresOptions, postgresUrl, startPostgres } from './engine.ts';
export { type PostgresRole, roleNames } from './passwords.ts';
export { clusterDirOf, hasCluster, removeCluster } from './placement.ts';
export { findLeftover } from './postmaster.ts';
export { type PostgresEvent, supervisePostgres, type SupervisedPostgres } from './supervise.ts';
