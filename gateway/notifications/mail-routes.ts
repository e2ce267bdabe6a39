/** Mails: what was written to buyers, and in which words. */
import { toIso } from '../../actors/kernel/index.ts';
import type { Mail } from '../../services/notifications/mails/port.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { limitDetail, limitOf, limitQuery } from '../http/page-limit.ts';
import { type Route, storeRoute } from '../http/route.ts';
import { z } from '../schemas/zod.ts';
import { type NotificationRouteDeps, whenAvailable } from './deps.ts';
import { numberOf } from './event-routes.ts';
import { mailsSchema, templateSchema } from './schemas.ts';

export function mailRoutes(deps: NotificationRouteDeps): readonly Route[] {
  return [listRoute(deps), readTemplateRoute(deps), putTemplateRoute(deps), resetTemplateRoute(deps)];
}

function mailShown({ storeId: _store, madeAt, sentAt, retryAt, ...mail }: Mail): Record<string, unknown> {
  const iso = (at: number | null): string | null => (at === null ? null : toIso(at));
  return { ...mail, madeAt: toIso(madeAt), sentAt: iso(sentAt), retryAt: iso(retryAt) };
}

function listRoute({ mails }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/mails',
    access: 'secret',
    docs: {
      summary: 'Mails to buyers, newest first',
      description: '`outbox`: no mail server is set, so nothing was sent. `failed`: given up after a day.',
      tag: 'events',
      success: { status: 200, schema: mailsSchema },
      problems: ['query_invalid', 'rows_unavailable'],
      query: { before: { description: 'Of events with lower numbers.', schema: z.int().min(1) }, limit: limitQuery },
    },
    async handle(call, respond) {
      const query = new URLSearchParams(call.query);
      const count = limitOf(query.get('limit'));
      const before = numberOf(query.get('before'), Number.MAX_SAFE_INTEGER);
      if (count === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'limit', detail: limitDetail }] }));
      if (before === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'before', detail: 'a whole number' }] }));
      await whenAvailable(respond, async () => {
        const found = await mails.list(call.identity.store.storeId, before, count + 1);
        const items = found.slice(0, count);
        respond(jsonAnswer(200, { items: items.map(mailShown), next: found.length > count ? items.at(-1)!.number : null }));
      });
    },
  });
}

const path = '/v1/admin/mails/templates/{template}';
const success = { status: 200, schema: templateSchema };

function readTemplateRoute({ mails, builtInTemplates }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'GET',
    path,
    access: 'secret',
    docs: { summary: 'The words of a mail', tag: 'events', success, problems: ['template_unknown', 'rows_unavailable'] },
    handle: (call, respond) =>
      whenAvailable(respond, async () => {
        const name = call.params.template!;
        const builtIn = Object.hasOwn(builtInTemplates, name) ? builtInTemplates[name] : undefined;
        if (builtIn === undefined) return respond(problemAnswer('template_unknown'));
        respond(jsonAnswer(200, (await mails.template(call.identity.store.storeId, name)) ?? builtIn));
      }),
  });
}

function putTemplateRoute({ mails, builtInTemplates, clock }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'PUT',
    path,
    access: 'secret',
    body: templateSchema,
    docs: { summary: 'Words of your own', tag: 'events', success, problems: ['template_unknown', 'rows_unavailable'] },
    handle: (call, respond) =>
      whenAvailable(respond, async () => {
        const name = call.params.template!;
        if (!Object.hasOwn(builtInTemplates, name)) return respond(problemAnswer('template_unknown'));
        await mails.putTemplate(call.identity.store.storeId, name, call.body, clock.wallMs());
        respond(jsonAnswer(200, call.body));
      }),
  });
}

function resetTemplateRoute({ mails, builtInTemplates, clock }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'DELETE',
    path,
    access: 'secret',
    docs: { summary: 'The built-in words again', tag: 'events', success, problems: ['template_unknown', 'rows_unavailable'] },
    handle: (call, respond) =>
      whenAvailable(respond, async () => {
        const name = call.params.template!;
        const builtIn = Object.hasOwn(builtInTemplates, name) ? builtInTemplates[name] : undefined;
        if (builtIn === undefined) return respond(problemAnswer('template_unknown'));
        await mails.putTemplate(call.identity.store.storeId, name, null, clock.wallMs());
        respond(jsonAnswer(200, builtIn));
      }),
  });
}
