/** Reading and setting a store's settings: two routes on one path, for the merchant. */
import type { StoreSettings } from '../../runtime/settings/port.ts';
import type { z } from '../schemas/zod.ts';
import { jsonAnswer } from './answers.ts';
import { type Route, type RouteDocs, storeRoute } from './route.ts';

export interface SettingsRoutes<Values> {
  readonly path: string;
  readonly schema: z.ZodType<Values>;
  readonly settings: StoreSettings<Values>;
  readonly tag: RouteDocs['tag'];
  readonly reading: string;
  readonly setting: string;
  /** What a change means for what is under way. */
  readonly description: string;
}

export function settingsRoutes<Values>({
  path,
  schema,
  settings,
  tag,
  reading,
  setting,
  description,
}: SettingsRoutes<Values>): readonly Route[] {
  const docs = { tag, success: { status: 200, schema }, problems: ['rows_unavailable'] } as const;
  return [
    storeRoute({
      method: 'GET',
      path,
      access: 'secret',
      docs: { ...docs, summary: reading },
      handle: async (call, respond) => respond(jsonAnswer(200, await settings.get(call.identity.store.storeId))),
    }),
    storeRoute({
      method: 'PUT',
      path,
      access: 'secret',
      body: schema,
      docs: { ...docs, summary: setting, description },
      handle: async (call, respond) => {
        await settings.put(call.identity.store.storeId, call.body);
        respond(jsonAnswer(200, call.body));
      },
    }),
  ];
}
