/**
 * The database and its roles, made before the first migration. Doing it again changes nothing but passwords.
 *
 * G1. `onhand_owner` owns the database and runs migrations; `onhand_projector` writes rows; `onhand_app` reads
 *     and writes for requests, under row-level security. None of them may bypass it, none is a superuser.
 */
import pg from 'pg';
import { type Passwords, roleNames } from './passwords.ts';

export const databaseName = 'onhand';

const roles = ['owner', 'projector', 'app'] as const;

/** `url` is the superuser's, on database `postgres`. */
export async function prepareDatabase(url: string, passwords: Passwords): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'onhand set-up' });
  client.on('error', () => {}); // a server that dies now is reported by the query that fails
  await client.connect();
  try {
    for (const role of roles) await prepareRole(client, roleNames[role], passwords[role]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName} owner ${roleNames.owner}`);
    await client.query(`revoke all on database ${databaseName} from public`);
    await client.query(`grant connect on database ${databaseName} to ${roleNames.projector}, ${roleNames.app}`);
  } finally {
    await client.end();
  }
}

async function prepareRole(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  const verb = rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${name} login nosuperuser nobypassrls nocreaterole nocreatedb password ${pg.escapeLiteral(password)}`);
}
