/** Sessions of the row store, of all its pools alike. */
import { createPool, type PoolOptions } from '../postgres/pool.ts';
import type pg from 'pg';

const statementTimeoutMs = 10_000;

/** Commits wait for the disk. A session whose client vanished in the middle must not keep the shard's rows locked for long. */
const settings = {
  idle_in_transaction_session_timeout: '1s',
  statement_timeout: String(statementTimeoutMs),
  synchronous_commit: 'on',
} as const;

export function rowSessions(
  options: Pick<PoolOptions, 'url' | 'applicationName' | 'connectionsMax'>,
  also: PoolOptions['settings'] = {},
): pg.Pool {
  return createPool({
    ...options,
    connectTimeoutMs: statementTimeoutMs,
    answerTimeoutMs: statementTimeoutMs + 1_000,
    settings: { ...settings, ...also },
  });
}
