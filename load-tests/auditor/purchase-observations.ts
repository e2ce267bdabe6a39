/**
 * What buyers saw of their orders: facts with times, no conclusions. With `observations.ts` it is all that the judge of
 * purchases and the buyers share.
 */
export type PurchaseObservation =
  /** From here on there may be an order. */
  | { readonly kind: 'checkoutSent'; readonly buyer: number; readonly key: string; readonly quantity: number; readonly sentAtMs: number }
  /** The server said: this is the order of that key, and so it stands. */
  | {
      readonly kind: 'orderSeen';
      readonly buyer: number;
      readonly key: string;
      readonly orderId: string;
      readonly number: number | null;
      readonly status: string;
      readonly paymentStatus: string;
      readonly version: number;
      readonly totalMinor: number | null;
      readonly sentAtMs: number;
      readonly answeredAtMs: number;
    }
  /** The server said: nothing was ordered under that key, or not yet. `final`: and there is nothing left to come back. */
  | {
      readonly kind: 'checkoutRefused';
      readonly buyer: number;
      readonly key: string;
      readonly code: string;
      readonly final: boolean;
      readonly sentAtMs: number;
      readonly answeredAtMs: number;
    }
  /** The buyer no longer wants it. */
  | { readonly kind: 'cancelSent'; readonly buyer: number; readonly orderId: string; readonly sentAtMs: number }
  /** The buyer stopped waiting for a verdict. */
  | { readonly kind: 'verdictMissing'; readonly buyer: number; readonly key: string; readonly what: string };

/** An order as the server's books say it in the end. */
export interface BookOrder {
  readonly orderId: string;
  readonly email: string;
  readonly number: number | null;
  readonly status: string;
  readonly paymentStatus: string;
  readonly quantity: number;
  readonly shipped: number;
  readonly returned: number;
  readonly taxIncluded: boolean;
  /** Null until priced. */
  readonly totalMinor: number | null;
  readonly subtotalMinor: number;
  readonly discountMinor: number;
  readonly shippingMinor: number;
  readonly taxMinor: number;
  readonly capturedMinor: number;
  readonly refundedMinor: number;
}

/** A payment as whoever takes the money has it. */
export interface BookPayment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountMinor: number;
  readonly capturableMinor: number;
  readonly receivedMinor: number;
  readonly refundedMinor: number;
}

export interface PurchaseBooks {
  readonly orders: readonly BookOrder[];
  /** Null: whoever takes the money cannot be asked. */
  readonly payments: readonly BookPayment[] | null;
}
