/**
 * Rows as the arrays that a batch sends: one per column, then their checksums. Column by column, each value looked at
 * once for both. This is done for every hold, and with the row itself is most of what write-behind costs the program.
 */
import type { ColumnType, Json, Row } from '../../actors/kernel/index.ts';
import { BinaryArrays } from '../postgres/binary-arrays.ts';
import { addValue, checksumStart, finished } from './checksum.ts';
import type { StoredTable } from './table-set.ts';

type Columns = StoredTable['columns'];

/** In the order of the columns, the checksums last. The rows are those that `checkRow` let through. */
export function encodeRows(columns: Columns, rows: readonly Row[]): Buffer[] {
  const json = new JsonTexts();
  const arrays = new BinaryArrays();
  const sums = new Int32Array(rows.length).fill(checksumStart);
  for (const [name, type] of columns) {
    arrays.open(type, rows.length);
    const summing = new RepeatedSum();
    for (let index = 0; index < rows.length; index++) {
      const value = rows[index]![name] ?? null;
      sums[index] = summing.add(sums[index]!, value);
      addElement(arrays, type, value, json);
    }
    arrays.close();
  }
  arrays.open('integer', rows.length);
  for (const sum of sums) arrays.integer(finished(sum));
  arrays.close();
  return arrays.take();
}

/** The columns alone, of rows that are to be found by them. */
export function encodeKeys(columns: Columns, rows: readonly Row[]): Buffer[] {
  const json = new JsonTexts();
  const arrays = new BinaryArrays();
  for (const [name, type] of columns) {
    arrays.open(type, rows.length);
    for (const row of rows) addElement(arrays, type, row[name] ?? null, json);
    arrays.close();
  }
  return arrays.take();
}

/** `addValue`, worked out once where the row before had the same sum and has the very same value: so it is from the first
 *  column on, up to the first that differs. Among those of holds is the list of where the units are, which is the
 *  longest to sum. */
class RepeatedSum {
  #before = 0;
  #value: Json | undefined = undefined;
  #after = 0;

  add(sum: number, value: Json): number {
    if (sum !== this.#before || value !== this.#value) {
      this.#after = addValue(sum, value);
      this.#before = sum;
      this.#value = value;
    }
    return this.#after;
  }
}

/** Many rows of one batch hold the very same list: it is put into words once. */
class JsonTexts {
  #latest: Json = null;
  #text = 'null';

  of(value: Json): string {
    if (value !== this.#latest) {
      this.#latest = value;
      this.#text = JSON.stringify(value);
    }
    return this.#text;
  }
}

function addElement(arrays: BinaryArrays, type: ColumnType, value: Json, json: JsonTexts): void {
  if (value === null) return arrays.null();
  switch (type) {
    case 'text':
      return arrays.text(value as string);
    case 'bigint':
      return arrays.bigint(value as number);
    case 'integer':
      return arrays.integer(value as number);
    case 'boolean':
      return arrays.boolean(value as boolean);
    case 'jsonb':
      return arrays.text(json.of(value));
  }
}
