/** Shipping's things as rows of its tables and back. Columns and values go in one order; the key is the first. */
import type { Place, PriceTier, ShippingMethod, ShippingZone, Warehouse } from './port.ts';

export interface ZoneRow {
  readonly id: string;
  readonly name: string;
  readonly places: readonly Place[];
  readonly time_zone: string;
}

export const zoneColumns: readonly [keyof ZoneRow, ...(keyof ZoneRow)[]] = ['id', 'name', 'places', 'time_zone'];

export function zoneValues({ id, name, places, timeZone }: ShippingZone): readonly unknown[] {
  return [id, name, JSON.stringify(places), timeZone];
}

export function zoneOfRow({ id, name, places, time_zone: timeZone }: ZoneRow): ShippingZone {
  return { id, name, places, timeZone };
}

export interface MethodRow {
  readonly id: string;
  readonly zone_id: string;
  readonly name: string;
  readonly currency: string;
  readonly tiers_by: ShippingMethod['by'];
  readonly tiers: readonly PriceTier[];
  readonly free_from_minor: number | null;
  readonly per_parcel: boolean;
  readonly weight_max_grams: number | null;
  readonly cut_off_minute: number;
  readonly handling_days: number;
  readonly transit_days_min: number;
  readonly transit_days_max: number;
  readonly delivery_weekdays: readonly number[];
  readonly deliver_by_minute: number;
  readonly from_locations: readonly string[] | null;
}

/** The column of each field: what reading and writing both go by. */
const methodFields = [
  ['id', 'id'],
  ['zone_id', 'zoneId'],
  ['name', 'name'],
  ['currency', 'currency'],
  ['tiers_by', 'by'],
  ['tiers', 'tiers'],
  ['free_from_minor', 'freeFromMinor'],
  ['per_parcel', 'perParcel'],
  ['weight_max_grams', 'weightMaxGrams'],
  ['cut_off_minute', 'cutOffMinute'],
  ['handling_days', 'handlingDays'],
  ['transit_days_min', 'transitDaysMin'],
  ['transit_days_max', 'transitDaysMax'],
  ['delivery_weekdays', 'deliveryWeekdays'],
  ['deliver_by_minute', 'deliverByMinute'],
  ['from_locations', 'fromLocations'],
] as const satisfies readonly (readonly [keyof MethodRow, keyof ShippingMethod])[];

const [[methodKey], ...otherMethodFields] = methodFields;

export const methodColumns: readonly [keyof MethodRow, ...(keyof MethodRow)[]] = [
  methodKey,
  ...otherMethodFields.map(([column]) => column),
];

export function methodValues(method: ShippingMethod): readonly unknown[] {
  return methodFields.map(([, field]) => (field === 'tiers' ? JSON.stringify(method.tiers) : method[field]));
}

export function methodOfRow(row: MethodRow): ShippingMethod {
  return Object.fromEntries(methodFields.map(([column, field]) => [field, row[column]])) as unknown as ShippingMethod;
}

export interface WarehouseRow {
  readonly location: string;
  readonly time_zone: string;
  readonly working_weekdays: readonly number[];
  readonly closed_on: readonly string[];
}

export const warehouseColumns: readonly [keyof WarehouseRow, ...(keyof WarehouseRow)[]] = [
  'location',
  'time_zone',
  'working_weekdays',
  'closed_on',
];

export function warehouseValues({ location, timeZone, workingWeekdays, closedOn }: Warehouse): readonly unknown[] {
  return [location, timeZone, workingWeekdays, closedOn];
}

export function warehouseOfRow(row: WarehouseRow): Warehouse {
  return { location: row.location, timeZone: row.time_zone, workingWeekdays: row.working_weekdays, closedOn: row.closed_on };
}
