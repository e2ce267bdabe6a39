/**
 * What the simulated Stripe knows, in memory. One act changes it at a time, synchronously; `drain` hands what the act
 * changed and announced to whoever writes the journal and sends the webhooks.
 *
 * W1. Bounded: beyond `intentsMax` the oldest *ended* payments are forgotten, with their refunds, a few at a time; when none
 *     among the oldest is ended, new ones are refused (429), because a payment that is under way must be found again.
 * W2. An object is replaced, never changed in place: what was answered or announced stays what it was.
 */
import { type Account, type Customer, type Intent, isEnded, type Refund } from './objects.ts';

export interface WorldLimits {
  readonly intentsMax: number;
  readonly refundsPerIntentMax: number;
  readonly customersMax: number;
  readonly accountsMax: number;
}

export type Stored =
  | { readonly kind: 'intent'; readonly value: Intent }
  | { readonly kind: 'refund'; readonly value: Refund }
  | { readonly kind: 'customer'; readonly value: Customer }
  | { readonly kind: 'account'; readonly value: Account };

export interface Announcement {
  readonly type: string;
  readonly account: string;
  readonly object: object;
}

export interface Drained {
  readonly stored: readonly Stored[];
  readonly announced: readonly Announcement[];
}

/** How many of the oldest payments are looked through for those that may be forgotten. */
const forgetLookMax = 1_000;
/** Forgotten at a time, a thousandth: V8 finds the first of a map by passing over all that were taken out before it. */
const forgetShare = 1_000;

export class World {
  readonly #limits: WorldLimits;
  readonly intents = new Map<string, Intent>();
  readonly refunds = new Map<string, Refund>();
  readonly customers = new Map<string, Customer>();
  readonly accounts = new Map<string, Account>();
  readonly #refundIds = new Map<string, string[]>();
  readonly #intentOfCharge = new Map<string, string>();
  #stored: Stored[] = [];
  #announced: Announcement[] = [];

  constructor(limits: WorldLimits) {
    this.#limits = limits;
  }

  /** W1. */
  hasRoomForIntent(): boolean {
    return this.intents.size < this.#limits.intentsMax || this.#forgetSome();
  }

  /** W1, after a journal was read: what had been forgotten stands in it too. */
  trim(): void {
    while (this.intents.size > this.#limits.intentsMax && this.#forgetSome());
  }

  hasRoomForRefund(intentId: string): boolean {
    return (this.#refundIds.get(intentId)?.length ?? 0) < this.#limits.refundsPerIntentMax;
  }

  hasRoomForCustomer(): boolean {
    return this.customers.size < this.#limits.customersMax;
  }

  hasRoomForAccount(): boolean {
    return this.accounts.size < this.#limits.accountsMax;
  }

  put(stored: Stored): void {
    this.restore(stored);
    this.#stored.push(stored);
  }

  /** From the journal: nothing to write again. */
  restore(stored: Stored): void {
    switch (stored.kind) {
      case 'intent':
        this.intents.set(stored.value.id, stored.value);
        if (stored.value.chargeId !== null) this.#intentOfCharge.set(stored.value.chargeId, stored.value.id);
        return;
      case 'refund':
        if (!this.refunds.has(stored.value.id)) this.#refundIds.set(stored.value.intentId, [...this.#idsOf(stored.value), stored.value.id]);
        this.refunds.set(stored.value.id, stored.value);
        return;
      case 'customer':
        this.customers.set(stored.value.id, stored.value);
        return;
      case 'account':
        this.accounts.set(stored.value.id, stored.value);
        return;
      default:
        stored satisfies never;
    }
  }

  announce(type: string, account: string, object: object): void {
    this.#announced.push({ type, account, object });
  }

  drain(): Drained {
    const drained = { stored: this.#stored, announced: this.#announced };
    this.#stored = [];
    this.#announced = [];
    return drained;
  }

  /** Everything, oldest first, for a fresh journal. */
  *everything(): Iterable<Stored> {
    for (const value of this.accounts.values()) yield { kind: 'account', value };
    for (const value of this.customers.values()) yield { kind: 'customer', value };
    for (const value of this.intents.values()) yield { kind: 'intent', value };
    for (const value of this.refunds.values()) yield { kind: 'refund', value };
  }

  intentOfCharge(chargeId: string): Intent | null {
    return this.intents.get(this.#intentOfCharge.get(chargeId) ?? '') ?? null;
  }

  refundsOf(intentId: string): readonly Refund[] {
    return (this.#refundIds.get(intentId) ?? []).flatMap((id) => this.refunds.get(id) ?? []);
  }

  #idsOf(refund: Refund): readonly string[] {
    return this.#refundIds.get(refund.intentId) ?? [];
  }

  /** False: none of the oldest may be forgotten. */
  #forgetSome(): boolean {
    const most = Math.ceil(this.#limits.intentsMax / forgetShare);
    let looked = 0;
    let forgotten = 0;
    for (const intent of this.intents.values()) {
      if (forgotten === most || looked === forgetLookMax) break;
      looked += 1;
      if (!isEnded(intent)) continue;
      this.#forget(intent);
      forgotten += 1;
    }
    return forgotten > 0;
  }

  #forget(intent: Intent): void {
    this.intents.delete(intent.id);
    if (intent.chargeId !== null) this.#intentOfCharge.delete(intent.chargeId);
    for (const id of this.#refundIds.get(intent.id) ?? []) this.refunds.delete(id);
    this.#refundIds.delete(intent.id);
  }
}
