/**
 * What a store offers, from its data: the neighbour that pricing asks; and from which warehouse goods best go, for
 * whoever takes a hold.
 *
 * V1. A warehouse costs what the cheapest method from there costs, and takes as long as that method's promise. One from
 *     which nothing goes to the destination is left out of plans and comes last in ranks.
 */
import type { Instant } from '../../actors/kernel/index.ts';
import { optionsOf } from './options.ts';
import { type ParcelPlan, planParcels, rankWarehouses, type Units, type WarehouseOffer, type Weights } from './parcels.ts';
import type { Destination, ShippingData, ShippingOption, ShippingQuestion, ShippingSetup } from './port.ts';

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

/** A day is worth a pound or so, and so are five hundred kilometres; a warehouse with a full day's queue costs a day and a half. */
export const ordinaryWeights: Weights = { perThousandKmMinor: 200, perDayMinor: 100, fullLoadMinor: 150 };

const dayMs = 86_400_000;

export class Shipping {
  readonly #data: Pick<ShippingData, 'setup'>;
  readonly #weights: Weights;

  constructor(data: Pick<ShippingData, 'setup'>, weights: Weights = ordinaryWeights) {
    this.#data = data;
    this.#weights = weights;
  }

  /** Cheapest first, then soonest. Empty: nothing goes there. */
  async optionsFor(question: ShippingQuestion): Promise<readonly ShippingOption[]> {
    return optionsOf(await this.#data.setup(question.storeId), question);
  }

  /** In the order of which a hold takes units. */
  async ranksOf(storeId: string, question: WayQuestion, warehouses: readonly WarehouseFacts[]): Promise<readonly LocationRank[]> {
    const setup = await this.#data.setup(storeId);
    const stocked = warehouses.map((facts) => ({ ...facts, available: new Map<string, number>() }));
    const ranked = rankWarehouses(offersOf(setup, question, stocked), this.#weights);
    const ways = new Set(ranked.map(({ location }) => location));
    const others = warehouses.map(({ location }) => location).filter((location) => !ways.has(location));
    return [...ranked.map(({ location }) => location), ...others.sort()].map((location, rank) => ({ location, rank }));
  }

  /** The cheapest parcels that hold all of it, given what is there. */
  async planOf(
    storeId: string,
    question: WayQuestion,
    lines: readonly Units[],
    warehouses: readonly StockedWarehouse[],
  ): Promise<ParcelPlan> {
    const setup = await this.#data.setup(storeId);
    return planParcels(lines, offersOf(setup, question, warehouses), this.#weights);
  }
}

/** V1 */
function offersOf(setup: ShippingSetup, question: WayQuestion, warehouses: readonly StockedWarehouse[]): readonly WarehouseOffer[] {
  return warehouses.flatMap((facts) => {
    const basket = { ...question, subtotalMinor: 0, weightGrams: 0, locations: [facts.location] };
    const [cheapest] = optionsOf(setup, basket);
    if (cheapest === undefined) return [];
    const days = Math.ceil((cheapest.deliverBy - question.at) / dayMs);
    return [{ ...facts, parcelCostMinor: cheapest.priceMinor, days }];
  });
}
