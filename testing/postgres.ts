/**
 * Databases for `x.pg.test.ts`: one throw-away server for the whole run (testing/postgres-setup.ts), and for
 * whoever asks a database of their own, cloned from a migrated template in some tens of milliseconds.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { type PostgresRole, roleNames } from '../engines/postgres/index.ts';

export const templateName = 'onhand';

/** What the set-up hands to the test files. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly passwords: Readonly<Record<PostgresRole, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestServer;
  }
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  url(role: PostgresRole): string;
  /** The one pool of that role, made on first use; ends with the database. Its sessions are few: two. */
  poolFor(role: PostgresRole): pg.Pool;
}

/** `await using database = await testDatabase()`, or dispose of it in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser(`create database ${name} template ${templateName} owner ${roleNames.owner}`);
  const url = (role: PostgresRole) => testServerUrl(role, name);
  const pools = new Map<PostgresRole, pg.Pool>();
  return {
    name,
    url,
    poolFor(role) {
      let pool = pools.get(role);
      if (pool === undefined) {
        pool = new pg.Pool({ connectionString: url(role), max: 2, application_name: 'onhand test' });
        pool.on('error', () => {}); // a session that a test ended on purpose
        pool.on('connect', (client) => client.on('error', () => {}));
        pools.set(role, pool);
      }
      return pool;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await asSuperuser(`drop database if exists ${name} with (force)`);
    },
  };
}

/** The name this had first. */
export const createTestDatabase = testDatabase;

export function testServerUrl(role: PostgresRole, database: string): string {
  const { host, port, passwords } = inject('postgres');
  return `postgres://${roleNames[role]}:${passwords[role]}@${host}:${port}/${database}`;
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: testServerUrl('superuser', 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
