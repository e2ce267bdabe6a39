/**
 * Settings of a store: a few values that a merchant sets as a whole and routes read.
 *
 * S1. Every call names its store and sees that store only (I6).
 * S2. What was never set has a value of its own, which the reader of the settings defines.
 */
export interface StoreSettings<Values> {
  /** Throws `SettingsUnavailable`, as does `put`. */
  get(storeId: string): Promise<Values>;
  put(storeId: string, values: Values): Promise<void>;
}

/** Where settings are kept: a table of schema `onhand` with one row a store, `store_id` and a column for each value. */
export interface SettingsTable<Values extends object> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Values & string, string>>;
  /** Of a store without a row (S2). */
  readonly unset: Values;
}

/** An operating fault: worth trying again. */
export class SettingsUnavailable extends Error {
  override readonly name = 'SettingsUnavailable';
}
