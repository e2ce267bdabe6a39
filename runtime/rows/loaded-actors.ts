/** What `loadText` and `scanText` bring back, turned into rows by name. */
import { actorId, actorKey, assert, type Json, type Row, type TableDefinition } from '../../actors/kernel/index.ts';
import type { LoadedActor } from './port.ts';
import { rowOfValues } from './table-sql.ts';

/** One row of one table, or (source 0) of the actor itself. */
export interface LoadRow {
  readonly source: number;
  readonly store_id: string;
  readonly actor_id: string;
  readonly values: readonly Json[];
}

export function loadedActors(kind: string, tables: readonly TableDefinition[], rows: readonly LoadRow[]): ReadonlyMap<string, LoadedActor> {
  const loaded = new Map<string, LoadedActor & { readonly rows: Record<string, Row[]> }>();
  for (const { source, store_id, actor_id, values } of rows) {
    if (source !== 0) continue;
    loaded.set(actorKey(actorId(kind, store_id, actor_id)), { version: values[0] as number, format: values[1] as number, rows: {} });
  }
  for (const { source, store_id, actor_id, values } of rows) {
    if (source === 0) continue;
    const table = tables[source - 1]!;
    const actorRows = loaded.get(actorKey(actorId(kind, store_id, actor_id)))!.rows;
    (actorRows[table.name] ??= []).push(checkedRow(table, values));
  }
  return loaded;
}

/** Throws when a number did not survive the way through JSON. */
export function checkedRow(table: Pick<TableDefinition, 'columns'>, values: readonly Json[]): Row {
  const row = rowOfValues(table, values);
  for (const column in table.columns) {
    const value = row[column];
    if (table.columns[column] === 'bigint' && value !== null) assert(Number.isSafeInteger(value), `${column} fits a number`);
  }
  return row;
}
