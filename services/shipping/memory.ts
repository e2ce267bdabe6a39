/** Shipping data's memory twin: for tests and simulations; lives and dies with the process. */
import {
  type ShippingData,
  shippingLimits,
  type ShippingMethod,
  type ShippingSetup,
  type ShippingZone,
  type Warehouse,
  type Written,
} from './port.ts';
import { methodProblems, warehouseProblems, zoneProblems } from './validate.ts';

interface StoreData {
  readonly zones: Map<string, ShippingZone>;
  readonly methods: Map<string, ShippingMethod>;
  readonly warehouses: Map<string, Warehouse>;
}

export class MemoryShippingData implements ShippingData {
  readonly #stores = new Map<string, StoreData>(); // S1

  async setup(storeId: string): Promise<ShippingSetup> {
    const { zones, methods, warehouses } = this.#store(storeId);
    return { zones: sorted(zones), methods: sorted(methods), warehouses: sorted(warehouses) };
  }

  async putZone(storeId: string, zone: ShippingZone): Promise<Written> {
    const problems = zoneProblems(zone);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return put(this.#store(storeId).zones, zone.id, zone, shippingLimits.zonesPerStoreMax);
  }

  async deleteZone(storeId: string, id: string): Promise<boolean> {
    const { zones, methods } = this.#store(storeId);
    for (const [methodId, method] of methods) if (method.zoneId === id) methods.delete(methodId);
    return zones.delete(id);
  }

  async putMethod(storeId: string, method: ShippingMethod): Promise<Written> {
    const problems = methodProblems(method);
    if (problems.length > 0) return { kind: 'invalid', problems };
    const { zones, methods } = this.#store(storeId);
    if (!zones.has(method.zoneId)) return { kind: 'unknown', what: 'zone' };
    return put(methods, method.id, method, shippingLimits.methodsPerStoreMax);
  }

  async deleteMethod(storeId: string, id: string): Promise<boolean> {
    return this.#store(storeId).methods.delete(id);
  }

  async putWarehouse(storeId: string, warehouse: Warehouse): Promise<Written> {
    const problems = warehouseProblems(warehouse);
    if (problems.length > 0) return { kind: 'invalid', problems };
    return put(this.#store(storeId).warehouses, warehouse.location, warehouse, shippingLimits.warehousesPerStoreMax);
  }

  async deleteWarehouse(storeId: string, location: string): Promise<boolean> {
    return this.#store(storeId).warehouses.delete(location);
  }

  async close(): Promise<void> {}

  #store(storeId: string): StoreData {
    let store = this.#stores.get(storeId);
    if (store === undefined) {
      store = { zones: new Map(), methods: new Map(), warehouses: new Map() };
      this.#stores.set(storeId, store);
    }
    return store;
  }
}

function put<Value>(values: Map<string, Value>, key: string, value: Value, countMax: number): Written {
  if (!values.has(key) && values.size >= countMax) return { kind: 'full', countMax };
  values.set(key, value);
  return { kind: 'written' };
}

/** In code unit order of the key. */
function sorted<Value>(values: ReadonlyMap<string, Value>): Value[] {
  return [...values].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}
