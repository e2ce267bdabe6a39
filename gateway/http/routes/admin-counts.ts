/**
 * The merchant's counts: what came in, went, moved, was counted. Each route is one command of the SKU's `stock`
 * actor; they differ in body, words and command, and in nothing else.
 */
import type { ZodType } from 'zod';
import { defaultLocationId } from '../../../actors/kernel/index.ts';
import type { Once, StockCommand } from '../../../actors/stock/commands.ts';
import type { ProblemCode } from '../../problems.ts';
import {
  adjustSchema,
  expectSchema,
  receiveSchema,
  returnSchema,
  setSchema,
  stockDetailSchema,
  transferSchema,
} from '../../schemas/admin.ts';
import { problemAnswer } from '../answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../route.ts';
import { compared, missingLocation, named, stockAnswer, stockOf } from './admin-shared.ts';
import type { RouteContext } from './context.ts';

type CountType = 'receive' | 'adjust' | 'set' | 'transfer' | 'return' | 'expect';
type CountCommand<Type extends CountType> = Omit<Extract<StockCommand, { type: Type }>, keyof Once | 'countVersion'>;

interface Count<Type extends CountType, Body extends { readonly sku: string }> {
  readonly type: Type;
  readonly body: ZodType<Body>;
  readonly summary: string;
  readonly description?: string;
  readonly problems: readonly ProblemCode[];
  /** Takes `If-Match`. */
  readonly compares?: true;
  /** Those the body names, all of which the store must have; absent ones are the default location. */
  readonly locations: (body: Body) => readonly (string | undefined)[];
  readonly command: (body: Body, locations: readonly string[]) => CountCommand<Type>;
}

export function countRoutes(context: RouteContext): readonly Route[] {
  return [
    countRoute(context, {
      type: 'receive',
      body: receiveSchema,
      summary: 'Goods have come in',
      description: 'The first receive of an SKU creates it.',
      problems: ['level_too_large'],
      locations: ({ location }) => [location],
      command: ({ quantity, fromIncoming }, [location]) => ({
        type: 'receive',
        location: location!,
        quantity,
        ...(fromIncoming === true ? { fromIncoming } : {}),
      }),
    }),
    countRoute(context, {
      type: 'adjust',
      body: adjustSchema,
      summary: 'Correct a count by a difference',
      problems: ['sku_unknown', 'quantity_invalid', 'level_too_large'],
      compares: true,
      locations: ({ location }) => [location],
      command: ({ delta, reason }, [location]) => ({ type: 'adjust', location: location!, delta, reason }),
    }),
    countRoute(context, {
      type: 'set',
      body: setSchema,
      summary: 'Set on_hand to what was counted',
      problems: ['sku_unknown'],
      compares: true,
      locations: ({ location }) => [location],
      command: ({ onHand }, [location]) => ({ type: 'set', location: location!, onHand }),
    }),
    ...movingRoutes(context),
  ];
}

function movingRoutes(context: RouteContext): readonly Route[] {
  return [
    countRoute(context, {
      type: 'transfer',
      body: transferSchema,
      summary: 'Move units between locations',
      problems: ['sku_unknown', 'insufficient_stock', 'level_too_large'],
      locations: ({ from, to }) => [from, to],
      command: ({ quantity }, [from, to]) => ({ type: 'transfer', from: from!, to: to!, quantity }),
    }),
    countRoute(context, {
      type: 'return',
      body: returnSchema,
      summary: 'Goods have come back',
      description: 'The first return of an SKU creates it.',
      problems: ['level_too_large', 'hold_unknown'],
      locations: ({ location }) => [location],
      command: ({ quantity, condition = 'restock', holdId }, [location]) => ({
        type: 'return',
        location: location!,
        quantity,
        condition,
        ...(holdId === undefined ? {} : { holdId }),
      }),
    }),
    countRoute(context, {
      type: 'expect',
      body: expectSchema,
      summary: 'Units on their way to a location',
      problems: ['sku_unknown'],
      locations: ({ location }) => [location],
      command: ({ quantity }, [location]) => ({ type: 'expect', location: location!, quantity }),
    }),
  ];
}

function countRoute<Type extends CountType, Body extends { readonly sku: string }>(context: RouteContext, count: Count<Type, Body>): Route {
  const comparing: readonly ProblemCode[] = count.compares === true ? ['version_conflict', 'if_match_invalid'] : [];
  return storeRoute({
    method: 'POST',
    path: `/v1/admin/stock/${count.type}`,
    access: 'secret',
    body: count.body,
    docs: {
      summary: count.summary,
      ...(count.description === undefined ? {} : { description: count.description }),
      tag: 'admin stock',
      ifMatch: count.compares === true,
      success: { status: 200, schema: stockDetailSchema },
      problems: ['idempotency_key_reused', 'repeats_full', 'location_unknown', ...comparing, ...count.problems],
    },
    handle: (call, respond) =>
      count.compares === true
        ? compared(call, respond, (countVersion) => send(context, call, respond, count, countVersion))
        : send(context, call, respond, count, {}),
  });
}

async function send<Type extends CountType, Body extends { readonly sku: string }>(
  context: RouteContext,
  call: Call<Body>,
  respond: Respond,
  count: Count<Type, Body>,
  countVersion: { readonly countVersion?: number },
): Promise<void> {
  const { sku } = call.body;
  const locations = count.locations(call.body).map((location) => location ?? defaultLocationId);
  const missing = await missingLocation(context, call, locations);
  if (missing !== undefined) return respond(problemAnswer('location_unknown', { fields: { location: missing } }));
  const command = { ...count.command(call.body, locations), ...countVersion, ...named(call, sku) };
  context.actors.ask(stockOf(call, sku), command, respond, stockAnswer);
}
