/** Whose account the store's payments go to, and what becomes of units whose payment is declined. */
import { type PaymentSettingsStore, PaymentSettingsUnavailable } from '../../services/payments/settings.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { type Respond, type Route, storeRoute } from '../http/route.ts';
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

const path = '/v1/admin/payments/settings';
const success = { status: 200, schema: settingsSchema };

export function paymentSettingsRoutes(settings: PaymentSettingsStore): readonly Route[] {
  return [
    storeRoute({
      method: 'GET',
      path,
      access: 'secret',
      docs: { summary: 'How the store is paid', tag: 'admin pricing', success, problems: ['rows_unavailable'] },
      handle: (call, respond) =>
        whenAvailable(respond, async () => respond(jsonAnswer(200, await settings.get(call.identity.store.storeId)))),
    }),
    storeRoute({
      method: 'PUT',
      path,
      access: 'secret',
      body: settingsSchema,
      docs: {
        summary: 'Set how the store is paid',
        description: 'Orders that are placed from now on; those under way stay where they are.',
        tag: 'admin pricing',
        success,
        problems: ['rows_unavailable'],
      },
      handle: (call, respond) =>
        whenAvailable(respond, async () => {
          await settings.put(call.identity.store.storeId, call.body);
          respond(jsonAnswer(200, call.body));
        }),
    }),
  ];
}

async function whenAvailable(respond: Respond, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (!(cause instanceof PaymentSettingsUnavailable)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}
