/**
 * Shipping data in Postgres. Uses the application's role, so row-level security stands behind every statement (S1).
 * The pool is handed in and stays its owner's.
 *
 * Upper bounds on rows are looked at under a lock of the store's own, so that two that add the last one at once wait
 * for each other.
 */
import type pg from 'pg';
import { inStore } from '../../runtime/postgres/in-store.ts';
import {
  type FieldProblem,
  type ShippingData,
  shippingLimits,
  type ShippingMethod,
  type ShippingSetup,
  ShippingUnavailable,
  type ShippingZone,
  type Warehouse,
  type Written,
} from './port.ts';
import {
  methodColumns,
  methodOfRow,
  type MethodRow,
  methodValues,
  warehouseColumns,
  warehouseOfRow,
  type WarehouseRow,
  warehouseValues,
  zoneColumns,
  zoneOfRow,
  type ZoneRow,
  zoneValues,
} from './rows.ts';
import { methodProblems, warehouseProblems, zoneProblems } from './validate.ts';

/** One table of things with a key, and how many there may be. */
interface Table {
  readonly name: string;
  readonly key: string;
  readonly columns: readonly string[];
  readonly countMax: number;
}

const zoneTable: Table = { name: 'shipping_zones', key: 'id', columns: zoneColumns, countMax: shippingLimits.zonesPerStoreMax };
const methodTable: Table = { name: 'shipping_methods', key: 'id', columns: methodColumns, countMax: shippingLimits.methodsPerStoreMax };
const warehouseTable: Table = {
  name: 'shipping_warehouses',
  key: 'location',
  columns: warehouseColumns,
  countMax: shippingLimits.warehousesPerStoreMax,
};

export class PostgresShippingData implements ShippingData {
  readonly #pool: pg.Pool;

  /** `pool` is of role `onhand_app`. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  setup(storeId: string): Promise<ShippingSetup> {
    return this.#inStore(storeId, async (client) => ({
      zones: (await list<ZoneRow>(client, storeId, zoneTable)).map(zoneOfRow),
      methods: (await list<MethodRow>(client, storeId, methodTable)).map(methodOfRow),
      warehouses: (await list<WarehouseRow>(client, storeId, warehouseTable)).map(warehouseOfRow),
    }));
  }

  putZone(storeId: string, zone: ShippingZone): Promise<Written> {
    return this.#written(storeId, zoneProblems(zone), (client) => upsert(client, storeId, zoneTable, zoneValues(zone)));
  }

  deleteZone(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, zoneTable, id);
  }

  putMethod(storeId: string, method: ShippingMethod): Promise<Written> {
    return this.#written(storeId, methodProblems(method), async (client) => {
      const { rowCount } = await client.query('select from onhand.shipping_zones where store_id = $1 and id = $2 for key share', [
        storeId,
        method.zoneId,
      ]);
      if (rowCount === 0) return { kind: 'unknown', what: 'zone' };
      return upsert(client, storeId, methodTable, methodValues(method));
    });
  }

  deleteMethod(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, methodTable, id);
  }

  putWarehouse(storeId: string, warehouse: Warehouse): Promise<Written> {
    return this.#written(storeId, warehouseProblems(warehouse), (client) =>
      upsert(client, storeId, warehouseTable, warehouseValues(warehouse)),
    );
  }

  deleteWarehouse(storeId: string, location: string): Promise<boolean> {
    return this.#delete(storeId, warehouseTable, location);
  }

  async close(): Promise<void> {}

  #delete(storeId: string, { name, key }: Table, value: string): Promise<boolean> {
    return this.#inStore(storeId, async (client) => {
      const { rowCount } = await client.query(`delete from onhand.${name} where store_id = $1 and ${key} = $2`, [storeId, value]);
      return rowCount === 1;
    });
  }

  #written(storeId: string, problems: readonly FieldProblem[], write: (client: pg.PoolClient) => Promise<Written>): Promise<Written> {
    if (problems.length > 0) return Promise.resolve({ kind: 'invalid', problems });
    return this.#inStore(storeId, write);
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

async function list<Row extends pg.QueryResultRow>(client: pg.PoolClient, storeId: string, table: Table): Promise<readonly Row[]> {
  const { name, key, columns } = table;
  const statement = `select ${columns.join(', ')} from onhand.${name} where store_id = $1 order by ${key} collate "C"`;
  return (await client.query<Row>(statement, [storeId])).rows;
}

/** `values` are by the table's columns; the key is the first. */
async function upsert(client: pg.PoolClient, storeId: string, table: Table, values: readonly unknown[]): Promise<Written> {
  const { name, key, columns, countMax } = table;
  await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 21))`, [`${name}/${storeId}`]);
  const places = columns.map((_, index) => `$${index + 2}`);
  const changes = columns.slice(1).map((column) => `${column} = excluded.${column}`);
  const { rowCount } = await client.query(
    `insert into onhand.${name} (store_id, ${columns.join(', ')})
     select $1, ${places.join(', ')}
      where exists (select from onhand.${name} where store_id = $1 and ${key} = $2)
         or (select count(*) from onhand.${name} where store_id = $1) < $${columns.length + 2}
     on conflict (store_id, ${key}) do update set ${changes.join(', ')}`,
    [storeId, ...values, countMax],
  );
  return rowCount === 1 ? { kind: 'written' } : { kind: 'full', countMax };
}

function unavailable(cause: unknown): never {
  throw new ShippingUnavailable('shipping cannot be read or written now', { cause });
}
