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
import { crc32 } from 'node:zlib';
import type { Json, Row } from '../../actors/kernel/index.ts';
import type { StoredTable } from './table-set.ts';

export const checksumColumn = 'row_checksum';

/** Signed, as Postgres' `integer` is. */
export function checksumOf(table: Pick<StoredTable, 'columns'>, row: Row): number {
  let text = '';
  for (const [name, type] of table.columns) {
    const value = row[name];
    if (value === null || value === undefined) text += '~';
    else if (type === 'text') text += `${(value as string).length}:${value as string}`;
    else if (type === 'jsonb') text += canonicalText(value);
    else text += `${String(value)};`;
  }
  return crc32(text) | 0;
}

/** C2. */
export function isDamaged(table: Pick<StoredTable, 'columns'>, row: Row, checksum: number | null): boolean {
  return checksum !== null && checksum !== checksumOf(table, row);
}

/** One text for one value, whatever order its keys came in. Lengths instead of quotes: nothing has to be escaped. */
function canonicalText(value: Json): string {
  if (typeof value === 'string') return `"${value.length}:${value}`;
  if (value === null || typeof value !== 'object') return `${String(value)};`;
  if (Array.isArray(value)) {
    let list = '[';
    for (const element of value as readonly Json[]) list += canonicalText(element);
    return `${list}]`;
  }
  const record = value as Readonly<Record<string, Json | undefined>>;
  const keys = Object.keys(record);
  if (keys.length > 1) keys.sort();
  let text = '{';
  for (const key of keys) {
    const field = record[key];
    if (field !== undefined) text += `${key.length}:${key}${canonicalText(field)}`;
  }
  return `${text}}`;
}
