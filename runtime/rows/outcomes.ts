/** The one table whose rows are forgotten: outcomes of commands, kept only for repeats (I5). */
import { assert } from '../../actors/kernel/index.ts';
import type { TableSet } from './table-set.ts';

export interface OutcomesTable {
  readonly name: string;
  readonly instantColumn: string;
  readonly keepMs: number;
}

const outcomesTableName = 'command_outcomes';

/** Null when no actor of this store remembers outcomes in rows. Kinds that share the table keep them for
 *  the longest horizon among them. */
export function outcomesTable(tables: TableSet): OutcomesTable | null {
  const uses = tables.usesOf(outcomesTableName);
  if (uses.length === 0) return null;
  const columns = new Set<string>();
  let keepMs = 0;
  for (const { kind, table } of uses) {
    assert(table.recent !== undefined, `${kind} says how long it keeps outcomes of commands`);
    columns.add(table.recent.column);
    keepMs = Math.max(keepMs, table.recent.keepMs);
  }
  assert(columns.size === 1, 'kinds agree about the instant of an outcome');
  return { name: outcomesTableName, instantColumn: [...columns][0]!, keepMs };
}
