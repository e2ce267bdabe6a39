/**
 * What a store offers, from its data: the neighbour that pricing asks; and from which warehouse goods best go, for
 * whoever takes a hold.
 *
 * V1. A warehouse costs what the cheapest method from there costs, and takes as long as that method's promise. One from
 *     which nothing goes to the destination is left out of plans and comes last in ranks.
 */
import { optionsOf } from './options.ts';
import { planParcels, rankWarehouses, type WarehouseOffer, type Weights } from './parcels.ts';
import type {
  LocationRank,
  ParcelPlan,
  ShippingData,
  ShippingOption,
  ShippingQuestion,
  ShippingReads,
  ShippingSetup,
  StockedWarehouse,
  Units,
  WarehouseFacts,
  WayQuestion,
} from './port.ts';

/** A day is worth a pound or so, and so are five hundred kilometres; a warehouse with a full day's queue costs a day and a half. */
export const ordinaryWeights: Weights = { perThousandKmMinor: 200, perDayMinor: 100, fullLoadMinor: 150 };

const dayMs = 86_400_000;

export class Shipping implements ShippingReads {
  readonly #data: Pick<ShippingData, 'setup'>;
  readonly #weights: Weights;

  constructor(data: Pick<ShippingData, 'setup'>, weights: Weights = ordinaryWeights) {
    this.#data = data;
    this.#weights = weights;
  }

  async optionsFor(question: ShippingQuestion): Promise<readonly ShippingOption[]> {
    return optionsOf(await this.#data.setup(question.storeId), question);
  }

  async ranksOf(storeId: string, question: WayQuestion, warehouses: readonly WarehouseFacts[]): Promise<readonly LocationRank[]> {
    const setup = await this.#data.setup(storeId);
    const stocked = warehouses.map((facts) => ({ ...facts, available: new Map<string, number>() }));
    const ranked = rankWarehouses(offersOf(setup, question, stocked), this.#weights);
    const ways = new Set(ranked.map(({ location }) => location));
    const others = warehouses.map(({ location }) => location).filter((location) => !ways.has(location));
    return [...ranked.map(({ location }) => location), ...others.sort()].map((location, rank) => ({ location, rank }));
  }

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
