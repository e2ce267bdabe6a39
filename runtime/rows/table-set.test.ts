import { expect, test } from 'vitest';
import type { TableDefinition } from '../../actors/kernel/index.ts';
import { BrokenInvariant } from '../../actors/kernel/index.ts';
import { coalesce, TableSet } from './table-set.ts';

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
