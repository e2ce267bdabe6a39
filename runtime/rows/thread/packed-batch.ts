/**
 * A batch of rows as one thread gives it to another: the values of all rows of a table in one list, in the order of its
 * columns. The structured clone would put the names of the columns beside each row, and take three times as long at both ends.
 *
 * Changes of one table stay in their order, which decides among those of one row; tables have none among each other.
 * One value that many rows share is one value at the other end, too: the clone keeps that within a message.
 */
import { assert, type Json, type Row, type RowChange } from '../../../actors/kernel/index.ts';
import type { RowBatch } from '../port.ts';
import type { StoredTable, TableSet } from '../table-set.ts';

export interface PackedBatch extends Omit<RowBatch, 'changes'> {
  readonly tables: readonly PackedRows[];
}

interface PackedRows {
  readonly table: string;
  /** Of each row `isNew` or `remove` or neither, or both. */
  readonly marks: number[];
  readonly values: Json[];
}

const markNew = 1;
const markRemove = 2;
/** By the sum of the marks. */
const saidOf: readonly Pick<RowChange, 'isNew' | 'remove'>[] = [{}, { isNew: true }, { remove: true }, { isNew: true, remove: true }];

/** Throws for a row with other columns than its table has: nothing would tell which value is whose. */
export function packed(tables: TableSet, { changes, ...batch }: RowBatch): PackedBatch {
  const byName = new Map<string, PackedRows>();
  for (const { table: name, row, remove = false, isNew = false } of changes) {
    let rows = byName.get(name);
    if (rows === undefined) byName.set(name, (rows = { table: name, marks: [], values: [] }));
    rows.marks.push((isNew ? markNew : 0) | (remove ? markRemove : 0));
    packRow(rows.values, tables.table(name), row, remove);
  }
  return { ...batch, tables: [...byName.values()] };
}

/** A row that is removed may be told by its key and version alone. */
function packRow(values: Json[], table: StoredTable, row: Row, remove: boolean): void {
  let declared = 0;
  for (const [column] of table.columns) {
    const value = row[column];
    if (value !== undefined) declared++;
    values.push(value ?? null);
  }
  let all = 0;
  for (const _ in row) all++;
  if (all !== declared) assert(false, `row of ${table.name} has undeclared columns: ${Object.keys(row).join(', ')}`);
  if (declared !== table.columns.length && !remove) assert(false, `row of ${table.name} lacks columns: ${Object.keys(row).join(', ')}`);
}

export function unpacked(tables: TableSet, { tables: packedTables, ...batch }: PackedBatch): RowBatch {
  const changes: RowChange[] = [];
  for (const { table: name, marks, values } of packedTables) {
    const names = tables.table(name).columns.map(([column]) => column);
    const empty: Row = Object.fromEntries(names.map((column) => [column, null]));
    let at = 0;
    for (const mark of marks) {
      const row: Record<string, Json> = { ...empty }; // sooner filled than built, column by column
      for (let index = 0; index < names.length; index++) row[names[index]!] = values[at++]!;
      changes.push({ table: name, row, ...saidOf[mark]! });
    }
  }
  return { ...batch, changes };
}
