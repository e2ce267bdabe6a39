/**
 * Whose account a store's payments go to, what the platform keeps of them (Stripe Connect: direct charges with an
 * application fee), and what becomes of the units when a payment is declined.
 *
 * S1. An order remembers what it was placed with: a change moves no payment that is under way.
 */
import type { SettingsTable } from '../../runtime/settings/port.ts';

export interface PaymentSettings {
  /** Null: the platform's own account. */
  readonly account: string | null;
  /** Of a total, in millionths; 0 without an account. */
  readonly feeMillionths: number;
  /** A declined payment leaves the units held until the time to pay is over; without it they go back at once. */
  readonly keepsUnitsOnDecline: boolean;
}

export const ownAccount: PaymentSettings = { account: null, feeMillionths: 0, keepsUnitsOnDecline: false };

export const paymentSettingsTable: SettingsTable<PaymentSettings> = {
  name: 'payment_settings',
  columns: { account: 'account', feeMillionths: 'fee_millionths', keepsUnitsOnDecline: 'keeps_units_on_decline' },
  unset: ownAccount,
};
