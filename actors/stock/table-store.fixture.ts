/** Rows as a database would keep them: upserts by key, guarded by version; reads back only what is recent. */
import { expect } from 'vitest';
import type { Instant, Row, RowChange, Rows, TableDefinition } from '../kernel/index.ts';

export class TableStore {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  readonly #rows = new Map<string, Map<string, Row>>();

  constructor(tables: readonly TableDefinition[]) {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
  }

  write(changes: readonly RowChange[]): void {
    for (const { table: name, row } of changes) {
      const table = this.#tables.get(name)!;
      expect(Object.keys(row).sort(), `columns of ${name}`).toEqual(Object.keys(table.columns).sort());
      const key = JSON.stringify(table.key.map((column) => row[column]!));
      const rows = this.#rows.get(name) ?? new Map<string, Row>();
      this.#rows.set(name, rows);
      const before = rows.get(key);
      // jsonb travels as text
      if (before === undefined || Number(before['version']) <= Number(row['version']))
        rows.set(key, JSON.parse(JSON.stringify(row)) as Row);
    }
  }

  read(now: Instant): Rows {
    const rows: Record<string, readonly Row[]> = {};
    for (const table of this.#tables.values()) {
      if (table.loaded) rows[table.name] = this.all(table.name).filter((row) => isRead(table, row, now));
    }
    return rows;
  }

  all(name: string): readonly Row[] {
    return [...(this.#rows.get(name)?.values() ?? [])];
  }
}

function isRead(table: TableDefinition, row: Row, now: Instant): boolean {
  const { recent } = table;
  if (recent === undefined) return true;
  if (recent.unlessStatus?.includes(String(row['status'])) === true) return true;
  const instant = row[recent.column];
  return typeof instant === 'number' && instant >= now - recent.keepMs;
}
