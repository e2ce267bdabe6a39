/** What can happen to a cart. Format 1. */
import type { Instant } from '../kernel/index.ts';
import type { CartLine } from './commands.ts';

export type CartEvent =
  | {
      readonly type: 'cart.created';
      readonly buyer: string | null;
      readonly currency: string;
      readonly lines: readonly CartLine[];
      readonly fingerprint: string;
      readonly expiresAfterMs: number;
    }
  | { readonly type: 'cart.line_put'; readonly line: CartLine }
  | { readonly type: 'cart.line_removed'; readonly sku: string }
  | { readonly type: 'cart.code_added'; readonly code: string }
  | { readonly type: 'cart.code_removed'; readonly code: string }
  | { readonly type: 'cart.claimed'; readonly buyer: string }
  /** Lines and codes as they are afterwards. */
  | { readonly type: 'cart.merged_in'; readonly cartId: string; readonly lines: readonly CartLine[]; readonly codes: readonly string[] }
  | { readonly type: 'cart.merged_into'; readonly cartId: string }
  | { readonly type: 'cart.emptied' }
  | { readonly type: 'checkout.begun'; readonly orderId: string; readonly attempt: number; readonly askAt: Instant }
  | { readonly type: 'checkout.asked' }
  | { readonly type: 'checkout.kept'; readonly askAt: Instant }
  | { readonly type: 'checkout.given_up' }
  | { readonly type: 'cart.ordered' }
  | { readonly type: 'cart.expired' };
