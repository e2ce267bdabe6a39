/**
 * How an actor's state is stored as rows. The actor declares its tables and says which rows its
 * events change; the runtime stays generic: it batches, guards by version, writes and loads.
 */
export type ColumnType = 'text' | 'bigint' | 'integer' | 'boolean' | 'jsonb';

/** A value as it travels to and from a table. `jsonb` columns take any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Row = { readonly [column: string]: Json };

export interface TableDefinition {
  /** Table name in schema `onhand`. Every table also has, in the actor's terms, `store_id` first in its key. */
  readonly name: string;
  /** Column name to type, in order. Must include `store_id`, all key columns and `version`. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Primary key, `store_id` first. */
  readonly key: readonly string[];
  /** The column that holds the actor's id (such as `sku`): how an actor's rows are found. */
  readonly actorColumn: string;
  /** When the table serves several kinds of actor: the constant columns that pick this one. */
  readonly where?: Row;
  /** `false` for history that is written but never read back into memory (movements). */
  readonly loaded: boolean;
  /** Only rows whose instant (ms) in `column` is at least now - `keepMs` are read back. */
  readonly recent?: { readonly column: string; readonly keepMs: number; readonly unlessStatus?: readonly string[] };
}

/** One row to store, the whole row. Newest `version` wins: an older write never replaces a newer one. `row` may be made
 *  when it is asked for, the same each time: whoever needs it more than once keeps it.
 *  `remove` takes the row away (used by repair alone; ordinary life only inserts and updates). */
export interface RowChange {
  readonly table: string;
  readonly row: Row;
  readonly remove?: true;
  /** As far as the actor knows nobody has written this row before. Said for speed alone: a row that is there after all
   *  is written as ever. */
  readonly isNew?: boolean;
}

/** What `load` gets back: rows by table name; tables without rows are absent or empty. */
export type Rows = Readonly<Record<string, readonly Row[] | undefined>>;
