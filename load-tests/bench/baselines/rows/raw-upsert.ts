/**
 * The rows of write-behind, written as plainly as Postgres takes them: one statement per batch, `unnest` of one array per
 * column, an upsert per table.
 *
 * What it leaves out of what write-behind does: the checkpoint with its compare-and-set, the guard against older versions,
 * checksums, policies of row-level security.
 */
import type pg from 'pg';
import { arrayLiteral, arrayType } from '../../../../runtime/postgres/array-literal.ts';
import { withSession } from '../postgres/schema.ts';
import type { TableRows } from './hold-frames.ts';

/** Of `onhand`, whose twins without policies and checksums are written. */
export const twinnedTables = ['actors', 'stock_skus', 'stock_levels', 'stock_holds'];

/** `url` is of the owner of a database that is migrated. Also empties the twins. */
export async function makeTwins(url: string): Promise<void> {
  await withSession(url, async (session) => {
    await session.query('create schema if not exists baseline');
    for (const table of twinnedTables) {
      await session.query(`drop table if exists baseline.${table}`);
      await session.query(`create table baseline.${table} (like onhand.${table} including all)`);
      await session.query(`alter table baseline.${table} drop column if exists row_checksum`);
      await session.query(`alter table baseline.${table} set (${await storageOf(session, table)})`);
    }
  });
}

/** Free room on pages and the pace of vacuum: `like` leaves them out. */
async function storageOf(session: pg.Client, table: string): Promise<string> {
  const { rows } = await session.query<{ option: string }>(`select unnest(reloptions) as option from pg_class where oid = $1::regclass`, [
    `onhand.${table}`,
  ]);
  return ['fillfactor = 100', ...rows.map(({ option }) => option)]
    .filter((option, index, all) => all.findLastIndex((other) => nameOf(other) === nameOf(option)) === index)
    .join(', ');
}

function nameOf(option: string): string {
  return option.split('=')[0]?.trim() ?? option;
}

/** Equal shapes share one prepared statement. */
const statements = new Map<string, { readonly name: string; readonly text: string }>();

export async function writeRaw(session: pg.Client, batch: readonly TableRows[]): Promise<void> {
  const shape = batch.map(({ table }) => table.name).join(' ');
  let statement = statements.get(shape);
  if (statement === undefined) {
    statement = { name: `raw_${statements.size}`, text: textOf(batch) };
    statements.set(shape, statement);
  }
  const values = batch.flatMap(({ table, rows }) =>
    table.columns.map(([column, type]) =>
      arrayLiteral(
        type,
        rows.map((row) => row[column]),
      ),
    ),
  );
  await session.query({ ...statement, values });
}

function textOf(batch: readonly TableRows[]): string {
  let parameter = 0;
  const parts = batch.map(({ table: { name, columns, key } }) => {
    const names = columns.map(([column]) => column);
    const arrays = columns.map(([, type]) => `$${++parameter}::${arrayType(type)}`);
    const values = columns.map(([column, type]) => (type === 'jsonb' ? `u.${column}::jsonb` : `u.${column}`));
    const changed = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    return `written_${name} as (
      insert into baseline.${name} (${names.join(', ')})
      select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u (${names.join(', ')})
      on conflict (${key.join(', ')}) do update set ${changed.join(', ')})`;
  });
  return `with ${parts.join(',\n')} select`;
}
