import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BrokenInvariant, type RowChange } from '../../../actors/kernel/index.ts';
import { actorRow } from '../conformance.ts';
import { conformanceKinds, crate, crateRow, itemRow, moveRow, noteRow } from '../conformance-tables.ts';
import { TableSet } from '../table-set.ts';
import { packed, unpacked } from './packed-batch.ts';

const tables = new TableSet(conformanceKinds);
const actor = crate('a');
const across = (changes: readonly RowChange[]) => unpacked(tables, structuredClone(packed(tables, { actors: [], changes }))).changes;

const rows = fc.oneof(
  fc
    .tuple(fc.nat(9), fc.jsonValue(), fc.option(fc.string()))
    .map(([version, contents, label]) => crateRow(actor, version, { contents: contents as never, label })),
  fc.nat(9).map((version) => itemRow(actor, 'item', version)),
  fc.nat(9).map((version) => moveRow(actor, version)),
  fc.nat(9).map((version) => noteRow(actor, 'note', version)),
);
const said = fc.constantFrom<Pick<RowChange, 'isNew' | 'remove'>>({}, { isNew: true }, { remove: true }, { isNew: true, remove: true });

it('arrives as it was, the changes of each table in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(rows, said)), (drawn) => {
      const changes = drawn.map(([change, more]) => ({ ...change, ...more }));
      const arrived = across(changes);
      const names = new Set(changes.map(({ table }) => table));
      expect(arrived).toHaveLength(changes.length);
      for (const name of names)
        expect(arrived.filter(({ table }) => table === name)).toEqual(changes.filter(({ table }) => table === name));
    }),
  );
});

it('keeps what is said of the batch', () => {
  const actors = [actorRow(actor, 3, 7, { isNew: true })];
  expect(unpacked(tables, structuredClone(packed(tables, { actors, changes: [], force: true })))).toEqual({
    actors,
    changes: [],
    force: true,
  });
  expect(packed(tables, { actors, changes: [] })).not.toHaveProperty('force');
});

it('a value that rows share is shared at the other end', () => {
  const contents = [{ location: 'main', quantity: 1 }];
  const [one, other] = across([crateRow(actor, 1, { contents }), crateRow(crate('b'), 1, { contents })]);
  expect(one!.row['contents']).toEqual(contents);
  expect(other!.row['contents']).toBe(one!.row['contents']);
});

it('a row that is removed may be told by its key and version alone', () => {
  const { row } = itemRow(actor, 'item', 4);
  const short = { store_id: row['store_id']!, crate_id: row['crate_id']!, item_id: row['item_id']!, version: 4 };
  expect(across([{ table: 'crate_items', row: short, remove: true }])[0]!.row).toMatchObject(short);
});

it.each([
  ['lacks a column', { table: 'crate_moves', row: { store_id: 's', crate_id: 'a', version: 1 } }, /lacks columns/],
  ['has another one', { ...moveRow(actor, 1), row: { ...moveRow(actor, 1).row, colour: 'red' } }, /undeclared columns.*colour/],
  ['is of no table', { table: 'nowhere', row: { store_id: 's', version: 1 } }, /nowhere/],
])('a row that %s is refused before it is sent', (_, change, message) => {
  expect(() => packed(tables, { actors: [], changes: [moveRow(actor, 1), change] })).toThrow(BrokenInvariant);
  expect(() => packed(tables, { actors: [], changes: [change] })).toThrow(message);
});
