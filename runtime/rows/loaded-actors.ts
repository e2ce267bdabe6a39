/**
 * What `loadText` and `scanText` bring back, turned into rows by name, and every row compared with its checksum (R5).
 */
import { actorId, actorKey, assert, type Json, type Row, type TableDefinition } from '../../actors/kernel/index.ts';
import { isDamaged } from './checksum.ts';
import type { DamagedRow, LoadedActor } from './port.ts';
import { rowOfValues } from './table-sql.ts';
import { actorsTable, type TableSet } from './table-set.ts';

/** One row of one table, or (source 0) of the actor itself. */
export interface LoadRow {
  readonly source: number;
  readonly store_id: string;
  readonly actor_id: string;
  readonly values: readonly Json[];
}

const actorLine = { name: actorsTable.name, columns: Object.fromEntries(actorsTable.columns) };

export function loadedActors(
  set: TableSet,
  kind: string,
  tables: readonly TableDefinition[],
  found: readonly LoadRow[],
): ReadonlyMap<string, LoadedActor> {
  const loaded = new Map<string, LoadedActor & { readonly rows: Record<string, Row[]> }>();
  const damaged = new Map<string, DamagedRow[]>();
  const read = (key: string, table: Pick<TableDefinition, 'name' | 'columns'>, values: readonly Json[]): Row => {
    const row = rowOfValues(table, values);
    if (isSound(set, table, row, values)) return row;
    const others = damaged.get(key);
    if (others === undefined) damaged.set(key, [{ table: table.name, row }]);
    else others.push({ table: table.name, row });
    return row;
  };
  for (const { source, store_id, actor_id, values } of found) {
    if (source !== 0) continue;
    const key = actorKey(actorId(kind, store_id, actor_id));
    const line = read(key, actorLine, values);
    loaded.set(key, { version: line['version'] as number, format: line['format'] as number, rows: {} });
  }
  for (const { source, store_id, actor_id, values } of found) {
    if (source === 0) continue;
    const table = tables[source - 1]!;
    const key = actorKey(actorId(kind, store_id, actor_id));
    (loaded.get(key)!.rows[table.name] ??= []).push(read(key, table, values));
  }
  for (const [key, rows] of damaged) loaded.set(key, { ...loaded.get(key)!, damage: { kind: 'checksum', rows } });
  return loaded;
}

/** A number that is too large for us was not written by us. */
function isSound(set: TableSet, table: Pick<TableDefinition, 'name' | 'columns'>, row: Row, values: readonly Json[]): boolean {
  return hasSafeNumbers(table, row) && !isDamaged(set.table(table.name), row, checksumIn(values));
}

function checksumIn(values: readonly Json[]): number | null {
  return values.at(-1) as number | null;
}

/** For scans: tells of damage and goes on. Throws when a number did not survive the way through JSON. */
export function checkedRow(
  set: TableSet,
  table: Pick<TableDefinition, 'name' | 'columns'>,
  values: readonly Json[],
  onDamaged?: (row: Row) => void,
): Row {
  const row = rowOfValues(table, values);
  assert(hasSafeNumbers(table, row), `a number in a row of ${table.name} does not fit`);
  if (onDamaged !== undefined && isDamaged(set.table(table.name), row, checksumIn(values))) onDamaged(row);
  return row;
}

function hasSafeNumbers(table: Pick<TableDefinition, 'columns'>, row: Row): boolean {
  for (const column in table.columns) {
    const value = row[column];
    if (table.columns[column] === 'bigint' && value !== null && !Number.isSafeInteger(value)) return false;
  }
  return true;
}
