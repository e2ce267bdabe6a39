/** How long the store keeps carts. */
import { type CartSettings, expiresAfterDaysMax } from '../../services/carts/settings.ts';
import type { StoreSettings } from '../../runtime/settings/port.ts';
import type { Route } from '../http/route.ts';
import { settingsRoutes } from '../http/settings-routes.ts';
import { z } from '../schemas/zod.ts';

const settingsSchema = z
  .strictObject({
    expiresAfterDays: z
      .int()
      .min(1)
      .max(expiresAfterDaysMax)
      .openapi({ description: 'A cart ends so many days after its last change.', example: 30 }),
  })
  .openapi('CartSettings');

export function cartSettingsRoutes(settings: StoreSettings<CartSettings>): readonly Route[] {
  return settingsRoutes({
    path: '/v1/admin/carts/settings',
    schema: settingsSchema,
    settings,
    tag: 'admin store',
    reading: 'How long the store keeps carts',
    setting: 'Set how long the store keeps carts',
    description: 'Carts that are made from now on; those there are keep their time.',
  });
}
