import { describe, expect, test } from 'vitest';
import type { RowChange, TableDefinition } from '../../actors/kernel/index.ts';
import { BrokenInvariant } from '../../actors/kernel/index.ts';
import { conformanceKinds, crate, crateRow, itemRow } from './conformance-tables.ts';
import { batchArrays, batchShape, batchText } from './table-sql.ts';
import { asOld, coalesce, TableSet, together } from './table-set.ts';

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

test('a row is new when its first change in the batch says so', () => {
  const tables = new TableSet(conformanceKinds);
  const item = (name: string, version: number, isNew: boolean): RowChange => ({ ...itemRow(crate('c'), name, version), isNew });
  const put = (...changes: readonly RowChange[]) => {
    const { inserts, upserts } = coalesce(tables, changes)[0]!;
    return [inserts, upserts].map((rows) => rows.map((row) => `${row['item_id']}${row['version']}`).join());
  };
  expect(put(item('a', 1, true), item('b', 1, true))).toEqual(['a1,b1', '']);
  expect(put(item('a', 1, true), item('a', 2, false))).toEqual(['a2', '']);
  expect(put(item('a', 1, false), item('a', 2, true))).toEqual(['', 'a2']);
  expect(put(item('a', 1, true), item('b', 1, false))).toEqual(['a1', 'b1']);
  expect(put(itemRow(crate('c'), 'a', 1))).toEqual(['', 'a1']);
  expect(put({ ...item('a', 1, true), remove: true })).toEqual(['', '']);
  const [one, other] = [coalesce(tables, [item('a', 1, true)]), coalesce(tables, [item('b', 1, false)])];
  expect(together([one, other])![0]).toMatchObject({ inserts: [{ item_id: 'a' }], upserts: [{ item_id: 'b' }] });
  expect(asOld(one[0]!)).toMatchObject({ inserts: [], upserts: [{ item_id: 'a' }], removals: [] });
});

test('only rows that are new are inserted without regard to what is there, in a batch that is not forced', () => {
  const tables = new TableSet(conformanceKinds);
  const changes = coalesce(tables, [{ ...itemRow(crate('c'), 'a', 1), isNew: true }]);
  const [inserted, upserted] = batchText(changes).split('upserted_');
  expect([inserted!.includes('on conflict'), upserted!.includes('do update set')]).toEqual([false, true]);
  expect(batchText(changes.map(asOld))).not.toContain('inserted_');
  expect(batchText(changes.map(asOld), true)).not.toContain('where excluded.version');
  expect(() => batchText(changes, true)).toThrow('in the place of anything');
  expect(new Set([batchShape(changes), batchShape(changes.map(asOld)), batchShape(changes.map(asOld), true)]).size).toBe(3);
});

test('a batch whose rows of a table are all new has the text of one in which some are (Q4)', () => {
  const tables = new TableSet(conformanceKinds);
  const isNew: RowChange = { ...itemRow(crate('c'), 'a', 1), isNew: true };
  const [all, some] = [coalesce(tables, [isNew]), coalesce(tables, [isNew, itemRow(crate('c'), 'b', 1)])];
  expect(batchShape(all)).toBe(batchShape(some));
  expect(batchText(all)).toBe(batchText(some));
  expect(batchArrays(all).length).toBe(batchArrays(some).length);
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
