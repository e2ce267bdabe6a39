/**
 * What can be asked of one cart. A cart owns no units and no prices: it remembers what a buyer wants, what they were
 * shown, and whether an order has taken it over. What is wrong with it (sold out, dearer now, a code that ended) is
 * worked out live by whoever shows it.
 *
 * C1. One cart, one order: from `beginCheckout` until `endCheckout` no other order gets it and no line changes; once
 *     it `ordered`, never again.
 * C2. A line is one SKU; putting it again sets its quantity, so that a repeat changes nothing.
 * C3. A cart ends: it expires `expiresAfterMs` after its last change (I9).
 */
import type { ActorRefusal, Instant } from '../kernel/index.ts';

export interface CartLine {
  readonly sku: string;
  readonly quantity: number;
  /** What the buyer was shown when they last changed the line; null: no price known. */
  readonly shownUnitPriceMinor: number | null;
  /** The buyer's own hold of these units, if they took one. */
  readonly holdId: string | null;
}

export type CartCommand =
  | {
      readonly type: 'create';
      readonly buyer: string | null;
      readonly currency: string;
      readonly lines: readonly CartLine[];
      readonly fingerprint: string;
      /** `cartLimits.expiresAfterMs` unless given. */
      readonly expiresAfterMs?: number;
    }
  /** Quantity 0 takes the line out. */
  | { readonly type: 'putLine'; readonly buyer: string | null; readonly line: CartLine; readonly cartVersion?: number }
  | { readonly type: 'addCode'; readonly buyer: string | null; readonly code: string }
  | { readonly type: 'removeCode'; readonly buyer: string | null; readonly code: string }
  /** Sign-in: the anonymous buyer's cart becomes this buyer's. */
  | { readonly type: 'claim'; readonly from: string; readonly to: string }
  /** Lines of another cart come in: quantities of one SKU: the larger counts, so that a repeat changes nothing. */
  | {
      readonly type: 'mergeIn';
      readonly buyer: string | null;
      readonly cartId: string;
      readonly lines: readonly CartLine[];
      readonly codes: readonly string[];
    }
  /** This cart went into another one: it is over. */
  | { readonly type: 'mergedInto'; readonly buyer: string | null; readonly cartId: string }
  | { readonly type: 'empty'; readonly buyer: string | null }
  /** From the order (effects): see C1. Repeated by the same order: the same answer. `attempt` rises with every try of
   *  an order: one that has ended does not begin again, and the end of an older one ends nothing, because a message was
   *  long on its way. */
  | { readonly type: 'beginCheckout'; readonly orderId: string; readonly buyer: string | null; readonly attempt?: number }
  | {
      readonly type: 'endCheckout';
      readonly orderId: string;
      readonly outcome: 'ordered' | 'given_up';
      readonly attempt?: number;
    }
  /** What the order said when it was asked whether it still needs the cart; about the question that was due at `askAt`. */
  | { readonly type: 'orderSaid'; readonly orderId: string; readonly askAt: Instant; readonly verdict: OrderVerdict }
  | { readonly type: 'tick' }
  | { readonly type: 'read'; readonly buyer: string | null };

export type OrderVerdict = 'keep' | 'ordered' | 'given_up';

export type CartStatus = 'open' | 'in_checkout' | 'ordered' | 'merged' | 'expired';

/** In the order in which they are checked. */
export type CartRefusal =
  | (ActorRefusal & { readonly code: 'cart_unknown' })
  | (ActorRefusal & { readonly code: 'cart_foreign' })
  | (ActorRefusal & { readonly code: 'idempotency_key_reused' })
  | (ActorRefusal & { readonly code: 'cart_checked_out'; readonly orderId: string })
  | (ActorRefusal & { readonly code: 'cart_ended'; readonly status: CartStatus; readonly cartId: string | null })
  | (ActorRefusal & { readonly code: 'cart_empty' })
  | (ActorRefusal & { readonly code: 'version_conflict'; readonly cartVersion: number })
  | (ActorRefusal & { readonly code: 'lines_exceeded'; readonly linesMax: number })
  | (ActorRefusal & { readonly code: 'codes_exceeded'; readonly codesMax: number });

export interface CartReply {
  readonly type: 'cart';
  readonly cartId: string;
  readonly buyer: string | null;
  readonly status: CartStatus;
  readonly currency: string;
  readonly lines: readonly CartLine[];
  readonly codes: readonly string[];
  /** Rises with every change. */
  readonly cartVersion: number;
  readonly expiresAt: Instant;
  readonly orderId: string | null;
}
