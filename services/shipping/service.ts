/** What a store offers, from its data: the neighbour that pricing asks. */
import { optionsOf } from './options.ts';
import type { ShippingData, ShippingOption, ShippingQuestion } from './port.ts';

export class Shipping {
  readonly #data: Pick<ShippingData, 'setup'>;

  constructor(data: Pick<ShippingData, 'setup'>) {
    this.#data = data;
  }

  /** Cheapest first, then soonest. Empty: nothing goes there. */
  async optionsFor(question: ShippingQuestion): Promise<readonly ShippingOption[]> {
    return optionsOf(await this.#data.setup(question.storeId), question);
  }
}
