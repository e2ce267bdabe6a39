/**
 * The SQL of the row store, made from table definitions. Pure text: nothing here talks to a server.
 *
 * Q1. A batch is one statement: one round trip, one transaction, and never a session idle inside one. Its
 *     first part moves the checkpoints of its shards, in their order, or raises; every other part reads from it,
 *     so that the checkpoints' rows are locked before any other, and two projectors never deadlock.
 * Q2. `load` is one statement: all rows of all actors come from one snapshot (R4).
 * Q3. Rows that are new are inserted and nothing else: to be ready for a row that is there costs the server a quarter of
 *     the whole insert, for every hold. One that is there fails the batch, which is then sent again, ready for it.
 * Q4. A table with new rows has both ways in, though one may be empty: tables are in a batch with all sorts of changes, and
 *     each further shape would be a statement to plan and to keep prepared.
 */
import pg from 'pg';
import { assert, type ColumnType, type Json, type Row, type TableDefinition } from '../../actors/kernel/index.ts';
import type { Shard } from '../log/port.ts';
import { arrayType } from '../postgres/array-literal.ts';
import { checksumColumn } from './checksum.ts';
import { encodeKeys, encodeRows } from './encode-rows.ts';
import type { Forgettable } from './forgettable.ts';
import type { Checkpoint } from './port.ts';
import { actorsTable, type StoredTable, type TableChanges, type TableUse } from './table-set.ts';

/** From where to where a batch moves the checkpoint of its shard. */
export interface CheckpointMove {
  readonly shard: Shard;
  readonly from: Checkpoint;
  readonly to: Checkpoint;
}

/** Parameters of the checkpoints' compare-and-set come first. */
const checkpointColumns = [
  ['shard', 'integer'],
  ['from_frame', 'bigint'],
  ['from_hash', 'text'],
  ['epoch', 'bigint'],
  ['to_frame', 'bigint'],
  ['to_hash', 'text'],
] as const;

/** Q1. Equal shapes have equal text, and so one plan. */
export function batchShape(changes: readonly TableChanges[], force = false): string {
  const shape = changes
    .map((change) => {
      const put = change.inserts.length > 0 ? '*' : change.upserts.length > 0 ? '+' : '';
      return `${change.table.name}${put}${change.removals.length > 0 ? '-' : ''}`;
    })
    .join(' ');
  return force ? `force ${shape}` : shape;
}

export function batchText(changes: readonly TableChanges[], force = false): string {
  assert(!force || changes.every(({ inserts }) => inserts.length === 0), 'what is put in the place of anything is not said to be new');
  let parameter = 0;
  const nextArray = (type: ColumnType) => `$${++parameter}::${arrayType(type)}`;
  const moves = checkpointColumns.map(([, type]) => nextArray(type)).join(', ');
  const parts = [`advanced as materialized (select onhand.advance_checkpoints(${moves}) as ok)`];
  for (const change of changes) {
    const { table, inserts, removals } = change;
    if (inserts.length > 0) parts.push(`inserted_${table.name} as (${insertText(table, nextArray)})`); // Q3
    if (hasUpserts(change)) parts.push(`upserted_${table.name} as (${insertText(table, nextArray)} ${whenThereText(table, force)})`);
    if (removals.length > 0) parts.push(`removed_${table.name} as (${removeText(table, nextArray)})`);
  }
  return `with ${parts.join(',\n')}\nselect ok from advanced`;
}

/** Q4. */
function hasUpserts({ inserts, upserts }: TableChanges): boolean {
  return inserts.length > 0 || upserts.length > 0;
}

/** The first parameters of `batchText`. */
export function checkpointArrays(moves: readonly CheckpointMove[]): Buffer[] {
  const rows = moves.map(({ shard, from, to }) => ({
    shard,
    from_frame: from.frame,
    from_hash: from.hash,
    epoch: from.epoch,
    to_frame: to.frame,
    to_hash: to.hash,
  }));
  return encodeKeys(checkpointColumns, rows);
}

/** In the order in which `batchText` numbers them, after those of the checkpoints. */
export function batchArrays(changes: readonly TableChanges[]): Buffer[] {
  const arrays: Buffer[] = [];
  for (const change of changes) {
    const { table, inserts, upserts, removals } = change;
    if (inserts.length > 0) arrays.push(...encodeRows(table.columns, inserts));
    if (hasUpserts(change)) arrays.push(...encodeRows(table.columns, upserts));
    if (removals.length > 0) arrays.push(...encodeKeys(removalColumns(table), removals));
  }
  return arrays;
}

function insertText(table: StoredTable, nextArray: (type: ColumnType) => string): string {
  const columns = [...table.columns, [checksumColumn, 'integer'] as const];
  const names = columns.map(([name]) => name);
  const values = columns.map(([name, type]) => (type === 'jsonb' ? `u.${name}::jsonb` : `u.${name}`));
  return `insert into onhand.${table.name} as t (${names.join(', ')})
    select ${values.join(', ')} from advanced, ${rowsOfArrays(columns, nextArray)} as u`;
}

function whenThereText(table: StoredTable, force: boolean): string {
  const names = [...table.columns.map(([name]) => name), checksumColumn];
  const changed = names.filter((name) => !table.key.includes(name)).map((name) => `${name} = excluded.${name}`);
  const guard = force ? '' : ' where excluded.version >= t.version';
  return `on conflict (${table.key.join(', ')}) do ${changed.length === 0 ? 'nothing' : `update set ${changed.join(', ')}${guard}`}`;
}

