/**
 * The merchant's commands about one SKU. Each becomes one command of its `stock` actor; the answer is the whole
 * state after it, with its `countVersion` as `ETag`.
 */
import { type HoldAddress, isSku, parseHoldId, toIso } from '../../../actors/kernel/index.ts';
import type { SettingsChange, StockCommand } from '../../../actors/stock/commands.ts';
import type { SaleReply } from '../../../actors/stock/replies.ts';
import { nearnessOf } from '../../../services/tenants/nearness.ts';
import { allotSchema, ofHoldSchema, saleAnswerSchema, settingsSchema, stockDetailSchema, takeBackSchema } from '../../schemas/admin.ts';
import { emptySchema, holdAnswerSchema } from '../../schemas/holds.ts';
import type { ProblemCode } from '../../problems.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import type { ReplyOutcome } from '../actor-calls.ts';
import { onceFor } from '../commands.ts';
import { type Call, type Respond, type Route, storeRoute } from '../route.ts';
import { countRoutes } from './admin-counts.ts';
import { compared, named, stockAnswer, stockOf } from './admin-shared.ts';
import type { RouteContext } from './context.ts';
import { holdAnswer } from './holds.ts';

const counted = { status: 200, schema: stockDetailSchema } as const;
const once = ['idempotency_key_reused', 'repeats_full'] as const satisfies readonly ProblemCode[];

export function adminStockRoutes(context: RouteContext): readonly Route[] {
  return [...countRoutes(context), ...soldRoutes(context), ...saleRoutes(context), ...bySkuRoutes(context)];
}

/** Routes for units that are sold: committed holds. */
function soldRoutes(context: RouteContext): readonly Route[] {
  const success = { status: 200, schema: holdAnswerSchema };
  const problems = [...once, 'hold_unknown', 'hold_ended', 'insufficient_committed'] as const;
  return [
    storeRoute({
      method: 'POST',
      path: '/v1/admin/stock/fulfil',
      access: 'secret',
      body: ofHoldSchema,
      docs: { summary: 'Committed units have left', tag: 'admin stock', success, problems },
      handle: (call, respond) => ofHold(context, call, respond, 'fulfil'),
    }),
    storeRoute({
      method: 'POST',
      path: '/v1/admin/stock/uncommit',
      access: 'secret',
      body: ofHoldSchema,
      docs: { summary: 'Give committed units back', tag: 'admin stock', success, problems },
      handle: (call, respond) => ofHold(context, call, respond, 'uncommit'),
    }),
  ];
}

function saleRoutes(context: RouteContext): readonly Route[] {
  const success = { status: 200, schema: saleAnswerSchema };
  return [
    storeRoute({
      method: 'POST',
      path: '/v1/admin/stock/allot',
      access: 'secret',
      body: allotSchema,
      docs: {
        summary: 'Set units aside for a sale',
        tag: 'admin stock',
        success,
        problems: [...once, 'sku_unknown', 'insufficient_stock'],
      },
      async handle(call, respond) {
        const { sku, sale, quantity, shipTo } = call.body;
        const nearness = nearnessOf(await context.tenants.locations(call.identity.store.storeId), shipTo ?? null);
        const command: StockCommand = { type: 'allot', sale, quantity, nearness, ...named(call, sku) };
        context.actors.ask(stockOf(call, sku), command, respond, (outcome) => saleAnswer(sku, outcome));
      },
    }),
    storeRoute({
      method: 'POST',
      path: '/v1/admin/stock/take-back',
      access: 'secret',
      body: takeBackSchema,
      docs: {
        summary: 'Give the unsold units of a sale back',
        tag: 'admin stock',
        success,
        problems: [...once, 'sku_unknown', 'sale_unknown', 'insufficient_stock'],
      },
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
      method: 'GET',
      path: '/v1/admin/stock/{sku}',
      access: 'secret',
      docs: { summary: 'All about one SKU', tag: 'admin stock', success: counted, problems: ['sku_unknown'] },
      handle: (call, respond) =>
        bySku(call, respond, (sku) => context.actors.ask(stockOf(call, sku), { type: 'read' }, respond, stockAnswer)),
    }),
    ...(['pause', 'resume'] as const).map((type) =>
      storeRoute({
        method: 'POST',
        path: `/v1/admin/stock/{sku}/${type}`,
        access: 'secret',
        body: emptySchema,
        bodyOptional: true,
        docs: {
          summary: type === 'pause' ? 'Take no new holds of this SKU' : 'Take holds of this SKU again',
          tag: 'admin stock',
          success: counted,
          problems: [...once, 'sku_unknown'],
        },
        handle: (call, respond) =>
          bySku(call, respond, (sku) => context.actors.ask(stockOf(call, sku), { type, ...named(call, sku) }, respond, stockAnswer)),
      }),
    ),
    storeRoute({
      method: 'PUT',
      path: '/v1/admin/stock/{sku}/settings',
      access: 'secret',
      body: settingsSchema,
      docs: {
        summary: 'Policy, safety stock, thresholds, cap per buyer',
        description: 'Settings that are not named stay.',
        tag: 'admin stock',
        ifMatch: true,
        success: counted,
        problems: ['sku_unknown', 'version_conflict', 'if_match_invalid', 'repeats_full'],
      },
      handle: (call, respond) =>
        bySku(call, respond, (sku) =>
          compared(call, respond, (countVersion) => {
            const key = call.key === '' ? context.newCommandId() : call.key;
            const settings = call.body as SettingsChange;
            const command: StockCommand = {
              type: 'configure',
              settings,
              ...countVersion,
              ...onceFor(call.identity, call.route, key, sku, settings),
            };
            context.actors.ask(stockOf(call, sku), command, respond, stockAnswer);
          }),
        ),
    }),
  ];
}

function bySku(call: Call<unknown>, respond: Respond, go: (sku: string) => void | Promise<void>): void | Promise<void> {
  const sku = call.params.sku!;
  return isSku(sku) ? go(sku) : respond(problemAnswer('sku_unknown'));
}

function ofHold(
  context: RouteContext,
  call: Call<{ holdId: string; sku?: string | undefined; quantity?: number | undefined }>,
  respond: Respond,
  type: 'fulfil' | 'uncommit',
): void {
  const { holdId, quantity } = call.body;
  const sku = skuOfHold(parseHoldId(holdId)!, call.body.sku);
  if (sku === null) {
    const errors = [{ pointer: '/sku', detail: "name the SKU of the line; of a hold of one line it is that line's" }];
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
