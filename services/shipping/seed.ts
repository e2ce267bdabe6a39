/**
 * First zones, methods and warehouses of stores that are made at a start. A store that has a warehouse is left alone:
 * what its merchant changed stays changed.
 */
import { assert, defaultLocationId } from '../../actors/kernel/index.ts';
import type { Place, ShippingData, ShippingMethod, ShippingSetup, Warehouse } from './port.ts';

/** False: the store had its own. Warehouses go last, so a start that was cut short is finished by the next. */
export async function seedShipping(data: ShippingData, storeId: string, seed: ShippingSetup): Promise<boolean> {
  assert(seed.warehouses.length > 0, 'a store that can be seeded has a warehouse');
  if ((await data.setup(storeId)).warehouses.length > 0) return false;
  const writes = [
    ...seed.zones.map((zone) => () => data.putZone(storeId, zone)),
    ...seed.methods.map((method) => () => data.putMethod(storeId, method)),
    ...seed.warehouses.map((warehouse) => () => data.putWarehouse(storeId, warehouse)),
  ];
  for (const write of writes) {
    const result = await write();
    assert(result.kind === 'written', `what a store begins with can be written: ${JSON.stringify(result)}`);
  }
  return true;
}

const mondayToFriday = [1, 2, 3, 4, 5];
const mondayToSaturday = [...mondayToFriday, 6];

function countries(codes: string): readonly Place[] {
  return codes.split(' ').map((country) => ({ country, region: null, postalPrefix: null }));
}

const restOfTheWorld: Place = { country: null, region: null, postalPrefix: null };

function warehouse(location: string, timeZone: string): Warehouse {
  return { location, timeZone, workingWeekdays: mondayToFriday, closedOn: [] };
}

interface MethodSeed {
  readonly zoneId: string;
  readonly name: string;
  readonly currency: string;
  readonly priceMinor: number;
  readonly days: readonly [min: number, max: number];
}

function method(id: string, { zoneId, name, currency, priceMinor, days }: MethodSeed, more: Partial<ShippingMethod> = {}): ShippingMethod {
  return {
    id,
    zoneId,
    name,
    currency,
    by: 'subtotal',
    tiers: [{ from: 0, priceMinor }],
    freeFromMinor: null,
    perParcel: false,
    weightMaxGrams: null,
    cutOffMinute: 15 * 60,
    handlingDays: 0,
    transitDaysMin: days[0],
    transitDaysMax: days[1],
    deliveryWeekdays: mondayToSaturday,
    deliverByMinute: 21 * 60,
    fromLocations: null,
    ...more,
  };
}

/** From Harbour warehouse and the attic to everywhere; prices in pence. */
export const demoShipping: ShippingSetup = {
  zones: [
    { id: 'islands', name: 'Britain and Ireland', places: countries('GB IE IM JE GG'), timeZone: 'Europe/London' },
    {
      id: 'continent',
      name: 'Europe',
      places: countries('AT BE BG CH CY CZ DE DK EE ES FI FR GR HR HU IT LI LT LU LV MT NL NO PL PT RO SE SI SK'),
      timeZone: 'Europe/Berlin',
    },
    { id: 'america', name: 'United States and Canada', places: countries('US CA'), timeZone: 'America/New_York' },
    { id: 'elsewhere', name: 'Everywhere else', places: [restOfTheWorld], timeZone: 'UTC' },
  ],
  methods: [
    method(
      'islands-standard',
      { zoneId: 'islands', name: 'Standard', currency: 'GBP', priceMinor: 395, days: [2, 4] },
      { freeFromMinor: 5_000 },
    ),
    method('islands-next-day', { zoneId: 'islands', name: 'Next day', currency: 'GBP', priceMinor: 795, days: [1, 1] }),
    method(
      'continent-standard',
      { zoneId: 'continent', name: 'Standard', currency: 'GBP', priceMinor: 595, days: [2, 5] },
      { freeFromMinor: 8_000 },
    ),
    method('continent-express', { zoneId: 'continent', name: 'Express', currency: 'GBP', priceMinor: 1_495, days: [1, 2] }),
    method('america-air', { zoneId: 'america', name: 'Air mail', currency: 'GBP', priceMinor: 1_495, days: [5, 9] }),
    method('elsewhere-air', { zoneId: 'elsewhere', name: 'Air mail', currency: 'GBP', priceMinor: 1_995, days: [7, 14] }),
  ],
  warehouses: [warehouse(defaultLocationId, 'Europe/Berlin'), warehouse('attic', 'Europe/Berlin')],
};

/** One way to everywhere that costs nothing: what a store begins with, and all that a replay of old sales needs. */
export function plainShipping(currency: string): ShippingSetup {
  return {
    zones: [{ id: 'everywhere', name: 'Everywhere', places: [restOfTheWorld], timeZone: 'UTC' }],
    methods: [method('standard', { zoneId: 'everywhere', name: 'Standard', currency, priceMinor: 0, days: [1, 5] })],
    warehouses: [warehouse(defaultLocationId, 'UTC')],
  };
}