function removeText(table: StoredTable, nextArray: (type: ColumnType) => string): string {
  const columns = removalColumns(table);
  return `delete from onhand.${table.name} t using advanced, ${rowsOfArrays(columns, nextArray)} as u
    where ${table.key.map((name) => `t.${name} = u.${name}`).join(' and ')} and t.version <= u.version`;
}

/** Arrays of one length as rows. In the select list they are taken apart side by side; in the from list the server
 *  would first write down each of them as a table of its own, which took twice as long. */
function rowsOfArrays(columns: StoredTable['columns'], nextArray: (type: ColumnType) => string): string {
  return `(select ${columns.map(([name, type]) => `unnest(${nextArray(type)}) as ${name}`).join(', ')})`;
}

function removalColumns(table: StoredTable): readonly (readonly [string, ColumnType])[] {
  return table.columns.filter(([name]) => name === 'version' || table.key.includes(name));
}

/** Q2. $1 stores, $2 actor ids, $3 now. Rows come as [source, store, actor, values]: source 0 is the actor
 *  itself, source n the n-th of `tables`; values come in the order of its columns, the checksum last. */
export function loadText(kind: string, tables: readonly TableDefinition[]): string {
  const sources = tables.map((table, index) => {
    const conditions = [
      ...kindConditions(table),
      ...(table.recent === undefined ? [] : [`${keptUntil(table)} >= $3::bigint - ${table.recent.keepMs}`]),
    ];
    return `select ${index + 1}, k.store_id, k.actor_id, ${valuesOf(table)}
      from known k join onhand.${table.name} t on t.store_id = k.store_id and t.${table.actorColumn} = k.actor_id${whereOf(conditions)}`;
  });
  return `with known as materialized (
      select a.*
      from unnest($1::text[], $2::text[]) as w (store_id, actor_id)
      join onhand.actors a on a.store_id = w.store_id and a.kind = ${literal(kind)} and a.actor_id = w.actor_id
      where $3::bigint is not null
    )
    select 0 as source, store_id, actor_id, ${valuesOf(actorLine)} as values from known t${sources.map((source) => `\n    union all ${source}`).join('')}`;
}

/** Which of them there are. $1 stores, $2 kinds, $3 actor ids. One by one, by their keys: a join is planned for as many actors
 *  as there were when the session began, and goes on reading all of them when there are many. */
export const existingText = `select a.store_id, a.kind, a.actor_id from unnest($1::text[], $2::text[], $3::text[]) as w (store_id, kind, actor_id),
  lateral (select * from onhand.actors t where t.store_id = w.store_id and t.kind = w.kind and t.actor_id = w.actor_id limit 1) as a`;

/** Until when a row is read back, as one number that an index can be made of. */
export function keptUntil({ recent }: TableDefinition): string {
  const instant = `coalesce(t.${recent!.column}, 9223372036854775807)`;
  const statuses = recent!.unlessStatus ?? [];
  return statuses.length === 0
    ? instant
    : `case when t.status in (${statuses.map(literal).join(', ')}) then 9223372036854775807 else ${instant} end`;
}

/** Cursors take no parameters; a shard is a number, so it may stand in the text. */
export function scanText({ kind, table }: TableUse, shard: Shard): string {
  return `select ${valuesOf(table)} as values from onhand.${table.name} t join onhand.actors a on ${ownerOf(kind, table)}${whereOf([`a.shard = ${Number(shard)}`, ...kindConditions(table)])}`;
}

export function scanActorsText(shard: Shard): string {
  return `select ${valuesOf(actorLine)} as values from onhand.actors t where t.shard = ${Number(shard)}`;
}

const actorLine = { columns: Object.fromEntries(actorsTable.columns) };

/** Rows whose actor has no line. */
export function straysText({ kind, table }: TableUse): string {
  const orphaned = `not exists (select from onhand.actors a where ${ownerOf(kind, table)})`;
  return `select ${valuesOf(table)} as values from onhand.${table.name} t${whereOf([orphaned, ...kindConditions(table)])}`;
}

function ownerOf(kind: string, table: TableDefinition): string {
  return `a.store_id = t.store_id and a.kind = ${literal(kind)} and a.actor_id = t.${table.actorColumn}`;
}

/** $1 the instant before which rows are forgotten, $2 how many at once. */
export function forgetText({ name, instantColumn, unlessStatus }: Forgettable): string {
  const kept = unlessStatus.length === 0 ? '' : ` and (status is null or status not in (${unlessStatus.map(literal).join(', ')}))`;
  return `delete from onhand.${name} where ctid in (
      select ctid from onhand.${name} where ${instantColumn} < $1::bigint${kept} limit $2 for update skip locked
    )`;
}

/** The values of one row, as `valuesOf` asked for them, by column name; without the checksum. */
export function rowOfValues(table: Pick<TableDefinition, 'columns'>, values: readonly Json[]): Row {
  const row: Record<string, Json> = {};
  let index = 0;
  for (const column in table.columns) row[column] = values[index++]!;
  return row;
}

function valuesOf(table: Pick<TableDefinition, 'columns'>): string {
  return `json_build_array(${[...Object.keys(table.columns), checksumColumn].map((name) => `t.${name}`).join(', ')})`;
}

function kindConditions(table: TableDefinition): string[] {
  return Object.entries(table.where ?? {}).map(
    ([column, value]) => `t.${column} = ${typeof value === 'string' ? literal(value) : String(value)}`,
  );
}

function whereOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

function literal(text: string): string {
  return pg.escapeLiteral(text);
}
