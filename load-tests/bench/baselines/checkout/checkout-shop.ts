/** What the checkout baselines do: one order of one unit, from the press of the button to the answer. */
import type { Stock } from '../hold-shop.ts';

export interface Order {
  /** The buyer's idempotency key. */
  readonly key: string;
  readonly buyer: string;
  readonly sku: number;
  readonly card: string;
}

export type CheckoutOutcome = 'confirmed' | 'sold_out' | 'declined' | 'in_progress';

export interface CheckoutShop {
  restock(stock: Stock): Promise<void>;
  /** Answers when the order is as durable as the shop claims. The same key is the same order. */
  checkOut(order: Order): Promise<CheckoutOutcome>;
  close(): Promise<void>;
}

export const goodCard = 'pm_card_visa';
