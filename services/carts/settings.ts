/** How long a store keeps carts that nobody touches. */
import { cartLimits } from '../../actors/cart/state.ts';
import type { SettingsTable } from '../../runtime/settings/port.ts';

const dayMs = 24 * 3_600_000;

export interface CartSettings {
  /** A cart expires so many days after its last change. It keeps the time it was made with. */
  readonly expiresAfterDays: number;
}

export const usualCarts: CartSettings = { expiresAfterDays: cartLimits.expiresAfterMs / dayMs };

export const expiresAfterDaysMax = 365;

export function expiresAfterMsOf({ expiresAfterDays }: CartSettings): number {
  return expiresAfterDays * dayMs;
}

export const cartSettingsTable: SettingsTable<CartSettings> = {
  name: 'cart_settings',
  columns: { expiresAfterDays: 'expires_after_days' },
  unset: usualCarts,
};
