/**
 * Webhooks: add, change, rotate, remove; what became of each telling; tell again.
 *
 * H1. The id of a webhook is derived from the scope of its key, so a retry finds the same one (I5), secret included.
 * H2. A secret is shown when it is made and never again, except to that retry.
 */
import { toIso } from '../../actors/kernel/index.ts';
import { commandIdOf } from '../../runtime/ids/derive.ts';
import { type Delivery, type DeliveryCursor, type Endpoint, webhookLimits } from '../../services/notifications/webhooks/port.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { limitDetail, limitOf, limitQuery } from '../http/page-limit.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import { emptySchema } from '../schemas/holds.ts';
import { z } from '../schemas/zod.ts';
import { type NotificationRouteDeps, whenAvailable } from './deps.ts';
import {
  addEndpointSchema,
  changeEndpointSchema,
  deliveriesSchema,
  deliverySchema,
  endpointSchema,
  endpointsSchema,
  redeliverSchema,
} from './schemas.ts';

const path = '/v1/admin/webhooks';

export function webhookRoutes(deps: NotificationRouteDeps): readonly Route[] {
  return [
    addRoute(deps),
    listRoute(deps),
    changeRoute(deps),
    removeRoute(deps),
    rotateRoute(deps),
    deliveriesRoute(deps),
    redeliverRoute(deps),
  ];
}

function endpointShown(endpoint: Endpoint): Record<string, unknown> {
  const { storeId: _store, secrets: _secrets, firstFailedAt: _first, createdAt, retryAt, ...shown } = endpoint;
  return { ...shown, createdAt: toIso(createdAt), retryAt: retryAt === null ? null : toIso(retryAt) };
}

function deliveryShown({ at, ...delivery }: Delivery): Record<string, unknown> {
  return { ...delivery, at: toIso(at) };
}

function addRoute({ endpoints, feed, clock, newSecret }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'POST',
    path,
    access: 'secret',
    body: addEndpointSchema,
    docs: {
      summary: 'Be told of events',
      description:
        'Standard Webhooks: signed, numbered and in order, retried for three days. An address may be told twice: remember `webhook-id`. Addresses inside private networks are not told.',
      tag: 'events',
      success: { status: 201, schema: endpointSchema },
      problems: ['webhooks_full', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      whenAvailable(respond, async () => {
        const { storeId } = call.identity.store;
        const endpointId = `hook_${commandIdOf({ store: storeId, caller: call.identity.scope, route: call.route, key: call.key })}`; // H1
        const { url, types = null, fromNumber } = call.body;
        const endpoint: Endpoint = {
          storeId,
          endpointId,
          url,
          secrets: [newSecret()],
          types,
          active: true,
          disabledWhy: null,
          createdAt: clock.wallMs(),
          handled: fromNumber ?? (await feed.newest(storeId)),
          attempts: 0,
          retryAt: null,
          firstFailedAt: null,
        };
        const added = await endpoints.add(endpoint);
        if (added === 'full') return respond(problemAnswer('webhooks_full'));
        const kept = added === 'added' ? endpoint : ((await endpoints.get(storeId, endpointId)) ?? endpoint);
        respond(jsonAnswer(201, { ...endpointShown(kept), secret: kept.secrets[0] })); // H2
      }),
  });
}

function listRoute({ endpoints }: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'GET',
    path,
    access: 'secret',
    docs: { summary: 'Webhooks', tag: 'events', success: { status: 200, schema: endpointsSchema }, problems: ['rows_unavailable'] },
    handle: (call, respond) =>
      whenAvailable(respond, async () => {
        respond(jsonAnswer(200, { items: (await endpoints.list(call.identity.store.storeId)).map(endpointShown) }));
      }),
  });
}

/** Does something with one webhook that is known to be there. */
function withEndpoint(
  { endpoints }: NotificationRouteDeps,
  call: Call<unknown>,
  respond: Respond,
  work: (endpoint: Endpoint) => Promise<void>,
): Promise<void> {
  return whenAvailable(respond, async () => {
    const endpoint = await endpoints.get(call.identity.store.storeId, call.params.endpointId!);
    if (endpoint === null) return respond(problemAnswer('webhook_unknown'));
    await work(endpoint);
  });
}

const one = `${path}/{endpointId}`;

