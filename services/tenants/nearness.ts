/** Which location is nearer: by distance to where the goods go if that is known, else by rank. Pure. */
import type { StoreLocation } from './port.ts';

export interface ShipTo {
  readonly latitude: number;
  readonly longitude: number;
}

export interface LocationRank {
  readonly location: string;
  /** Lower is nearer. Kilometres, or the location's own rank. */
  readonly rank: number;
}

/** Half of the earth's circumference in km, rounded up: locations without coordinates come after all others. */
const fartherThanAllKm = 20_100;
const earthRadiusKm = 6_371;

/** By the list of locations, which is the same object from one look at the store to the next. */
const ranked = new WeakMap<readonly StoreLocation[], readonly LocationRank[]>();

export function nearnessOf(locations: readonly StoreLocation[], shipTo: ShipTo | null): readonly LocationRank[] {
  if (shipTo === null) return ranked.get(locations) ?? rankedOnce(locations);
  return locations.map((location) => ({ location: location.id, rank: distanceRank(location, shipTo) }));
}

function rankedOnce(locations: readonly StoreLocation[]): readonly LocationRank[] {
  const ranks = locations.map((location) => ({ location: location.id, rank: location.rank }));
  ranked.set(locations, ranks);
  return ranks;
}

function distanceRank(location: StoreLocation, shipTo: ShipTo): number {
  if (location.latitude === null || location.longitude === null) return fartherThanAllKm + location.rank;
  return Math.round(haversineKm({ latitude: location.latitude, longitude: location.longitude }, shipTo));
}

/** Great-circle distance. */
export function haversineKm(a: ShipTo, b: ShipTo): number {
  const radians = Math.PI / 180;
  const latitudeHalf = ((b.latitude - a.latitude) * radians) / 2;
  const longitudeHalf = ((b.longitude - a.longitude) * radians) / 2;
  const chord =
    Math.sin(latitudeHalf) ** 2 + Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(longitudeHalf) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}
