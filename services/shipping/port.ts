/**
 * Shipping: where a store sends to, how, for how much and until when. Zones, methods and warehouses' hours are a
 * store's own data.
 *
 * S1. Every call names its store and sees that store only (I6).
 * S2. What is written was checked (`validate.ts`): every reader may rely on it.
 * S3. Nothing here reads a clock or knows a time zone's rules: instants come in, `Intl` knows the rules.
 * S4. Days of the week are ISO: 1 is Monday, 7 is Sunday. Minutes of a day are local: 1260 is 21:00 on every clock.
 */
import type { Instant } from '../../actors/kernel/index.ts';

export interface Destination {
  readonly country: string;
  readonly region?: string;
  readonly postalCode: string;
}

/** A part of the world. Null country: everywhere that no other place names. */
export interface Place {
  readonly country: string | null;
  readonly region: string | null;
  readonly postalPrefix: string | null;
}

export interface ShippingZone {
  readonly id: string;
  readonly name: string;
  readonly places: readonly Place[];
  /** IANA name; a promise "by 21:00" means this clock. */
  readonly timeZone: string;
}

export interface PriceTier {
  /** Inclusive: grams or minor units; the first tier is from 0. */
  readonly from: number;
  readonly priceMinor: number;
}

export interface ShippingMethod {
  readonly id: string;
  readonly zoneId: string;
  readonly name: string;
  readonly currency: string;
  /** What the tiers count. Subtotals are of the goods before discounts. */
  readonly by: 'weight' | 'subtotal';
  /** In rising order of `from`. */
  readonly tiers: readonly PriceTier[];
  /** Nothing to pay from this subtotal on; null: never. */
  readonly freeFromMinor: number | null;
  /** Charged for each parcel instead of once. */
  readonly perParcel: boolean;
  /** Heavier parcels are not taken; null: all are. */
  readonly weightMaxGrams: number | null;
  /** What is ordered at the warehouse before this minute of its day is handled from today. */
  readonly cutOffMinute: number;
  /** Working days of the warehouse between order and handing over. */
  readonly handlingDays: number;
  /** Days of the carrier's, from handing over to the door. */
  readonly transitDaysMin: number;
  readonly transitDaysMax: number;
  /** When the carrier delivers. */
  readonly deliveryWeekdays: readonly number[];
  /** The last minute of the day at which it rings the bell. */
  readonly deliverByMinute: number;
  /** Only from these locations; null: from all. */
  readonly fromLocations: readonly string[] | null;
}

/** What shipping must know of a location. One that nobody described works Monday to Friday, on UTC. */
export interface Warehouse {
  readonly location: string;
  readonly timeZone: string;
  readonly workingWeekdays: readonly number[];
  /** Local dates, `2026-12-25`, on which nobody works. */
  readonly closedOn: readonly string[];
}

export interface FieldProblem {
  readonly path: string;
  readonly detail: string;
}

export type Written =
  | { readonly kind: 'written' }
  | { readonly kind: 'invalid'; readonly problems: readonly FieldProblem[] }
  /** The store has as many as it may. */
  | { readonly kind: 'full'; readonly countMax: number }
  /** What it refers to is not there. */
  | { readonly kind: 'unknown'; readonly what: 'zone' };

export interface ShippingSetup {
  readonly zones: readonly ShippingZone[];
  readonly methods: readonly ShippingMethod[];
  readonly warehouses: readonly Warehouse[];
}

/** Lists are by id, in code unit order. Every method throws `ShippingUnavailable` when it cannot tell. */
export interface ShippingData {
  /** All of a store's, in one look. */
  setup(storeId: string): Promise<ShippingSetup>;
  putZone(storeId: string, zone: ShippingZone): Promise<Written>;
  /** Its methods go with it. False: there was none. */
  deleteZone(storeId: string, id: string): Promise<boolean>;
  putMethod(storeId: string, method: ShippingMethod): Promise<Written>;
  deleteMethod(storeId: string, id: string): Promise<boolean>;
  putWarehouse(storeId: string, warehouse: Warehouse): Promise<Written>;
  deleteWarehouse(storeId: string, location: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface ShippingQuestion {
  readonly storeId: string;
  readonly destination: Destination;
  readonly currency: string;
  /** Of the goods before discounts. */
  readonly subtotalMinor: number;
  readonly weightGrams: number;
  /** Where the goods are; each is a parcel. Empty: not decided yet, so any warehouse that is known. */
  readonly locations: readonly string[];
  readonly at: Instant;
}

export interface ShippingOption {
  readonly methodId: string;
  readonly name: string;
  readonly priceMinor: number;
  readonly deliverFrom: Instant;
  readonly deliverBy: Instant;
  /** The same in words, by the destination's clock: `tomorrow by 21:00`. */
  readonly promise: string;
  readonly timeZone: string;
}

// --- from which warehouse: see parcels.ts and service.ts for the rules ------------------------------------

export interface Units {
  readonly sku: string;
  readonly quantity: number;
}

export interface Parcel {
  readonly location: string;
  readonly lines: readonly Units[];
}

export type ParcelPlan =
  | { readonly kind: 'planned'; readonly parcels: readonly Parcel[]; readonly costMinor: number }
  /** Not enough in all warehouses together. */
  | { readonly kind: 'short'; readonly missing: readonly Units[] };

/** What whoever asks knows of a location: tenants its place, stock its units, the merchant its load. */
export interface WarehouseFacts {
  readonly location: string;
  readonly distanceKm: number;
  /** In millionths of what it can do; 0 where nobody counts. */
  readonly loadMillionths: number;
}

export interface StockedWarehouse extends WarehouseFacts {
  readonly available: ReadonlyMap<string, number>;
}

export interface WayQuestion {
  readonly destination: Destination;
  readonly currency: string;
  readonly at: Instant;
}

/** `stock` takes from the lowest rank first. */
export interface LocationRank {
  readonly location: string;
  readonly rank: number;
}

/** What storefronts, pricing and whoever takes a hold ask. Every method throws `ShippingUnavailable` when it cannot tell. */
export interface ShippingReads {
  /** Cheapest first, then soonest. Empty: nothing goes there. */
  optionsFor(question: ShippingQuestion): Promise<readonly ShippingOption[]>;
  /** In the order in which a hold takes units. */
  ranksOf(storeId: string, question: WayQuestion, warehouses: readonly WarehouseFacts[]): Promise<readonly LocationRank[]>;
  /** The cheapest parcels that hold all of it, given what is there. */
  planOf(storeId: string, question: WayQuestion, lines: readonly Units[], warehouses: readonly StockedWarehouse[]): Promise<ParcelPlan>;
}

/** An operating fault: worth trying again. */
export class ShippingUnavailable extends Error {
  override readonly name = 'ShippingUnavailable';
}

export const shippingLimits = {
  zonesPerStoreMax: 200,
  placesPerZoneMax: 1_000,
  methodsPerStoreMax: 1_000,
  tiersPerMethodMax: 100,
  warehousesPerStoreMax: 1_000,
  closedDaysPerWarehouseMax: 400,
  daysMax: 60,
  nameLengthMax: 200,
  weightGramsMax: 1_000_000_000,
  priceMinorMax: 1_000_000_000_000,
} as const;
