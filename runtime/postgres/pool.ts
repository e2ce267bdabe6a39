/**
 * Connections to Postgres as the storage adapters use them: named settings per pool, numbers that are
 * numbers, and errors of idle sessions that are not thrown at anybody.
 */
import pg from 'pg';
import { assert } from '../../actors/kernel/index.ts';

export interface PoolOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly connectionsMax: number;
  /** How long to wait for a session, ms. */
  readonly connectTimeoutMs: number;
  /** How long to wait for the answer to a statement, ms; the statement itself goes on in the server. */
  readonly answerTimeoutMs: number;
  /** A session is closed after so many statements; absent = never. */
  readonly statementsPerSessionMax?: number;
  /** Server settings of every session, such as `synchronous_commit`. */
  readonly settings: Readonly<Record<string, string>>;
}

export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.answerTimeoutMs,
    ...(options.statementsPerSessionMax === undefined ? {} : { maxUses: options.statementsPerSessionMax }),
    keepAlive: true,
    options: Object.entries(options.settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    types: { getTypeParser },
  });
  // A session that dies (server restarted, session ended by a new owner) is told to the statement it was
  // running; an idle one is simply gone from the pool, and the next statement opens another.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

const { INT8 } = pg.types.builtins;

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  oid === INT8 && format !== 'binary' ? safeInteger : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;

/** bigint columns hold counts and instants, which all fit a double exactly. */
export function safeInteger(text: string): number {
  const value = Number(text);
  assert(Number.isSafeInteger(value), `bigint ${text} does not fit a number`);
  return value;
}
