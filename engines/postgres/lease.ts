/**
 * The lease on an embedded log: one advisory lock, held on one connection for the life of the owner.
 *
 * E1. Whoever holds the lock owns the log. The server frees it the moment the owner's connection ends, so a
 *     killed owner blocks nobody.
 * E2. A lost connection is a lost lease: the holder is told at once and must stop deciding until it has a new one.
 */
import pg from 'pg';

/** Spells "onhand" in ASCII; must only differ from other locks in the same database. */
const leaseKey = '122519083609700';

export interface Lease extends AsyncDisposable {
  /** Settles when the lease is gone, whether given back or lost (E2). */
  readonly ended: Promise<void>;
  release(): Promise<void>;
}

/** Null: somebody else holds it. Throws what the driver throws when the server is away. */
export async function takeLease(url: string): Promise<Lease | null> {
  const client = new pg.Client({ connectionString: url, application_name: 'onhand lease', keepAlive: true });
  const ended = new Promise<void>((resolve) => {
    client.once('end', resolve);
    client.on('error', () => resolve());
  });
  await client.connect();
  const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${leaseKey}) as taken`);
  if (rows[0]?.taken !== true) {
    await client.end();
    return null;
  }
  const release = () => client.end().catch(() => {}); // a connection that is broken already has given the lock back
  return { ended, release, [Symbol.asyncDispose]: release };
}
