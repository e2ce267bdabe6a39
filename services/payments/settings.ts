/**
 * Whose account a store's payments go to, what the platform keeps of them (Stripe Connect: direct charges with an
 * application fee), and what becomes of the units when a payment is declined.
 *
 * S1. Every call names its store and sees that store only (I6).
 * S2. An order remembers what it was placed with: a change moves no payment that is under way.
 */
import type pg from 'pg';
import { FreshCache, type FreshCacheOptions } from '../../runtime/fresh-cache.ts';
import { inStore } from '../../runtime/postgres/in-store.ts';

export interface PaymentSettings {
  /** Null: the platform's own account. */
  readonly account: string | null;
  /** Of a total, in millionths; 0 without an account. */
  readonly feeMillionths: number;
  /** A declined payment leaves the units held until the time to pay is over; without it they go back at once. */
  readonly keepsUnitsOnDecline: boolean;
}

export const ownAccount: PaymentSettings = { account: null, feeMillionths: 0, keepsUnitsOnDecline: false };

export interface PaymentSettingsStore {
  /** What was never set is the platform's own account. Throws `PaymentSettingsUnavailable`, as does `put`. */
  get(storeId: string): Promise<PaymentSettings>;
  put(storeId: string, settings: PaymentSettings): Promise<void>;
}

/** An operating fault: worth trying again. */
export class PaymentSettingsUnavailable extends Error {
  override readonly name = 'PaymentSettingsUnavailable';
}

export class MemoryPaymentSettings implements PaymentSettingsStore {
  readonly #settings = new Map<string, PaymentSettings>();

  async get(storeId: string): Promise<PaymentSettings> {
    return this.#settings.get(storeId) ?? ownAccount;
  }

  async put(storeId: string, settings: PaymentSettings): Promise<void> {
    this.#settings.set(storeId, settings);
  }
}

const freshMs = 2_000;
const entriesMax = 10_000;

/** Remembered for some seconds, so that a rush of checkouts does not become a rush of statements. */
export class CachedPaymentSettings implements PaymentSettingsStore {
  readonly #settings: PaymentSettingsStore;
  readonly #cache: FreshCache<PaymentSettings>;

  constructor(settings: PaymentSettingsStore, clock: FreshCacheOptions['clock']) {
    this.#settings = settings;
    this.#cache = new FreshCache({ clock, freshMs, entriesMax });
  }

  get(storeId: string): Promise<PaymentSettings> {
    return this.#cache.get(`${storeId}/`, () => this.#settings.get(storeId));
  }

  async put(storeId: string, settings: PaymentSettings): Promise<void> {
    try {
      await this.#settings.put(storeId, settings);
    } finally {
      this.#cache.forget(`${storeId}/`);
    }
  }
}

export class PostgresPaymentSettings implements PaymentSettingsStore {
  readonly #pool: pg.Pool;

  /** Of role `onhand_app`. The pool stays its owner's. */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  get(storeId: string): Promise<PaymentSettings> {
    return this.#inStore(storeId, async (client) => {
      const { rows } = await client.query<{ account: string | null; fee_millionths: number; keeps_units_on_decline: boolean }>(
        'select account, fee_millionths, keeps_units_on_decline from onhand.payment_settings where store_id = $1',
        [storeId],
      );
      const [row] = rows;
      if (row === undefined) return ownAccount;
      return { account: row.account, feeMillionths: row.fee_millionths, keepsUnitsOnDecline: row.keeps_units_on_decline };
    });
  }

  put(storeId: string, { account, feeMillionths, keepsUnitsOnDecline }: PaymentSettings): Promise<void> {
    return this.#inStore(storeId, async (client) => {
      await client.query(
        `insert into onhand.payment_settings (store_id, account, fee_millionths, keeps_units_on_decline) values ($1, $2, $3, $4)
         on conflict (store_id) do update set account = $2, fee_millionths = $3, keeps_units_on_decline = $4`,
        [storeId, account, feeMillionths, keepsUnitsOnDecline],
      );
    });
  }

  async #inStore<Result>(storeId: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await inStore(this.#pool, storeId, work);
    } catch (cause) {
      throw new PaymentSettingsUnavailable('payment settings cannot be read or written now', { cause });
    }
  }
}
