/** Made-up actors for the conformance suite: every column type, every way of reading back, and a shared table. */
import type { ActorId, Row, RowChange, TableDefinition } from '../../actors/kernel/index.ts';
import { actorId } from '../../actors/kernel/index.ts';
import type { ActorTables } from './table-set.ts';

const crates: TableDefinition = {
  name: 'crates',
  columns: {
    store_id: 'text',
    crate_id: 'text',
    version: 'bigint',
    units: 'bigint',
    sealed: 'boolean',
    grade: 'integer',
    label: 'text',
    contents: 'jsonb',
  },
  key: ['store_id', 'crate_id'],
  actorColumn: 'crate_id',
  loaded: true,
};

const crateItems: TableDefinition = {
  name: 'crate_items',
  columns: { store_id: 'text', crate_id: 'text', item_id: 'text', status: 'text', version: 'bigint', ended_at: 'bigint' },
  key: ['store_id', 'crate_id', 'item_id'],
  actorColumn: 'crate_id',
  loaded: true,
  recent: { column: 'ended_at', keepMs: 1_000, unlessStatus: ['live'] },
};

const crateMoves: TableDefinition = {
  name: 'crate_moves',
  columns: { store_id: 'text', crate_id: 'text', version: 'bigint', what: 'text' },
  key: ['store_id', 'crate_id', 'version'],
  actorColumn: 'crate_id',
  loaded: false,
};

function notes(kind: string): TableDefinition {
  return {
    name: 'notes',
    columns: { store_id: 'text', kind: 'text', actor_id: 'text', note_id: 'text', version: 'bigint', text: 'text' },
    key: ['store_id', 'kind', 'actor_id', 'note_id'],
    actorColumn: 'actor_id',
    where: { kind },
    loaded: true,
  };
}

export const conformanceKinds: readonly ActorTables[] = [
  { kind: 'crate', tables: [crates, crateItems, crateMoves, notes('crate')] },
  { kind: 'barrel', tables: [notes('barrel')] },
];

/** The tables as a migration would make them, for adapters that need them made. */
export function conformanceTablesSql(): string {
  const tables = new Map(conformanceKinds.flatMap(({ tables }) => tables).map((table) => [table.name, table]));
  return [...tables.values()]
    .map(({ name, columns, key }) => {
      const list = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
      return `create table onhand.${name} (${list.join(', ')}, row_checksum integer, primary key (${key.join(', ')}));
        alter table onhand.${name} enable row level security;
        alter table onhand.${name} force row level security;
        create policy projector_all_stores on onhand.${name} to onhand_projector using (true) with check (true);
        grant select, insert, update, delete on onhand.${name} to onhand_projector;`;
    })
    .join('\n');
}

export function crate(id: string, store = 'store-1'): ActorId {
  return actorId('crate', store, id);
}

export function crateRow(
  { store, id }: ActorId,
  version: number,
  values: Partial<Record<'units' | 'sealed' | 'grade' | 'label' | 'contents', Row[string]>> = {},
): RowChange {
  return {
    table: 'crates',
    row: { store_id: store, crate_id: id, version, units: version, sealed: false, grade: 1, label: null, contents: null, ...values },
  };
}

export function itemRow({ store, id }: ActorId, item: string, version: number, status = 'live', endedAt: number | null = null): RowChange {
  return { table: 'crate_items', row: { store_id: store, crate_id: id, item_id: item, status, version, ended_at: endedAt } };
}

export function moveRow({ store, id }: ActorId, version: number): RowChange {
  return { table: 'crate_moves', row: { store_id: store, crate_id: id, version, what: `moved ${version}` } };
}

export function noteRow({ kind, store, id }: ActorId, note: string, version: number): RowChange {
  return { table: 'notes', row: { store_id: store, kind, actor_id: id, note_id: note, version, text: `${kind} says ${note}` } };
}
