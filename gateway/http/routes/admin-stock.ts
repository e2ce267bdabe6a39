/**
 * The merchant's commands about one SKU. Each becomes one command of its `stock` actor; the answer is the whole
 * state after it, with its `countVersion` as `ETag`.
 */
import { type ActorId, actorId, defaultLocationId, isSku, toIso } from '../../../actors/kernel/index.ts';
import type { SettingsChange, StockCommand } from '../../../actors/stock/commands.ts';
import type { SaleReply, StockReply } from '../../../actors/stock/replies.ts';
import { type HoldAddress, parseHoldId } from '../../../runtime/ids/hold-id.ts';
import type { Maybe } from '../../../services/tenants/maybe.ts';
import { nearnessOf } from '../../../services/tenants/nearness.ts';
import {
  adjustSchema, allotSchema, expectSchema, ofHoldSchema, receiveSchema, returnSchema, saleAnswerSchema, setSchema,
  settingsSchema, stockDetailSchema, takeBackSchema, transferSchema,
} from '../../schemas/admin.ts';
import { emptySchema, holdAnswerSchema } from '../../schemas/holds.ts';
import type { ProblemCode } from '../../problems.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import type { ReplyOutcome } from '../actor-calls.ts';
import { countVersionOf, onceFor } from '../commands.ts';
import { type Call, type Respond, type Route, storeRoute } from '../route.ts';
import type { RouteContext } from './context.ts';
import { holdAnswer } from './holds.ts';

const counted = { status: 200, schema: stockDetailSchema } as const;
const once = ['idempotency_key_reused', 'repeats_full'] as const satisfies readonly ProblemCode[];

export function adminStockRoutes(context: RouteContext): readonly Route[] {
  return [...countRoutes(context), ...soldRoutes(context), ...saleRoutes(context), ...bySkuRoutes(context)];
}

/** Routes that change what is there. */
function countRoutes(context: RouteContext): readonly Route[] {
  return [
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/receive', access: 'secret', body: receiveSchema,
      docs: { summary: 'Goods have come in', description: 'The first receive of an SKU creates it.', tag: 'admin stock', success: counted, problems: [...once, 'location_unknown', 'level_too_large'] },
      handle: (call, respond) => count(context, call, respond, call.body.sku, [call.body.location], (location) => ({
        type: 'receive', location: location[0]!, quantity: call.body.quantity, ...(call.body.fromIncoming === true ? { fromIncoming: true } : {}), ...named(call, call.body.sku),
      })),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/adjust', access: 'secret', body: adjustSchema,
      docs: { summary: 'Correct a count by a difference', tag: 'admin stock', ifMatch: true, success: counted, problems: [...once, 'sku_unknown', 'location_unknown', 'version_conflict', 'if_match_invalid', 'quantity_invalid', 'level_too_large'] },
      handle: (call, respond) => compared(call, respond, (countVersion) => count(context, call, respond, call.body.sku, [call.body.location], (location) => ({
        type: 'adjust', location: location[0]!, delta: call.body.delta, reason: call.body.reason, ...countVersion, ...named(call, call.body.sku),
      }))),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/set', access: 'secret', body: setSchema,
      docs: { summary: 'Set on_hand to what was counted', tag: 'admin stock', ifMatch: true, success: counted, problems: [...once, 'sku_unknown', 'location_unknown', 'version_conflict', 'if_match_invalid'] },
      handle: (call, respond) => compared(call, respond, (countVersion) => count(context, call, respond, call.body.sku, [call.body.location], (location) => ({
        type: 'set', location: location[0]!, onHand: call.body.onHand, ...countVersion, ...named(call, call.body.sku),
      }))),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/transfer', access: 'secret', body: transferSchema,
      docs: { summary: 'Move units between locations', tag: 'admin stock', success: counted, problems: [...once, 'sku_unknown', 'location_unknown', 'insufficient_stock', 'level_too_large'] },
      handle: (call, respond) => count(context, call, respond, call.body.sku, [call.body.from, call.body.to], ([from, to]) => ({
        type: 'transfer', from: from!, to: to!, quantity: call.body.quantity, ...named(call, call.body.sku),
      })),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/return', access: 'secret', body: returnSchema,
      docs: { summary: 'Goods have come back', description: 'The first return of an SKU creates it.', tag: 'admin stock', success: counted, problems: [...once, 'location_unknown', 'level_too_large', 'hold_unknown'] },
      handle: (call, respond) => count(context, call, respond, call.body.sku, [call.body.location], (location) => ({
        type: 'return', location: location[0]!, quantity: call.body.quantity, condition: call.body.condition ?? 'restock', ...(call.body.holdId === undefined ? {} : { holdId: call.body.holdId }), ...named(call, call.body.sku),
      })),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/expect', access: 'secret', body: expectSchema,
      docs: { summary: 'Units on their way to a location', tag: 'admin stock', success: counted, problems: [...once, 'sku_unknown', 'location_unknown'] },
      handle: (call, respond) => count(context, call, respond, call.body.sku, [call.body.location], (location) => ({
        type: 'expect', location: location[0]!, quantity: call.body.quantity, ...named(call, call.body.sku),
      })),
    }),
  ];
}

