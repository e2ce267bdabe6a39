/** `GET /v1/admin/events`: the same feed that webhooks send, to be read at one's own pace. */
import { toIso } from '../../actors/kernel/index.ts';
import type { FeedEvent } from '../../services/notifications/feed/port.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { limitDetail, limitOf, limitQuery } from '../http/page-limit.ts';
import { type Route, storeRoute } from '../http/route.ts';
import { z } from '../schemas/zod.ts';
import { type NotificationRouteDeps, whenAvailable } from './deps.ts';
import { eventsPageSchema } from './schemas.ts';

/** Null: not a number of the feed. */
export function numberOf(text: string | null, fallback: number): number | null {
  if (text === null) return fallback;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

export function eventShown({ at, ...event }: FeedEvent): Record<string, unknown> {
  return { ...event, timestamp: toIso(at) };
}

export function eventRoutes({ feed }: NotificationRouteDeps): readonly Route[] {
  return [
    storeRoute({
      method: 'GET',
      path: '/v1/admin/events',
      access: 'secret',
      docs: {
        summary: 'What happened, numbered without gap',
        description:
          'Remember the last number you have handled and ask for what comes after it: nothing is missed and nothing comes twice.',
        tag: 'events',
        success: { status: 200, schema: eventsPageSchema },
        problems: ['query_invalid', 'rows_unavailable'],
        query: {
          after: { description: 'Events with higher numbers; 0 unless given.', schema: z.int().min(0) },
          limit: limitQuery,
        },
      },
      async handle(call, respond) {
        const query = new URLSearchParams(call.query);
        const count = limitOf(query.get('limit'));
        const after = numberOf(query.get('after'), 0);
        if (count === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'limit', detail: limitDetail }] }));
        if (after === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'after', detail: 'a whole number' }] }));
        await whenAvailable(respond, async () => {
          const { storeId } = call.identity.store;
          const newest = await feed.newest(storeId);
          const items = await feed.list(storeId, after, count);
          const last = items.at(-1)?.number ?? after;
          respond(jsonAnswer(200, { items: items.map(eventShown), newest, next: last < newest ? last : null }));
        });
      },
    }),
  ];
}
