/**
 * Shipping data in Postgres. Uses the application's role, so row-level security stands behind every statement (S1).
 * The pool is handed in and stays its owner's.
 */
import type pg from 'pg';
import { inStore } from '../../runtime/postgres/in-store.ts';
import { deleteRow, listRows, putRow, type StoreTable } from '../../runtime/postgres/store-table.ts';
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

const zoneTable: StoreTable = { name: 'shipping_zones', columns: zoneColumns, countMax: shippingLimits.zonesPerStoreMax };
const methodTable: StoreTable = { name: 'shipping_methods', columns: methodColumns, countMax: shippingLimits.methodsPerStoreMax };
const warehouseTable: StoreTable = {
  name: 'shipping_warehouses',
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
      zones: (await listRows<ZoneRow>(client, zoneTable, storeId)).map(zoneOfRow),
      methods: (await listRows<MethodRow>(client, methodTable, storeId)).map(methodOfRow),
      warehouses: (await listRows<WarehouseRow>(client, warehouseTable, storeId)).map(warehouseOfRow),
    }));
  }

  putZone(storeId: string, zone: ShippingZone): Promise<Written> {
    return this.#written(storeId, zoneProblems(zone), (client) => put(client, storeId, zoneTable, zoneValues(zone)));
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
      return put(client, storeId, methodTable, methodValues(method));
    });
  }

  deleteMethod(storeId: string, id: string): Promise<boolean> {
    return this.#delete(storeId, methodTable, id);
  }

  putWarehouse(storeId: string, warehouse: Warehouse): Promise<Written> {
    return this.#written(storeId, warehouseProblems(warehouse), (client) =>
      put(client, storeId, warehouseTable, warehouseValues(warehouse)),
    );
  }

  deleteWarehouse(storeId: string, location: string): Promise<boolean> {
    return this.#delete(storeId, warehouseTable, location);
  }

  async close(): Promise<void> {}

  #delete(storeId: string, table: StoreTable, key: string): Promise<boolean> {
    return this.#inStore(storeId, (client) => deleteRow(client, table, storeId, key));
  }

  #written(storeId: string, problems: readonly FieldProblem[], write: (client: pg.PoolClient) => Promise<Written>): Promise<Written> {
    if (problems.length > 0) return Promise.resolve({ kind: 'invalid', problems });
    return this.#inStore(storeId, write);
  }

  #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    return inStore(this.#pool, storeId, work).catch(unavailable);
  }
}

async function put(client: pg.PoolClient, storeId: string, table: StoreTable, values: readonly unknown[]): Promise<Written> {
  const { countMax } = table;
  return (await putRow(client, table, storeId, values)) === 'written' ? { kind: 'written' } : { kind: 'full', countMax };
}

function unavailable(cause: unknown): never {
  throw new ShippingUnavailable('shipping cannot be read or written now', { cause });
}
