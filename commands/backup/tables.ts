/** Which tables a backup copies: all of Onhand's, from the catalogue, so that those of later migrations are in it too. */
import pg from 'pg';
import { Hindrance } from '../command.ts';

export type Tables = readonly { readonly sql: string; readonly columns: string }[];

/** `onhand_migrations` is left out: a restore migrates, and so writes it itself. */
const tablesText = `
  select format('%I.%I', nspname, relname) as sql, relkind::text as kind,
    (select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where (nspname = 'onhand' or nspname like 'onhand\\_%') and nspname <> 'onhand_migrations'
    and relkind in ('r', 'p', 'S', 'm', 'f') and not relispartition
  order by 1`;

export async function tablesOf(client: pg.Client): Promise<Tables> {
  const { rows } = await client.query<{ sql: string; kind: string; columns: string }>(tablesText);
  const strange = rows.find(({ kind }) => kind !== 'r' && kind !== 'p');
  if (strange !== undefined) throw new Hindrance(`${strange.sql} is of a kind that this version cannot copy. No backup was written.`);
  return rows;
}
