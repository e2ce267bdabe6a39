/**
 * What anybody would write who only wants the rows in the tables: one statement per batch, one `insert … select from
 * unnest … on conflict do update` per table. No checkpoint, no fencing, no guard by version, no checksum. As its best
 * advocate would write it: prepared, arrays as text, keys in order, several writers, each in a session of its own.
 */
import pg from 'pg';
import type { Row } from '../../../actors/kernel/index.ts';
import { arrayLiteral, arrayType } from '../../../runtime/postgres/array-literal.ts';
import type { StoredTable } from '../../../runtime/rows/table-set.ts';

/** Each row once, the newest. */
export interface TableRows {
  readonly table: StoredTable;
  readonly rows: readonly Row[];
}

export class BareRows {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<BareRows> {
    const client = new pg.Client({ connectionString: url, application_name: 'bare rows' });
    await client.connect();
    await client.query('set synchronous_commit = on');
    return new BareRows(client);
  }

  async write(tables: readonly TableRows[]): Promise<void> {
    const name = `bare ${tables.map(({ table }) => table.name).join(' ')}`;
    const values = tables.flatMap(({ table, rows }) =>
      table.columns.map(([column, type]) =>
        arrayLiteral(
          type,
          rows.map((row) => row[column]),
        ),
      ),
    );
    await this.#client.query({ name: shortName(name), text: textOf(tables), values });
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

/** Postgres cuts names of statements at 63 bytes. */
function shortName(name: string): string {
  return name.length <= 63 ? name : `${name.slice(0, 50)} ${name.length}`;
}

function textOf(tables: readonly TableRows[]): string {
  let parameter = 0;
  const parts = tables.map(({ table: { name, columns, key } }) => {
    const names = columns.map(([column]) => column);
    const values = columns.map(([column, type]) => (type === 'jsonb' ? `u.${column}::jsonb` : `u.${column}`));
    const arrays = columns.map(([, type]) => `$${(parameter += 1)}::${arrayType(type)}`);
    const changed = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
    return `put_${name} as (insert into onhand.${name} (${names.join(', ')})
      select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u (${names.join(', ')})
      on conflict (${key.join(', ')}) do update set ${changed.join(', ')})`;
  });
  return `with ${parts.join(',\n')}\nselect 1`;
}