/** Routes for units that are sold: committed holds. */
function soldRoutes(context: RouteContext): readonly Route[] {
  const success = { status: 200, schema: holdAnswerSchema };
  const problems = [...once, 'hold_unknown', 'hold_ended', 'insufficient_committed'] as const;
  return [
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/fulfil', access: 'secret', body: ofHoldSchema,
      docs: { summary: 'Committed units have left', tag: 'admin stock', success, problems },
      handle: (call, respond) => ofHold(context, call, respond, 'fulfil'),
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/uncommit', access: 'secret', body: ofHoldSchema,
      docs: { summary: 'Give committed units back', tag: 'admin stock', success, problems },
      handle: (call, respond) => ofHold(context, call, respond, 'uncommit'),
    }),
  ];
}

function saleRoutes(context: RouteContext): readonly Route[] {
  const success = { status: 200, schema: saleAnswerSchema };
  return [
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/allot', access: 'secret', body: allotSchema,
      docs: { summary: 'Set units aside for a sale', tag: 'admin stock', success, problems: [...once, 'sku_unknown', 'insufficient_stock'] },
      async handle(call, respond) {
        const { sku, sale, quantity, shipTo } = call.body;
        const nearness = nearnessOf(await context.tenants.locations(call.identity.store.storeId), shipTo ?? null);
        const command: StockCommand = { type: 'allot', sale, quantity, nearness, ...named(call, sku) };
        context.actors.ask(stockOf(call, sku), command, respond, (outcome) => saleAnswer(sku, outcome));
      },
    }),
    storeRoute({
      method: 'POST', path: '/v1/admin/stock/take-back', access: 'secret', body: takeBackSchema,
      docs: { summary: 'Give the unsold units of a sale back', tag: 'admin stock', success, problems: [...once, 'sku_unknown', 'sale_unknown', 'insufficient_stock'] },
      handle(call, respond) {
        const { sku, sale, quantity } = call.body;
        const command: StockCommand = { type: 'takeBack', sale, ...(quantity === undefined ? {} : { quantity }), ...named(call, sku) };
        context.actors.ask(stockOf(call, sku), command, respond, (outcome) => saleAnswer(sku, outcome));
      },
    }),
  ];
}

/** Routes whose path names the SKU. */
function bySkuRoutes(context: RouteContext): readonly Route[] {
  return [
    storeRoute({
      method: 'GET', path: '/v1/admin/stock/{sku}', access: 'secret',
      docs: { summary: 'All about one SKU', tag: 'admin stock', success: counted, problems: ['sku_unknown'] },
      handle: (call, respond) => bySku(call, respond, (sku) => context.actors.ask(stockOf(call, sku), { type: 'read' }, respond, stockAnswer)),
    }),
    ...(['pause', 'resume'] as const).map((type) =>
      storeRoute({
        method: 'POST', path: `/v1/admin/stock/{sku}/${type}`, access: 'secret', body: emptySchema, bodyOptional: true,
        docs: { summary: type === 'pause' ? 'Take no new holds of this SKU' : 'Take holds of this SKU again', tag: 'admin stock', success: counted, problems: [...once, 'sku_unknown'] },
        handle: (call, respond) => bySku(call, respond, (sku) => context.actors.ask(stockOf(call, sku), { type, ...named(call, sku) }, respond, stockAnswer)),
      }),
    ),
    storeRoute({
      method: 'PUT', path: '/v1/admin/stock/{sku}/settings', access: 'secret', body: settingsSchema,
      docs: { summary: 'Policy, safety stock, thresholds, cap per buyer', description: 'Settings that are not named stay.', tag: 'admin stock', ifMatch: true, success: counted, problems: ['sku_unknown', 'version_conflict', 'if_match_invalid', 'repeats_full'] },
      handle: (call, respond) => bySku(call, respond, (sku) => compared(call, respond, (countVersion) => {
        const key = call.key === '' ? context.newCommandId() : call.key;
        const settings = call.body as SettingsChange;
        const command: StockCommand = { type: 'configure', settings, ...countVersion, ...onceFor(call.identity, call.route, key, sku, settings) };
        context.actors.ask(stockOf(call, sku), command, respond, stockAnswer);
      })),
    }),
  ];
}

