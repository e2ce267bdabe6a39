/** Routes of the storefront that are not holds: stock and buyers. */
import { isSku, actorId, toIso } from '../../../actors/kernel/index.ts';
import type { StockReply } from '../../../actors/stock/replies.ts';
import { limits } from '../../../runtime/limits.ts';
import { buyerAnswerSchema, emptySchema, stockAnswerSchema } from '../../schemas/holds.ts';
import { skuSchema } from '../../schemas/common.ts';
import { z } from '../../schemas/zod.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import { positionText, type ReplyOutcome } from '../actor-calls.ts';
import { type Call, type Respond, type Route, storeRoute } from '../route.ts';
import type { RouteContext } from './context.ts';

export function shopRoutes(context: RouteContext): readonly Route[] {
  return [
    storeRoute({
      method: 'GET',
      path: '/v1/stock',
      access: 'store',
      docs: {
        summary: 'What can be held now',
        description: 'One item per SKU asked for. SKUs the store has never received are listed in `unknown`.',
        tag: 'stock',
        success: { status: 200, schema: stockAnswerSchema },
        problems: ['query_invalid'],
        query: {
          sku: { description: `Repeat for several, at most ${limits.skusPerReadMax}.`, required: true, schema: z.array(skuSchema) },
        },
      },
      handle: (call, respond) => readStock(context, call, respond),
    }),
    storeRoute({
      method: 'POST',
      path: '/v1/buyers',
      access: 'store',
      needsKey: false,
      body: emptySchema,
      bodyOptional: true,
      docs: { summary: 'A new anonymous buyer', tag: 'buyers', success: { status: 201, schema: buyerAnswerSchema }, problems: [] },
      async handle(call, respond) {
        const { buyerId, token, expiresAtMs } = await context.buyers.issue(call.identity.store.storeId);
        respond(jsonAnswer(201, { buyerId, token, expiresAt: toIso(expiresAtMs), serverTime: toIso(context.clock.wallMs()) }));
      },
    }),
  ];
}

function readStock(context: RouteContext, call: Call, respond: Respond): void {
  const skus = new URLSearchParams(call.query).getAll('sku');
  const wrong = wrongSkus(skus);
  if (wrong !== null) return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'sku', detail: wrong }] }));
  const distinct = [...new Set(skus)];
  const found = new Map<string, ReplyOutcome>();
  let missing = distinct.length;
  let failed: OpenAnswer | null = null;
  for (const sku of distinct) {
    context.actors.outcome(actorId('stock', call.identity.store.storeId, sku), { type: 'read' }, (outcome) => {
      if (outcome.kind === 'reply') found.set(sku, outcome);
      else if (outcome.kind !== 'refused' || outcome.refusal.code !== 'sku_unknown') failed ??= context.actors.problemOf(outcome);
      missing -= 1;
      if (missing === 0) respond(failed ?? stockAnswer(context, distinct, found));
    });
  }
}

function wrongSkus(skus: readonly string[]): string | null {
  if (skus.length === 0) return 'name at least one SKU';
  if (skus.length > limits.skusPerReadMax) return `at most ${limits.skusPerReadMax} SKUs`;
  return skus.every(isSku) ? null : `an SKU is 1 to ${limits.skuLengthMax} printable characters`;
}

function stockAnswer(context: RouteContext, asked: readonly string[], found: ReadonlyMap<string, ReplyOutcome>): OpenAnswer {
  const items = [];
  const unknown = [];
  let last: ReplyOutcome | null = null;
  for (const sku of asked) {
    const outcome = found.get(sku);
    if (outcome === undefined) unknown.push(sku);
    else {
      items.push(stockItem(outcome));
      last = outcome;
    }
  }
  const serverTime = toIso(context.clock.wallMs());
  const answer = jsonAnswer(200, unknown.length === 0 ? { items, serverTime } : { items, unknown, serverTime });
  // A position belongs to one shard: with one SKU it says how far the answer reaches.
  if (asked.length === 1 && last !== null) answer.headers.push('onhand-position', positionText(last.position));
  return answer;
}

export interface StockItem {
  readonly sku: string;
  readonly available: number;
  readonly version: number;
  readonly asOf: string;
}

export function stockItem(outcome: ReplyOutcome): StockItem {
  const reply = outcome.reply as StockReply;
  return { sku: reply.sku, available: reply.available, version: reply.version, asOf: toIso(outcome.at) };
}
