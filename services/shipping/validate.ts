/**
 * What may be written into a store's shipping data (S2). One list of problems with their paths, so that a merchant
 * hears of all at once. The shape (types, closed unions) is checked before, by whoever takes it from outside.
 */
import { isCurrency, isLocationId } from '../../actors/kernel/index.ts';
import { isDate, isTimeZone } from './calendar.ts';
import {
  type FieldProblem,
  type Place,
  type PriceTier,
  shippingLimits,
  type ShippingMethod,
  type ShippingZone,
  type Warehouse,
} from './port.ts';

type Rule = readonly [holds: boolean, path: string, detail: string];

export function zoneProblems({ id, name, places, timeZone }: ShippingZone): readonly FieldProblem[] {
  const { placesPerZoneMax } = shippingLimits;
  return broken([
    [isId(id), 'id', idDetail],
    [isName(name), 'name', nameDetail],
    [places.length >= 1 && places.length <= placesPerZoneMax, 'places', `has 1 to ${placesPerZoneMax} places`],
    ...places.flatMap((place, index) => placeRules(place, `places.${index}`)),
    [isTimeZone(timeZone), 'timeZone', timeZoneDetail],
  ]);
}

function placeRules({ country, region, postalPrefix }: Place, path: string): readonly Rule[] {
  return [
    [country === null || /^[A-Z]{2}$/.test(country), `${path}.country`, 'is an ISO 3166-1 code of two capitals'],
    [region === null || /^[A-Z0-9]{1,3}$/.test(region), `${path}.region`, 'is the part of an ISO 3166-2 code after the dash, in capitals'],
    [
      postalPrefix === null || /^[A-Z0-9]{1,12}$/.test(postalPrefix),
      `${path}.postalPrefix`,
      'has 1 to 12 digits and capitals, without blanks',
    ],
    [country !== null || (region === null && postalPrefix === null), path, 'the rest of the world has no region and no postal prefix'],
  ];
}

export function methodProblems(method: ShippingMethod): readonly FieldProblem[] {
  const { priceMinorMax, weightGramsMax, daysMax } = shippingLimits;
  const { freeFromMinor, weightMaxGrams, transitDaysMin, transitDaysMax, fromLocations } = method;
  return broken([
    [isId(method.id), 'id', idDetail],
    [isId(method.zoneId), 'zoneId', idDetail],
    [isName(method.name), 'name', nameDetail],
    [isCurrency(method.currency), 'currency', 'is no ISO 4217 currency'],
    ...tierRules(method.tiers),
    [freeFromMinor === null || isWithin(freeFromMinor, 0, priceMinorMax), 'freeFromMinor', 'is an integer count of minor units'],
    [weightMaxGrams === null || isWithin(weightMaxGrams, 1, weightGramsMax), 'weightMaxGrams', `is an integer from 1 to ${weightGramsMax}`],
    [isWithin(method.cutOffMinute, 0, 1440), 'cutOffMinute', 'is a minute of the day, 0 to 1440'],
    [isWithin(method.handlingDays, 0, daysMax), 'handlingDays', daysDetail],
    [isWithin(transitDaysMin, 0, daysMax), 'transitDaysMin', daysDetail],
    [isWithin(transitDaysMax, transitDaysMin, daysMax), 'transitDaysMax', `${daysDetail}, and not less than transitDaysMin`],
    [areWeekdays(method.deliveryWeekdays), 'deliveryWeekdays', weekdaysDetail],
    [isWithin(method.deliverByMinute, 1, 1439), 'deliverByMinute', 'is a minute of the day, 1 to 1439'],
    [
      fromLocations === null || (fromLocations.length > 0 && fromLocations.every(isLocationId)),
      'fromLocations',
      'names locations, or is null for all',
    ],
  ]);
}

function tierRules(tiers: readonly PriceTier[]): readonly Rule[] {
  const { tiersPerMethodMax, priceMinorMax } = shippingLimits;
  const rises = tiers.every(
    ({ from }, index) => Number.isSafeInteger(from) && from >= 0 && (index === 0 || from > (tiers[index - 1]?.from ?? 0)),
  );
  return [
    [tiers.length >= 1 && tiers.length <= tiersPerMethodMax, 'tiers', `has 1 to ${tiersPerMethodMax} tiers`],
    [tiers.length === 0 || tiers[0]?.from === 0, 'tiers.0.from', 'is 0, so that everything has a price'],
    [rises, 'tiers', 'are integers that rise'],
    [
      tiers.every(({ priceMinor }) => isWithin(priceMinor, 0, priceMinorMax)),
      'tiers',
      'have prices that are integer counts of minor units',
    ],
  ];
}

export function warehouseProblems({ location, timeZone, workingWeekdays, closedOn }: Warehouse): readonly FieldProblem[] {
  const { closedDaysPerWarehouseMax } = shippingLimits;
  return broken([
    [isLocationId(location), 'location', idDetail],
    [isTimeZone(timeZone), 'timeZone', timeZoneDetail],
    [areWeekdays(workingWeekdays), 'workingWeekdays', weekdaysDetail],
    [
      closedOn.length <= closedDaysPerWarehouseMax && closedOn.every(isDate),
      'closedOn',
      `has at most ${closedDaysPerWarehouseMax} dates such as 2026-12-25`,
    ],
  ]);
}

const idDetail = 'has 1 to 64 letters, digits, dots, dashes and underscores';
const nameDetail = `has 1 to ${shippingLimits.nameLengthMax} characters`;
const daysDetail = `is an integer from 0 to ${shippingLimits.daysMax}`;
const weekdaysDetail = 'has one or more days of the week, 1 (Monday) to 7 (Sunday), each once';
const timeZoneDetail = 'is an IANA time zone such as Europe/Berlin';

function isId(id: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(id);
}

function isName(name: string): boolean {
  return name.trim() !== '' && name.length <= shippingLimits.nameLengthMax && !/\p{C}/u.test(name);
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function areWeekdays(days: readonly number[]): boolean {
  return days.length > 0 && new Set(days).size === days.length && days.every((day) => isWithin(day, 1, 7));
}

function broken(rules: readonly Rule[]): readonly FieldProblem[] {
  return rules.filter(([holds]) => !holds).map(([, path, detail]) => ({ path, detail }));
}
