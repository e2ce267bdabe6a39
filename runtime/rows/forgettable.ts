/**
 * Rows that nobody will read back: beyond their table's `recent` for every kind of actor that uses it, and a
 * day old at least, so that neither a skewed clock nor a late repeat can miss them. Without forgetting them
 * tables would grow with every hold ever made (I7).
 */
import { assert, type Row } from '../../actors/kernel/index.ts';
import type { TableSet } from './table-set.ts';

export interface Forgettable {
  readonly name: string;
  readonly instantColumn: string;
  readonly keepMs: number;
  /** Rows of these are never forgotten. */
  readonly unlessStatus: readonly string[];
}

const keepMsMin = 24 * 3_600_000;

/** Rows deleted in one transaction, and transactions in one call. */
export const forgetBatchRows = 1_000;
export const forgetBatchesMax = 1_000;

export function forgettableTables(tables: TableSet): readonly Forgettable[] {
  return [...tables.stored.keys()].flatMap((name) => {
    const recents = tables.usesOf(name).map(({ table }) => table.recent);
    const [first] = recents;
    if (first === undefined || recents.includes(undefined)) return [];
    for (const recent of recents) assert(recent!.column === first.column, `kinds disagree about the instant of ${name}`);
    const keepMs = Math.max(keepMsMin, ...recents.map((recent) => recent!.keepMs));
    return [{ name, instantColumn: first.column, keepMs, unlessStatus: recents.flatMap((recent) => recent!.unlessStatus ?? []) }];
  });
}

export function isForgotten(table: Forgettable, row: Row, now: number): boolean {
  const at = row[table.instantColumn];
  if (typeof at !== 'number' || at >= now - table.keepMs) return false;
  return !table.unlessStatus.includes(row['status'] as string);
}
