/** The merchant's routes about the whole store: bulk counts, movements, locations, pause. */
import { actorId, defaultLocationId, isLocationId, isSku, toIso } from '../../../actors/kernel/index.ts';
import type { StockCommand } from '../../../actors/stock/commands.ts';
import type { LevelView, StockReply } from '../../../actors/stock/replies.ts';
import type { Movement, MovementCursor } from '../../../services/movements/port.ts';
import { MovementsUnavailable } from '../../../services/movements/port.ts';
import {
  bulkAnswerSchema,
  bulkSchema,
  locationSchema,
  locationsAnswerSchema,
  movementsAnswerSchema,
  putLocationSchema,
  storePauseSchema,
} from '../../schemas/admin.ts';
import { emptySchema } from '../../schemas/holds.ts';
import { z } from '../../schemas/zod.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import { onceFor } from '../commands.ts';
import { limitDetail, limitOf, limitQuery } from '../page-limit.ts';
import { type Call, type Route, storeRoute } from '../route.ts';
import { missingLocation } from './admin-shared.ts';
import type { RouteContext } from './context.ts';
import type { Outcome } from '../../../runtime/router/port.ts';
import { problemOfRefusal, problemOfUnavailable, outsideOf } from '../../problems.ts';

export function adminStoreRoutes(context: RouteContext): readonly Route[] {
  return [bulkRoute(context), movementsRoute(context), ...locationRoutes(context), ...pauseRoutes(context)];
}

interface BulkItem {
  readonly sku: string;
  readonly onHand: number;
  readonly location?: string | undefined;
}

function bulkRoute(context: RouteContext): Route {
  return storeRoute({
    method: 'POST',
    path: '/v1/admin/stock/bulk',
    access: 'secret',
    body: bulkSchema,
    docs: {
      summary: 'Set many counts at once',
      description:
        'Each item is a `set` of its own: SKUs that the store has never received are reported in `unknown`, the others are set. Items may fail one by one; the same request with the same key completes what is missing and repeats nothing.',
      tag: 'admin stock',
      success: { status: 200, schema: bulkAnswerSchema },
      problems: ['location_unknown'],
    },
    async handle(call, respond) {
      const { items } = call.body;
      const twice = repeatedItem(items);
      if (twice !== null)
        return respond(
          problemAnswer('validation_failed', {
            errors: [{ pointer: `/items/${twice}`, detail: 'this SKU and location stand in the list before' }],
          }),
        );
      const missing = await missingLocation(context, call, items.map(locationOf));
      if (missing !== undefined) return respond(problemAnswer('location_unknown', { fields: { location: missing } }));
      respond(bulkAnswer(context, await Promise.all(items.map((item) => setOne(context, call, item)))));
    },
  });
}

function locationOf(item: BulkItem): string {
  return item.location ?? defaultLocationId;
}

function repeatedItem(items: readonly BulkItem[]): number | null {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const name = `${locationOf(item)}/${item.sku}`;
    if (seen.has(name)) return index;
    seen.add(name);
  }
  return null;
}

interface BulkResult {
  readonly sku: string;
  readonly location: string;
  readonly status: 'set' | 'refused';
  readonly code?: string;
  readonly onHand?: number;
  readonly countVersion?: number;
}

async function setOne(context: RouteContext, call: Call<unknown>, item: BulkItem): Promise<BulkResult> {
  const { sku, onHand } = item;
  const location = locationOf(item);
  const once = onceFor(call.identity, `${call.route} ${location}`, call.key, sku, { onHand });
  const command: StockCommand = { type: 'set', location, onHand, ...once };
  const outcome = await context.actors.asked(actorId('stock', call.identity.store.storeId, sku), command);
  if (outcome.kind !== 'reply') return { sku, location, status: 'refused', code: codeOf(outcome) };
  const reply = outcome.reply as StockReply;
  const level: LevelView | undefined = reply.levels.find((view) => view.location === location);
  return { sku, location, status: 'set', onHand: level?.onHand ?? onHand, countVersion: reply.countVersion };
}

function codeOf(outcome: Exclude<Outcome, { kind: 'reply' }>): string {
  const code = outcome.kind === 'unavailable' ? problemOfUnavailable(outcome.code) : problemOfRefusal(outcome.refusal.code);
  return outsideOf(code ?? 'internal_error');
}

function bulkAnswer(context: RouteContext, results: readonly BulkResult[]): OpenAnswer {
  const unknown = results.filter((result) => result.code === 'sku_unknown').map((result) => result.sku);
  const set = results.filter((result) => result.status === 'set').length;
  return jsonAnswer(200, { results, set, unknown: [...new Set(unknown)], serverTime: toIso(context.clock.wallMs()) });
}

