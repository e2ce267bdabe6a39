/**
 * What a store offers for one destination and one basket. Pure.
 *
 * M1. A destination is in the zone that names the closest place: the longer postal prefix, then a region, then the
 *     country, then the rest of the world; of equal ones the zone whose id is smaller.
 * M2. A method is offered when its currency is the order's, the weight is not too much and every parcel's warehouse may use it.
 * M3. Its price is that of the highest tier that is reached, for each parcel where it says so, and nothing from
 *     `freeFromMinor` on.
 * M4. Options go cheapest first, then soonest, then by id.
 */
import { assert } from '../../actors/kernel/index.ts';
import type {
  Destination,
  Place,
  ShippingMethod,
  ShippingOption,
  ShippingQuestion,
  ShippingSetup,
  ShippingZone,
  Warehouse,
} from './port.ts';
import { promiseOf, promiseText, togetherOf } from './promise.ts';

/** What is asked for: the question without its store. */
export type Basket = Omit<ShippingQuestion, 'storeId'>;

export function optionsOf(setup: ShippingSetup, basket: Basket): readonly ShippingOption[] {
  const zone = zoneOf(setup.zones, basket.destination);
  if (zone === null) return [];
  return setup.methods
    .filter((method) => method.zoneId === zone.id)
    .flatMap((method) => optionOf(setup, zone, method, basket) ?? [])
    .sort(
      (left, right) => left.priceMinor - right.priceMinor || left.deliverBy - right.deliverBy || (left.methodId < right.methodId ? -1 : 1), // M4
    );
}

/** M1. Null: the store sends nothing there. */
export function zoneOf(zones: readonly ShippingZone[], destination: Destination): ShippingZone | null {
  let closest: { readonly zone: ShippingZone; readonly closeness: number } | null = null;
  for (const zone of zones) {
    const closeness = Math.max(...zone.places.map((place) => closenessOf(place, destination)));
    if (closeness < 0) continue;
    const isCloser = closest === null || closeness > closest.closeness || (closeness === closest.closeness && zone.id < closest.zone.id);
    if (isCloser) closest = { zone, closeness };
  }
  return closest?.zone ?? null;
}

/** Negative: not there. */
function closenessOf(place: Place, { country, region, postalCode }: Destination): number {
  if (place.country === null) return 0;
  if (place.country !== country) return -1;
  if (place.region !== null && place.region !== region?.toUpperCase()) return -1;
  const prefix = postalTextOf(place.postalPrefix ?? '');
  if (!postalTextOf(postalCode).startsWith(prefix)) return -1;
  return 1 + (place.region === null ? 0 : 1) + 2 * prefix.length;
}

function optionOf(setup: ShippingSetup, zone: ShippingZone, method: ShippingMethod, basket: Basket): ShippingOption | null {
  const warehouses = warehousesOf(setup, method, basket.locations);
  const isOffered = method.currency === basket.currency && (method.weightMaxGrams === null || basket.weightGrams <= method.weightMaxGrams); // M2
  if (!isOffered || warehouses.length === 0) return null;
  const promises = warehouses.map((warehouse) => promiseOf(method, zone, warehouse, basket.at));
  // before the warehouse is chosen the best of them is promised: it is what the choice goes for
  const soonest = promises.reduce((best, promise) => (promise.deliverBy < best.deliverBy ? promise : best));
  const promise = basket.locations.length === 0 ? soonest : togetherOf(promises);
  return {
    methodId: method.id,
    name: method.name,
    priceMinor: priceOf(method, basket),
    deliverFrom: promise.deliverFrom,
    deliverBy: promise.deliverBy,
    promise: promiseText(promise.deliverBy, basket.at, zone.timeZone),
    timeZone: zone.timeZone,
  };
}

/** Empty: one of the parcels cannot go this way. */
function warehousesOf(
  { warehouses }: ShippingSetup,
  { fromLocations }: ShippingMethod,
  locations: readonly string[],
): readonly Warehouse[] {
  const may = (location: string) => fromLocations === null || fromLocations.includes(location);
  if (locations.length > 0) return locations.every(may) ? locations.map((location) => warehouseOf(warehouses, location)) : [];
  const known = fromLocations ?? warehouses.map(({ location }) => location);
  return known.length > 0 ? known.map((location) => warehouseOf(warehouses, location)) : [warehouseOf(warehouses, '')];
}

export function warehouseOf(warehouses: readonly Warehouse[], location: string): Warehouse {
  const ordinary = { location, timeZone: 'UTC', workingWeekdays: [1, 2, 3, 4, 5], closedOn: [] };
  return warehouses.find((warehouse) => warehouse.location === location) ?? ordinary;
}

/** M3 */
export function priceOf(method: ShippingMethod, { subtotalMinor, weightGrams, locations }: Basket): number {
  if (method.freeFromMinor !== null && subtotalMinor >= method.freeFromMinor) return 0;
  const count = method.by === 'weight' ? weightGrams : subtotalMinor;
  const tier = method.tiers.findLast(({ from }) => from <= count);
  assert(tier !== undefined, 'the first tier is from 0');
  return tier.priceMinor * (method.perParcel ? Math.max(1, new Set(locations).size) : 1);
}

function postalTextOf(postalCode: string): string {
  return postalCode.replace(/[\s-]/g, '').toUpperCase();
}
