/** Makers of shipping's things for tests: each has ordinary values, and the test says what is special. */
import type { Place, ShippingMethod, ShippingZone, Warehouse } from './port.ts';

export const everyDay = [1, 2, 3, 4, 5, 6, 7];
export const weekdays = [1, 2, 3, 4, 5];

export function place(country: string | null, region: string | null = null, postalPrefix: string | null = null): Place {
  return { country, region, postalPrefix };
}

export function zone(id: string, places: readonly Place[], timeZone = 'UTC'): ShippingZone {
  return { id, name: `Name of ${id}`, places, timeZone };
}

export function method(id: string, zoneId: string, more: Partial<ShippingMethod> = {}): ShippingMethod {
  return {
    id,
    zoneId,
    name: `Name of ${id}`,
    currency: 'USD',
    by: 'subtotal',
    tiers: [{ from: 0, priceMinor: 500 }],
    freeFromMinor: null,
    perParcel: false,
    weightMaxGrams: null,
    cutOffMinute: 14 * 60,
    handlingDays: 0,
    transitDaysMin: 1,
    transitDaysMax: 1,
    deliveryWeekdays: everyDay,
    deliverByMinute: 21 * 60,
    fromLocations: null,
    ...more,
  };
}

export function warehouse(location: string, more: Partial<Warehouse> = {}): Warehouse {
  return { location, timeZone: 'UTC', workingWeekdays: weekdays, closedOn: [], ...more };
}
