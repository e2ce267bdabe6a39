/**
 * The tables of all kinds of actors, checked against each other once, and the rows that go into them,
 * checked one by one. Both adapters stand on this, so that a row the memory twin takes is a row that
 * Postgres takes. Knows nothing of SQL.
 */
import { actorId, assert, type ColumnType, type Json, type Row, type RowChange, type TableDefinition } from '../../actors/kernel/index.ts';
import type { ActorRow } from './port.ts';

/** What a row store needs to know of an actor definition. */
export interface ActorTables {
  readonly kind: string;
  readonly tables: readonly TableDefinition[];
}

/** A table as it is written: the same for every kind of actor that shares it. */
export interface StoredTable {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
  readonly key: readonly string[];
}

/** The runtime's own table: one line per actor, written like every other table. */
export const actorsTable: StoredTable = {
  name: 'actors',
  columns: Object.entries({
    store_id: 'text',
    kind: 'text',
    actor_id: 'text',
    shard: 'integer',
    version: 'bigint',
    deadline: 'bigint',
    owes: 'boolean',
    format: 'integer',
  } satisfies Record<string, ColumnType>),
  key: ['store_id', 'kind', 'actor_id'],
};

export function rowOfActor({ actor, shard, version, deadline, owes, format }: ActorRow): Row {
  return { store_id: actor.store, kind: actor.kind, actor_id: actor.id, shard, version, deadline, owes, format };
}

interface ActorLine extends Omit<ActorRow, 'actor'> {
  readonly store_id: string;
  readonly kind: string;
  readonly actor_id: string;
}

export function actorOfLine(row: Row): ActorRow {
  const { store_id, kind, actor_id, shard, version, deadline, owes, format } = row as unknown as ActorLine;
  return { actor: actorId(kind, store_id, actor_id), shard, version, deadline, owes, format };
}

export interface TableUse {
  readonly kind: string;
  readonly table: TableDefinition;
}

export class TableSet {
  readonly stored: ReadonlyMap<string, StoredTable>;
  readonly #byKind = new Map<string, readonly TableDefinition[]>();
  readonly #uses = new Map<string, TableUse[]>();

  constructor(kinds: readonly ActorTables[]) {
    const stored = new Map<string, StoredTable>([[actorsTable.name, actorsTable]]);
    for (const { kind, tables } of kinds) {
      assert(!this.#byKind.has(kind), `kind ${kind} is given twice`);
      this.#byKind.set(kind, tables);
      for (const table of tables) {
        checkDefinition(table);
        // sorted, since kinds that share a table may name its columns in another order
        const columns = Object.entries(table.columns).sort(([one], [other]) => (one < other ? -1 : 1));
        const entry = { name: table.name, columns, key: table.key };
        const other = stored.get(table.name);
        assert(other === undefined || JSON.stringify(other) === JSON.stringify(entry), `kinds disagree about table ${table.name}`);
        stored.set(table.name, entry);
        this.#uses.set(table.name, [...(this.#uses.get(table.name) ?? []), { kind, table }]);
      }
    }
    this.stored = stored;
  }

  table(name: string): StoredTable {
    const table = this.stored.get(name);
    return table ?? refuse(`table ${name} belongs to no kind of actor`);
  }

  tablesOf(kind: string): readonly TableDefinition[] {
    const tables = this.#byKind.get(kind);
    assert(tables !== undefined, `unknown kind of actor ${kind}`);
    return tables;
  }

  /** Every kind that uses the table, each with its own definition of it. */
  usesOf(name: string): readonly TableUse[] {
    return this.#uses.get(name) ?? [];
  }
}

function checkDefinition(table: TableDefinition): void {
  const { name, columns, key } = table;
  assert(/^[a-z][a-z_]*$/.test(name), `table name ${name} is not a plain lower-case name`);
  for (const column of Object.keys(columns))
    assert(/^[a-z][a-z0-9_]*$/.test(column), `column ${name}.${column} is not a plain lower-case name`);
  assert(key[0] === 'store_id', `the key of ${name} starts with store_id`);
  assert(columns['version'] !== undefined, `${name} has a version`);
  for (const column of [...key, table.actorColumn, ...Object.keys(table.where ?? {})]) {
    assert(columns[column] !== undefined, `${name}.${column} is used but not declared`);
  }
  const { recent } = table;
  if (recent === undefined) return;
  assert(columns[recent.column] === 'bigint', `${name}.${recent.column} is an instant`);
  assert(recent.unlessStatus === undefined || columns['status'] === 'text', `${name} has a status`);
}

/** The key of a row as one text. Keys hold no NUL: Postgres could not store it. Texts stand in the order of their
 *  numbers: rows are written in this order, and those of events become news in the order in which they were written. */
export function keyText(table: StoredTable, row: Row): string {
  let text = '';
  for (const column of table.key) text += `${keyPart(row[column])}\u0000`;
  return text;
}

/** As many digits as the largest whole number has. */
const digitsMax = 16;

/** Nearly every number in a key is 0. */
const zeroPart = '0'.repeat(digitsMax);

function keyPart(value: Json | undefined): string {
  if (value === 0) return zeroPart;
  return typeof value === 'number' ? String(value).padStart(digitsMax, '0') : String(value);
}

/** Throws unless the row has exactly the declared columns, with values of their types. */
export function checkRow(table: StoredTable, row: Row): void {
  for (const [column, type] of table.columns) {
    const value = row[column];
    if (value !== null && !(value !== undefined && fits(type, value))) refuseValue(table, column, type, value);
  }
  let columns = 0;
  for (const _ in row) columns++;
  if (columns !== table.columns.length) refuse(`row of ${table.name} has undeclared columns: ${Object.keys(row).join(', ')}`);
  checkKeyAndVersion(table, row);
}

export function checkKeyAndVersion(table: StoredTable, row: Row): void {
  for (const column of table.key)
    if (row[column] === null || row[column] === undefined) refuse(`key column ${table.name}.${column} has no value`);
  if (!Number.isSafeInteger(row['version'])) refuse(`row of ${table.name} has a whole version`);
}

/** Asserts whose messages name values: those are put into words only when they are needed, not for every value stored. */
function refuse(what: string): never {
  assert(false, what);
}

function refuseValue(table: StoredTable, column: string, type: ColumnType, value: Json | undefined): never {
  refuse(value === undefined ? `row of ${table.name} lacks ${column}` : `${table.name}.${column} is ${type}, not ${JSON.stringify(value)}`);
}

function fits(type: ColumnType, value: Json): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'bigint':
      return Number.isSafeInteger(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
    case 'boolean':
      return typeof value === 'boolean';
    case 'jsonb':
      return true;
  }
}

