/** Settings in memory, for tests and worlds without a database. */
import type { StoreSettings } from './port.ts';

export class MemorySettings<Values> implements StoreSettings<Values> {
  readonly #unset: Values;
  readonly #settings = new Map<string, Values>();

  constructor(unset: Values) {
    this.#unset = unset;
  }

  async get(storeId: string): Promise<Values> {
    return this.#settings.get(storeId) ?? this.#unset;
  }

  async put(storeId: string, values: Values): Promise<void> {
    this.#settings.set(storeId, values);
  }
}
