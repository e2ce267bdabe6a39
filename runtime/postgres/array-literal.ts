/**
 * Columns as Postgres array literals: `unnest($1::bigint[], $2::text[])` takes thousands of rows in one
 * statement. Written here because the driver's own conversion looks at every element as if it could be anything.
 */
import type { ColumnType, Json } from '../../actors/kernel/index.ts';

/** What an array of the column travels as: jsonb goes as text and is cast once it is a row. */
export function arrayType(type: ColumnType): string {
  return type === 'jsonb' ? 'text[]' : `${type}[]`;
}

export function arrayLiteral(type: ColumnType, values: readonly (Json | undefined)[]): string {
  let literal = '{';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) literal += ',';
    literal += element(type, values[index]);
  }
  return `${literal}}`;
}

function element(type: ColumnType, value: Json | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  if (type === 'text') return quoted(value as string);
  if (type === 'jsonb') return quoted(JSON.stringify(value));
  return String(value);
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`;
}
