/**
 * All tables of a database as lines of a backup, and back. Which there are is asked of the catalogue, so that a table
 * of a later migration cannot be forgotten.
 *
 * Both work as the superuser: row-level security is for the shop, a copy is of all stores.
 */
import type pg from 'pg';
import type { BackupLine } from './format.ts';

const schemas = ['onhand', 'onhand_log'];
const rowsAtOnce = 1_000;

const tablesText = `select format('%I.%I', n.nspname, c.relname) as name,
    (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition order by 1`;

const countersText = `select format('%I.%I', n.nspname, c.relname) as name, a.attname as column
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind = 'r' and a.attidentity <> '' and not a.attisdropped`;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

async function tablesOf(client: pg.ClientBase): Promise<readonly Table[]> {
  const { rows } = await client.query<Table>(tablesText, [schemas]);
  return rows;
}

/** The caller's transaction is the snapshot. */
export async function* dumpTables(client: pg.ClientBase): AsyncIterable<BackupLine> {
  for (const { name, columns } of await tablesOf(client)) {
    yield { kind: 'T', table: name, columns };
    await client.query(
      `declare backup cursor for select row_to_json(t)::text as json from (select ${columns.map(quoted).join(', ')} from ${name}) t`,
    );
    for (;;) {
      const { rows } = await client.query<{ json: string }>(`fetch ${rowsAtOnce} from backup`);
      for (const { json } of rows) yield { kind: 'R', json };
      if (rows.length < rowsAtOnce) break;
    }
    await client.query('close backup');
  }
}

/** Fills empty tables; what migrations put into them is taken out first. Returns how many rows went in. */
export class TableLoader {
  readonly #client: pg.ClientBase;
  #table: Table | null = null;
  #rows: string[] = [];
  #bytes = 0;
  loaded = 0;

  constructor(client: pg.ClientBase) {
    this.#client = client;
  }

  async begin(table: Table): Promise<void> {
    await this.flush();
    const known = (await tablesOf(this.#client)).find(({ name }) => name === table.name);
    if (known === undefined) throw new Error(`there is no table ${table.name}`);
    await this.#client.query(`delete from ${known.name}`);
    this.#table = { name: known.name, columns: table.columns.filter((column) => known.columns.includes(column)) };
  }

  async add(json: string): Promise<void> {
    this.#rows.push(json);
    this.#bytes += json.length;
    if (this.#rows.length >= rowsAtOnce || this.#bytes >= 4_000_000) await this.flush();
  }

  async flush(): Promise<void> {
    const [table, rows] = [this.#table, this.#rows];
    [this.#rows, this.#bytes] = [[], 0];
    if (table === null || rows.length === 0) return;
    if (table.name === 'onhand_log.frames') await this.#makePartitions(rows);
    const columns = table.columns.map(quoted).join(', ');
    await this.#client.query(
      `insert into ${table.name} (${columns}) overriding system value select ${columns} from json_populate_recordset(null::${table.name}, $1::json)`,
      [`[${rows.join(',')}]`],
    );
    this.loaded += rows.length;
  }

  /** All rows are in: numbers that the database gives out itself go on after those that came from the backup. */
  async finish(): Promise<void> {
    await this.flush();
    const { rows } = await this.#client.query<{ name: string; column: string }>(countersText, [schemas]);
    for (const { name, column } of rows)
      await this.#client.query(
        `select setval(pg_get_serial_sequence($1, $2), greatest((select max(${quoted(column)}) from ${name}), 0) + 1, false)`,
        [name, column],
      );
  }

  async #makePartitions(rows: readonly string[]): Promise<void> {
    await this.#client.query(
      `select onhand_log.make_partition(shard, number * onhand_log.frames_per_partition())
       from (select distinct shard, frame / onhand_log.frames_per_partition() as number
             from json_populate_recordset(null::onhand_log.frames, $1::json)) as needed`,
      [`[${rows.join(',')}]`],
    );
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
