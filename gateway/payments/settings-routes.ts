/** Whose account the store's payments go to, and what becomes of units whose payment is declined. */
import type { PaymentSettings } from '../../services/payments/settings.ts';
import type { StoreSettings } from '../../runtime/settings/port.ts';
import type { Route } from '../http/route.ts';
import { settingsRoutes } from '../http/settings-routes.ts';
import { z } from '../schemas/zod.ts';

const settingsSchema = z
  .strictObject({
    account: z
      .string()
      .regex(/^acct_\w{1,64}$/, 'an account of Stripe begins with acct_')
      .nullable()
      .openapi({ description: "A Connect account; null: the platform's own.", example: 'acct_1A2b3C' }),
    feeMillionths: z.int().min(0).max(1_000_000).openapi({ description: 'What the platform keeps of each total; 25000 is 2.5 %.' }),
    keepsUnitsOnDecline: z.boolean().default(false).openapi({
      description:
        'After a declined payment the units stay held until `payBy`, so that the buyer may try another card; otherwise they go back at once.',
    }),
  })
  .refine(({ account, feeMillionths }) => account !== null || feeMillionths === 0, {
    message: 'the platform keeps nothing of its own account',
    path: ['feeMillionths'],
  })
  .openapi('PaymentSettings');

export function paymentSettingsRoutes(settings: StoreSettings<PaymentSettings>): readonly Route[] {
  return settingsRoutes({
    path: '/v1/admin/payments/settings',
    schema: settingsSchema,
    settings,
    tag: 'admin pricing',
    reading: 'How the store is paid',
    setting: 'Set how the store is paid',
    description: 'Orders that are placed from now on; those under way stay where they are.',
  });
}
