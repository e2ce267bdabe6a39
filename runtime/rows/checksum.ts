/**
 * The checksum that is stored beside every row and compared when the row is read: it notices what changed the
 * row behind the program's back (a statement by hand, a bit that the disk turned). CRC-32: against accidents,
 * not against somebody who can also write the checksum.
 *
 * C1. It covers every declared column, by value: a row that comes back from Postgres has the checksum it went
 *     in with, although jsonb forgets the order of keys.
 * C2. Null is "not yet known" and proves nothing: rows that were written before there were checksums.
 *
 * What it cannot notice: a row that is gone, and a row whose key changed is gone for its actor. `verify` does.
 */
import type { Json, Row } from '../../actors/kernel/index.ts';
import type { StoredTable } from './table-set.ts';

export const checksumColumn = 'row_checksum';

/** Signed, as Postgres' `integer` is. */
export function checksumOf(table: Pick<StoredTable, 'columns'>, row: Row): number {
  let crc = checksumStart;
  for (const [name] of table.columns) crc = addValue(crc, row[name] ?? null);
  return finished(crc);
}

/** For whoever goes through many rows column by column: `addValue` in the order of the columns, then `finished`. */
export const checksumStart = -1;

export function finished(crc: number): number {
  return crc ^ -1;
}

/** C2. */
export function isDamaged(table: Pick<StoredTable, 'columns'>, row: Row, checksum: number | null): boolean {
  return checksum !== null && checksum !== checksumOf(table, row);
}

/** CRC-32 by table, taken further value by value: building one text of the row would cost more than summing it. */
const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function addByte(crc: number, byte: number): number {
  return crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
}

/** With its length, so that nothing has to be escaped. */
function addText(crc: number, text: string): number {
  let sum = addByte(addByte(crc, text.length), text.length >>> 8);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    sum = addByte(sum, unit);
    if (unit > 127) sum = addByte(addByte(sum, unit >>> 8), 128);
  }
  return sum;
}

/** As many digits as the largest whole number has, and its sign. */
const digits = new Uint8Array(17);
const smallMax = 0x7fff_ffff;

/** As `addText` of its digits, without making a text of them: half of what rows hold are numbers and instants. */
function addWhole(crc: number, value: number): number {
  let rest = Math.abs(value);
  let at = digits.length;
  while (rest > smallMax) {
    const tenth = Math.floor(rest / 10);
    digits[--at] = 48 + (rest - tenth * 10); // in this order: 48 more than the largest number is not a number of its own
    rest = tenth;
  }
  let small = rest | 0;
  do {
    const tenth = (small / 10) | 0;
    digits[--at] = 48 + (small - tenth * 10);
    small = tenth;
  } while (small > 0);
  if (value < 0) digits[--at] = 45; // a minus
  let sum = addByte(addByte(crc, digits.length - at), 0);
  for (; at < digits.length; at++) sum = addByte(sum, digits[at]!);
  return sum;
}

function areInOrder(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index++) if (keys[index - 1]! > keys[index]!) return false;
  return true;
}

/** One sum for one value, whatever order its keys came in. */
export function addValue(crc: number, value: Json): number {
  if (typeof value === 'string') return addText(addByte(crc, 1), value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return addWhole(addByte(crc, 2), value);
  if (value === null || typeof value !== 'object') return addText(addByte(crc, 2), String(value));
  if (Array.isArray(value)) {
    let list = addByte(crc, 3);
    for (const element of value as readonly Json[]) list = addValue(list, element);
    return addByte(list, 4);
  }
  const record = value as Readonly<Record<string, Json | undefined>>;
  const keys = Object.keys(record);
  if (!areInOrder(keys)) keys.sort();
  let sum = addByte(crc, 5);
  for (const key of keys) {
    const field = record[key];
    if (field !== undefined) sum = addValue(addText(sum, key), field);
  }
  return addByte(sum, 6);
}
