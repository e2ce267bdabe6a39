/**
 * Brings a database up to the migrations of this program: every `NNNN_name.sql` in `migrations/postgres`, in
 * the order of the numbers, each in its own transaction, applied once, under an advisory lock that a second
 * migrator waits for. Never goes backwards.
 *
 * M1. The first file makes the roles and schemas and runs as whoever connects; all later ones run as
 *     `onhand_owner`, so that it owns everything they make, whoever the administrator is.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runner, type RunnerOption } from 'node-pg-migrate';
import pg from 'pg';

export const migrationsDir = join(import.meta.dirname, '../migrations/postgres');

const firstMigration = '0001_roles_and_schemas';
const bookkeeping = { schema: 'onhand_migrations', table: 'applied' } as const;

export interface MigrationFile {
  /** File name without `.sql`. */
  readonly name: string;
  /** Programs of the version before cannot work with the database after it. */
  readonly breaking: boolean;
}

/** `url` is that of a role that may create roles, or of `onhand_owner` where the roles exist. Resolves to the
 *  names of the migrations it applied, oldest first. */
export async function migrate(url: string, dir = migrationsDir): Promise<readonly string[]> {
  await migrationFiles(dir); // a file without its mark is refused before anything is changed
  return withClient(url, async (client) => {
    const first = await run(client, dir, { file: firstMigration });
    await client.query('set role onhand_owner'); // M1
    const later = await run(client, dir, {});
    return [...first, ...later];
  });
}

/** The migrations that `migrate` would apply. */
export async function pendingMigrations(url: string, dir = migrationsDir): Promise<readonly MigrationFile[]> {
  const files = await migrationFiles(dir);
  const applied = await withClient(url, appliedNames);
  return files.filter((file) => !applied.has(file.name));
}

/** All migrations of this program, in order. */
export async function migrationFiles(dir = migrationsDir): Promise<readonly MigrationFile[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.sql'.length),
      breaking: isBreaking(name, await readFile(join(dir, name), 'utf8')),
    })),
  );
}

function isBreaking(name: string, text: string): boolean {
  const mark = /^-- breaking: (yes|no)$/m.exec(text)?.[1];
  if (mark === undefined) throw new Error(`migration ${name} does not say "-- breaking: yes" or "-- breaking: no"`);
  return mark === 'yes';
}

async function run(client: pg.Client, dir: string, which: { readonly file?: string }): Promise<readonly string[]> {
  const lines: string[] = [];
  const note = (line: string) => lines.push(line);
  const options: RunnerOption = {
    dbClient: client,
    dir,
    ignorePattern: '(?!\\d+_.*\\.sql$).*',
    direction: 'up',
    migrationsSchema: bookkeeping.schema,
    createMigrationsSchema: true,
    migrationsTable: bookkeeping.table,
    advisoryLockMode: 'wait',
    logger: { info: () => {}, warn: note, error: note },
    ...which,
  };
  try {
    return (await runner(options)).map(({ name }) => name);
  } catch (error) {
    throw new Error(`migration failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: new Error(lines.join('\n'), { cause: error }),
    });
  }
}

async function appliedNames(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    `${bookkeeping.schema}.${bookkeeping.table}`,
  ]);
  if (rows[0]?.there !== true) return new Set();
  const applied = await client.query<{ name: string }>(`select name from ${bookkeeping.schema}.${bookkeeping.table}`);
  return new Set(applied.rows.map(({ name }) => name));
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'onhand migrate' });
  client.on('error', () => {}); // a server that dies now is reported by the query that fails
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