function changeRoute(deps: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'PUT',
    path: one,
    access: 'secret',
    body: changeEndpointSchema,
    docs: {
      summary: 'Change a webhook',
      tag: 'events',
      success: { status: 200, schema: endpointSchema },
      problems: ['webhook_unknown', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      withEndpoint(deps, call, respond, async ({ storeId, endpointId }) => {
        const { url, types, active } = call.body;
        await deps.endpoints.change(storeId, endpointId, {
          ...(url === undefined ? {} : { url }),
          ...(types === undefined ? {} : { types }),
          ...(active === undefined ? {} : { active }),
        });
        const changed = await deps.endpoints.get(storeId, endpointId);
        respond(changed === null ? problemAnswer('webhook_unknown') : jsonAnswer(200, endpointShown(changed)));
      }),
  });
}

function removeRoute(deps: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'DELETE',
    path: one,
    access: 'secret',
    docs: {
      summary: 'Remove a webhook',
      tag: 'events',
      success: { status: 200, schema: endpointSchema },
      problems: ['webhook_unknown', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      withEndpoint(deps, call, respond, async (endpoint) => {
        await deps.endpoints.remove(endpoint.storeId, endpoint.endpointId);
        respond(jsonAnswer(200, { ...endpointShown(endpoint), active: false }));
      }),
  });
}

function rotateRoute(deps: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'POST',
    path: `${one}/rotate`,
    access: 'secret',
    body: emptySchema,
    bodyOptional: true,
    docs: {
      summary: 'A new secret',
      description: `Messages are signed with the new secret and with the ${webhookLimits.secretsMax - 1} before it, until they are rotated out.`,
      tag: 'events',
      success: { status: 200, schema: endpointSchema },
      problems: ['webhook_unknown', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      withEndpoint(deps, call, respond, async (endpoint) => {
        const secret = deps.newSecret();
        const secrets = [secret, ...endpoint.secrets].slice(0, webhookLimits.secretsMax);
        await deps.endpoints.change(endpoint.storeId, endpoint.endpointId, { secrets });
        respond(jsonAnswer(200, { ...endpointShown(endpoint), secret }));
      }),
  });
}

function deliveriesRoute(deps: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'GET',
    path: `${one}/deliveries`,
    access: 'secret',
    docs: {
      summary: 'What became of each telling, newest first',
      tag: 'events',
      success: { status: 200, schema: deliveriesSchema },
      problems: ['webhook_unknown', 'cursor_invalid', 'query_invalid', 'rows_unavailable'],
      query: { cursor: { description: 'The `next` of the page before.', schema: z.string() }, limit: limitQuery },
    },
    async handle(call, respond) {
      const query = new URLSearchParams(call.query);
      const count = limitOf(query.get('limit'));
      const before = cursorOf(query.get('cursor'));
      if (count === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'limit', detail: limitDetail }] }));
      if (before === undefined) return respond(problemAnswer('cursor_invalid'));
      await withEndpoint(deps, call, respond, async ({ storeId, endpointId }) => {
        const found = await deps.endpoints.deliveries(storeId, endpointId, before, count + 1);
        const items = found.slice(0, count);
        const last = items.at(-1);
        const next = found.length > count && last !== undefined ? `${last.number}.${last.attempt}` : null;
        respond(jsonAnswer(200, { items: items.map(deliveryShown), next }));
      });
    },
  });
}

/** Null: from the newest; undefined: not a cursor of ours. */
function cursorOf(text: string | null): DeliveryCursor | null | undefined {
  if (text === null) return null;
  const [, number, attempt] = /^(\d{1,15})\.(\d{1,9})$/.exec(text) ?? [];
  return number === undefined || attempt === undefined ? undefined : { number: Number(number), attempt: Number(attempt) };
}

function redeliverRoute(deps: NotificationRouteDeps): Route {
  return storeRoute({
    method: 'POST',
    path: `${one}/redeliver`,
    access: 'secret',
    body: redeliverSchema,
    docs: {
      summary: 'Tell one event again, now',
      description: 'Outside the order, with the same `webhook-id`. The answer says what came of it.',
      tag: 'events',
      success: { status: 200, schema: deliverySchema },
      problems: ['webhook_unknown', 'event_unknown', 'rows_unavailable'],
    },
    handle: (call, respond) =>
      withEndpoint(deps, call, respond, async (endpoint) => {
        const { number } = call.body;
        const [event] = await deps.feed.list(endpoint.storeId, number - 1, 1);
        if (event?.number !== number) return respond(problemAnswer('event_unknown'));
        respond(jsonAnswer(200, deliveryShown(await deps.redeliver(endpoint, event))));
      }),
  });
}