export function versionOf(row: Row): number {
  return row['version'] as number;
}

/** What a batch does to one table, each key once, in key order: two writers that touch the same rows
 *  lock them in the same order. */
export interface TableChanges {
  readonly table: StoredTable;
  /** Of all its rows. */
  readonly keys: readonly string[];
  /** Nobody has written them before, as far as their actors know. */
  readonly inserts: readonly Row[];
  readonly upserts: readonly Row[];
  readonly removals: readonly Row[];
}

/** The same, where some of what is said to be new may be there. */
export function asOld(change: TableChanges): TableChanges {
  return change.inserts.length === 0 ? change : { ...change, inserts: [], upserts: [...change.inserts, ...change.upserts] };
}

/** What several batches do to each table, one batch after the other; null where two of them touch the same row. */
export function together(batches: readonly (readonly TableChanges[])[]): readonly TableChanges[] | null {
  const byTable = new Map<string, TableChanges[]>();
  for (const changes of batches) {
    for (const change of changes) {
      const others = byTable.get(change.table.name);
      if (others === undefined) byTable.set(change.table.name, [change]);
      else others.push(change);
    }
  }
  const merged: TableChanges[] = [];
  for (const name of [...byTable.keys()].sort()) {
    const [first, ...others] = byTable.get(name)!;
    if (others.length === 0) {
      merged.push(first!);
      continue;
    }
    const all = [first!, ...others];
    const keys = all.flatMap((change) => change.keys);
    if (new Set(keys).size < keys.length) return null;
    merged.push({
      table: first!.table,
      keys,
      inserts: all.flatMap((change) => change.inserts),
      upserts: all.flatMap((change) => change.upserts),
      removals: all.flatMap((change) => change.removals),
    });
  }
  return merged;
}

export interface Coalesced {
  readonly row: Row;
  readonly remove: boolean;
  /** What the first change of the row said. */
  readonly isNew: boolean;
}

/** Several changes of one row: the newest version counts, and of equal versions the last one. */
export function coalesce(tables: TableSet, changes: readonly RowChange[]): readonly TableChanges[] {
  const byTable = new Map<string, Map<string, Coalesced>>();
  for (const { table: name, row, remove = false, isNew: isSaidNew = false } of changes) {
    const table = tables.table(name);
    if (remove) checkKeyAndVersion(table, row);
    else checkRow(table, row);
    let byKey = byTable.get(name);
    if (byKey === undefined) byTable.set(name, (byKey = new Map()));
    const key = keyText(table, row);
    const earlier = byKey.get(key);
    const isNew = earlier === undefined ? isSaidNew : earlier.isNew;
    if (earlier === undefined || versionOf(row) >= versionOf(earlier.row)) byKey.set(key, { row, remove, isNew });
  }
  return [...byTable.keys()].sort().map((name) => changesOf(tables.table(name), byTable.get(name)!));
}

/** In key order. */
export function changesOf(table: StoredTable, byKey: ReadonlyMap<string, Coalesced>): TableChanges {
  const keys = [...byKey.keys()].sort();
  const inserts: Row[] = [];
  const upserts: Row[] = [];
  const removals: Row[] = [];
  for (const key of keys) {
    const { row, remove, isNew } = byKey.get(key)!;
    if (remove) removals.push(row);
    else if (isNew) inserts.push(row);
    else upserts.push(row);
  }
  return { table, keys, inserts, upserts, removals };
}

/** Whether a row is one that `load` reads back: of this kind, and recent enough. A row whose instant is
 *  null has no end yet and is always read. */
export function isLoaded(table: TableDefinition, row: Row, now: number): boolean {
  if (!table.loaded || !isOfKind(table, row)) return false;
  const { recent } = table;
  if (recent === undefined) return true;
  const at = row[recent.column];
  if (at === null || (at as number) >= now - recent.keepMs) return true;
  return recent.unlessStatus?.includes(row['status'] as string) ?? false;
}

export function isOfKind(table: TableDefinition, row: Row): boolean {
  return Object.entries(table.where ?? {}).every(([column, value]) => row[column] === value);
}
