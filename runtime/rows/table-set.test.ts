import { describe, expect, test } from 'vitest';
import type { RowChange, TableDefinition } from '../../actors/kernel/index.ts';
import { BrokenInvariant } from '../../actors/kernel/index.ts';
import { conformanceKinds, crate, crateRow, itemRow } from './conformance-tables.ts';
import { batchShape, batchText } from './table-sql.ts';
import { coalesce, TableSet, together } from './table-set.ts';

const good: TableDefinition = {
  name: 'crates',
  columns: { store_id: 'text', crate_id: 'text', version: 'bigint' },
  key: ['store_id', 'crate_id'],
  actorColumn: 'crate_id',
  loaded: true,
};

test.each<[string, Partial<TableDefinition>]>([
  ['a name that would have to be quoted', { name: 'Crates; drop table' }],
  ['a column that would have to be quoted', { columns: { ...good.columns, 'a b': 'text' } }],
  ['a key that does not start with the store', { key: ['crate_id', 'store_id'] }],
  ['no version', { columns: { store_id: 'text', crate_id: 'text' } }],
  ['a key column that is not declared', { key: ['store_id', 'crate_id', 'side'] }],
  ['an actor column that is not declared', { actorColumn: 'box_id' }],
  ['a condition on a column that is not declared', { where: { kind: 'crate' } }],
  ['an instant that is not one', { recent: { column: 'crate_id', keepMs: 1 } }],
  [
    'statuses without a status',
    { columns: { ...good.columns, at: 'bigint' }, recent: { column: 'at', keepMs: 1, unlessStatus: ['held'] } },
  ],
])('a table with %s is refused when the store is made', (_, mistake) => {
  expect(() => new TableSet([{ kind: 'crate', tables: [{ ...good, ...mistake }] }])).toThrow(BrokenInvariant);
});

test('kinds that share a table must mean the same one, in whatever order they name its columns', () => {
  const reordered = { ...good, columns: { version: 'bigint', crate_id: 'text', store_id: 'text' } } as const;
  const other = { ...good, columns: { ...good.columns, colour: 'text' } } as const;
  expect(
    new TableSet([
      { kind: 'crate', tables: [good] },
      { kind: 'box', tables: [reordered] },
    ])
      .usesOf('crates')
      .map(({ kind }) => kind),
  ).toEqual(['crate', 'box']);
  expect(
    () =>
      new TableSet([
        { kind: 'crate', tables: [good] },
        { kind: 'box', tables: [other] },
      ]),
  ).toThrow(/disagree/);
  expect(
    () =>
      new TableSet([
        { kind: 'crate', tables: [] },
        { kind: 'crate', tables: [] },
      ]),
  ).toThrow(/twice/);
});

test('rows that a batch writes follow their numbers, not the digits of them: what happened tenth comes after what happened ninth', () => {
  const events = { ...good, key: ['store_id', 'crate_id', 'version'] };
  const tables = new TableSet([{ kind: 'crate', tables: [events] }]);
  const versions = [9, 1, 100, 11, 8, 10];
  const changes = versions.map((version) => ({ table: 'crates', row: { store_id: 's', crate_id: 'c', version } }));
  expect(coalesce(tables, changes)[0]!.upserts.map((row) => row['version'])).toEqual([1, 8, 9, 10, 11, 100]);
});

test('rows of a table are new when each of them is, from its first change in the batch on', () => {
  const tables = new TableSet(conformanceKinds);
  const item = (name: string, version: number, isNew: boolean): RowChange => ({ ...itemRow(crate('c'), name, version), isNew });
  const areNew = (...changes: readonly RowChange[]) => coalesce(tables, changes)[0]!.areNew;
  expect(areNew(item('a', 1, true), item('b', 1, true))).toBe(true);
  expect(areNew(item('a', 1, true), item('a', 2, false))).toBe(true);
  expect(areNew(item('a', 1, false), item('a', 2, true))).toBe(false);
  expect(areNew(item('a', 1, true), item('b', 1, false))).toBe(false);
  expect(areNew(itemRow(crate('c'), 'a', 1))).toBe(false);
  const [one, other] = [coalesce(tables, [item('a', 1, true)]), coalesce(tables, [item('b', 1, false)])];
  expect(together([one, other])![0]!.areNew).toBe(false);
  expect(together([one, coalesce(tables, [item('b', 1, true)])])![0]!.areNew).toBe(true);
});

test('only rows that are new, in a batch that is not forced, are inserted without regard to what is there', () => {
  const changes = coalesce(new TableSet(conformanceKinds), [{ ...itemRow(crate('c'), 'a', 1), isNew: true }]);
  expect(batchText(changes)).not.toContain('on conflict');
  const asEver = batchText(changes.map((change) => ({ ...change, areNew: false })));
  expect(asEver).toContain('do update set');
  expect(batchText(changes, true)).toContain('on conflict');
  expect(new Set([batchShape(changes), batchShape(changes, true), batchShape(changes.map((c) => ({ ...c, areNew: false })))]).size).toBe(3);
});

describe('batches that travel together', () => {
  const tables = new TableSet(conformanceKinds);
  const of = (...changes: readonly RowChange[]) => coalesce(tables, changes);

  test('keep their rows, in the order of the batches', () => {
    const [first, second] = [crate('b'), crate('a')];
    const merged = together([of(crateRow(first, 1), itemRow(first, 'x', 1)), of({ ...crateRow(second, 2), remove: true })])!;
    expect(merged.map(({ table, upserts, removals }) => [table.name, upserts.length, removals.length])).toEqual([
      ['crate_items', 1, 0],
      ['crates', 1, 1],
    ]);
    const both = together([of(itemRow(first, 'x', 1), itemRow(first, 'y', 1)), of(itemRow(second, 'x', 2))])!;
    expect(both[0]!.upserts.map((row) => `${row['crate_id']}/${row['item_id']}`)).toEqual(['b/x', 'b/y', 'a/x']);
  });

  test('are none when two of them touch one row', () => {
    const one = crate('one');
    expect(together([of(crateRow(one, 1)), of({ ...crateRow(one, 2), remove: true })])).toBeNull();
    expect(together([of(crateRow(one, 1)), of(itemRow(one, 'x', 1))])).not.toBeNull();
  });
});