function movementsRoute(context: RouteContext): Route {
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/stock/{sku}/movements',
    access: 'secret',
    docs: {
      summary: 'Every change of on_hand, oldest first',
      description: 'Read from the database, which follows within moments: `version` says how far an item reaches.',
      tag: 'admin stock',
      success: { status: 200, schema: movementsAnswerSchema },
      problems: ['cursor_invalid', 'query_invalid', 'rows_unavailable'],
      query: {
        cursor: { description: 'The `next` of the page before.', schema: z.string() },
        limit: limitQuery,
      },
    },
    async handle(call, respond) {
      const query = new URLSearchParams(call.query);
      const count = limitOf(query.get('limit'));
      if (count === null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'limit', detail: limitDetail }] }));
      const cursor = cursorOf(query.get('cursor'));
      if (cursor === undefined) return respond(problemAnswer('cursor_invalid'));
      const sku = call.params.sku!;
      if (!isSku(sku)) return respond(problemAnswer('sku_unknown'));
      try {
        respond(movementsPage(await context.movements.list(call.identity.store.storeId, sku, cursor, count + 1), count));
      } catch (cause) {
        if (!(cause instanceof MovementsUnavailable)) throw cause;
        respond(problemAnswer('rows_unavailable'));
      }
    },
  });
}

/** One movement more than the page holds was asked for: it tells whether there is a next page. */
function movementsPage(found: readonly Movement[], count: number): OpenAnswer {
  const page = found.slice(0, count);
  const last = page.at(-1);
  const next = found.length > count && last !== undefined ? cursorText(last) : null;
  return jsonAnswer(200, { items: page.map((movement) => ({ ...movement, at: toIso(movement.at) })), next });
}

function cursorText({ version, location }: MovementCursor): string {
  return Buffer.from(`${version}/${location}`).toString('base64url');
}

/** Null: from the start; undefined: not a cursor of ours. */
export function cursorOf(text: string | null): MovementCursor | null | undefined {
  if (text === null) return null;
  const [version, location] = Buffer.from(text, 'base64url').toString('utf8').split('/');
  if (version === undefined || !/^\d{1,15}$/.test(version) || !isLocationId(location)) return undefined;
  const cursor = { version: Number(version), location };
  return cursorText(cursor) === text ? cursor : undefined;
}

function locationRoutes(context: RouteContext): readonly Route[] {
  return [
    storeRoute({
      method: 'GET',
      path: '/v1/admin/locations',
      access: 'secret',
      docs: {
        summary: 'Where the store keeps goods',
        tag: 'admin store',
        success: { status: 200, schema: locationsAnswerSchema },
        problems: [],
      },
      async handle(call, respond) {
        respond(jsonAnswer(200, { items: await context.tenants.locations(call.identity.store.storeId) }));
      },
    }),
    storeRoute({
      method: 'PUT',
      path: '/v1/admin/locations/{locationId}',
      access: 'secret',
      body: putLocationSchema,
      docs: {
        summary: 'Create or change a location',
        description: "Lower `rank` is taken from first, unless the buyer's `shipTo` says what is nearer.",
        tag: 'admin store',
        success: { status: 200, schema: locationSchema },
        problems: ['locations_full'],
      },
      async handle(call, respond) {
        const id = call.params.locationId!;
        if (!isLocationId(id))
          return respond(
            problemAnswer('validation_failed', {
              errors: [{ pointer: 'locationId', detail: 'a location id is 1 to 64 of letters, digits, "-", "_" and "."' }],
            }),
          );
        const { name, rank = 0, latitude = null, longitude = null } = call.body;
        const location = { id, name, rank, latitude, longitude };
        const written = await context.tenants.putLocation(call.identity.store.storeId, location);
        respond(written === 'written' ? jsonAnswer(200, location) : problemAnswer('locations_full'));
      },
    }),
  ];
}

function pauseRoutes(context: RouteContext): readonly Route[] {
  return (
    [
      ['pause', true],
      ['resume', false],
    ] as const
  ).map(([name, paused]) =>
    storeRoute({
      method: 'POST',
      path: `/v1/admin/store/${name}`,
      access: 'secret',
      body: emptySchema,
      bodyOptional: true,
      docs: {
        summary: paused ? 'Take no new holds in the whole store' : 'Take holds again',
        description: 'Setting it again changes nothing, so any key will do.',
        tag: 'admin store',
        success: { status: 200, schema: storePauseSchema },
        problems: [],
      },
      async handle(call, respond) {
        const { storeId } = call.identity.store;
        await context.tenants.setPaused(storeId, paused);
        respond(jsonAnswer(200, { storeId, paused, serverTime: toIso(context.clock.wallMs()) }));
      },
    }),
  );
}