function stockOf(call: Call<unknown>, sku: string): ActorId {
  return actorId('stock', call.identity.store.storeId, sku);
}

function named(call: Call<unknown>, sku: string): { commandId: string; fingerprint: string } {
  return onceFor(call.identity, call.route, call.key, sku, call.body);
}

/** Sends a command that names locations, all of which the store must have. */
function count(context: RouteContext, call: Call<unknown>, respond: Respond, sku: string, wanted: readonly (string | undefined)[], command: (locations: readonly string[]) => StockCommand): void | Promise<void> {
  const named = wanted.map((location) => location ?? defaultLocationId);
  const send = (missing: string | undefined): void => {
    if (missing !== undefined) respond(problemAnswer('location_unknown', { fields: { location: missing } }));
    else context.actors.ask(stockOf(call, sku), command(named), respond, stockAnswer);
  };
  const missing = missingLocation(context, call, named);
  if (missing instanceof Promise) return missing.then(send);
  send(missing);
}

export function missingLocation(context: RouteContext, call: Call<unknown>, named: readonly string[]): Maybe<string | undefined> {
  const known = context.tenants.locations(call.identity.store.storeId);
  const missingOf = (locations: readonly { readonly id: string }[]): string | undefined => named.find((id) => !locations.some((location) => location.id === id));
  return known instanceof Promise ? known.then(missingOf) : missingOf(known);
}

/** `If-Match` read before anything is done. */
function compared(call: Call<unknown>, respond: Respond, go: (countVersion: { countVersion?: number }) => void | Promise<void>): void | Promise<void> {
  const countVersion = countVersionOf(call.headers.ifMatch);
  if (countVersion === null) return respond(problemAnswer('if_match_invalid'));
  return go(countVersion === undefined ? {} : { countVersion });
}

function bySku(call: Call<unknown>, respond: Respond, go: (sku: string) => void | Promise<void>): void | Promise<void> {
  const sku = call.params.sku!;
  return isSku(sku) ? go(sku) : respond(problemAnswer('sku_unknown'));
}

function ofHold(context: RouteContext, call: Call<{ holdId: string; sku?: string | undefined; quantity?: number | undefined }>, respond: Respond, type: 'fulfil' | 'uncommit'): void {
  const { holdId, quantity } = call.body;
  const sku = skuOfHold(parseHoldId(holdId)!, call.body.sku);
  if (sku === null) {
    const errors = [{ pointer: '/sku', detail: 'name the SKU of the line; of a hold of one line it is that line\'s' }];
    return respond(problemAnswer('validation_failed', { errors }));
  }
  const command: StockCommand = { type, holdId, ...(quantity === undefined ? {} : { quantity }), ...named(call, sku) };
  context.actors.ask(stockOf(call, sku), command, respond, (outcome) => holdAnswer(200, outcome), { sku_unknown: 'hold_unknown' });
}

function skuOfHold(address: HoldAddress, given: string | undefined): string | null {
  if (address.kind === 'multiLine') return given ?? null;
  return given === undefined || given === address.sku ? address.sku : null;
}

function saleAnswer(sku: string, outcome: ReplyOutcome): OpenAnswer {
  const { sale, allotted, available } = outcome.reply as SaleReply;
  return jsonAnswer(200, { sku, sale, allotted, available, serverTime: toIso(outcome.at) });
}

export function stockAnswer(outcome: ReplyOutcome): OpenAnswer {
  const { type: _, ...shown } = outcome.reply as StockReply;
  const answer = jsonAnswer(200, { ...shown, serverTime: toIso(outcome.at) });
  answer.headers.push('etag', `"${shown.countVersion}"`);
  return answer;
}
