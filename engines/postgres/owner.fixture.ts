/** A process that owns a Postgres, for tests that kill it: starts, takes the lease, says so on one line, stays. */
import { startPostgres, takeLease } from './index.ts';

const engine = await startPostgres({ dataDir: process.argv[2] ?? '', throwAway: true });
const lease = await takeLease(engine.url('superuser'));
console.log(
  JSON.stringify({ pid: engine.pid, port: engine.port, clusterDir: engine.clusterDir, leased: lease !== null, uid: process.getuid?.() }),
);
process.once('SIGTERM', () => {
  void engine.stop().then(() => process.exit(0));
});
