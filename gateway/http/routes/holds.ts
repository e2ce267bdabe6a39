/**
 * Hold routes. A hold of one line goes straight to its SKU's `stock` actor (the fast path); several lines, or
 * a line that absorbs another hold, go to a `hold` actor.
 *
 * H1. The id of a hold is derived from the scope of its key, so a retry finds the same hold (I5).
 * H2. A hold of another buyer looks exactly like one that does not exist.
 * H3. A paused store takes no new hold, but a retry of one it took is answered as before.
 * H4. Who finds no room, in a rush on one product, hears it after a second.
 */
import {
  type ActorCommand,
  type ActorId,
  actorId,
  actorOfHold,
  type HoldAddress,
  multiLineHoldId,
  oneLineHoldId,
  parseHoldId,
} from '../../../actors/kernel/index.ts';
import type { MultiHoldReply } from '../../../actors/hold/commands.ts';
import type { Nearness } from '../../../actors/stock/commands.ts';
import type { HoldReply } from '../../../actors/stock/replies.ts';
import { canonicalJson, commandIdOf, fingerprintOf } from '../../../runtime/ids/derive.ts';
import { limits } from '../../../runtime/limits.ts';
import { nearnessOf } from '../../../services/tenants/nearness.ts';
import type { StoreLocation } from '../../../services/tenants/port.ts';
import {
  emptySchema,
  extendSchema,
  holdAnswerSchema,
  type TakeLines,
  takeLinesSchema,
  type TakeOne,
  takeOneSchema,
} from '../../schemas/holds.ts';
import { plainTakeOne } from '../../schemas/plain-take-one.ts';
import { z } from '../../schemas/zod.ts';
import { IsoMemo, QuotedMemo } from '../memos.ts';
import { jsonAnswer, jsonTextAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import type { ReplyOutcome } from '../actor-calls.ts';
import { namedIn } from '../commands.ts';
import { type Call, type Respond, type Route, storeRoute } from '../route.ts';
import type { RouteContext } from './context.ts';

const takePath = '/v1/holds';

/** Told apart by `lines`, so that a wrong body is explained in terms of the shape that was meant. */
const takeSchema = z.unknown().transform((body, ctx): TakeOne | TakeLines => {
  const schema = typeof body === 'object' && body !== null && 'lines' in body ? takeLinesSchema : takeOneSchema;
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  for (const issue of result.error.issues) ctx.issues.push({ code: 'custom', input: body, path: issue.path, message: issue.message });
  return z.NEVER;
});

export function holdRoutes(context: RouteContext): readonly Route[] {
  return [
    storeRoute({
      method: 'POST',
      path: takePath,
      access: 'buyer',
      body: takeSchema,
      plainBody: plainTakeOne,
      docs: {
        body: z.union([takeOneSchema, takeLinesSchema]),
        summary: 'Hold units',
        description: 'One SKU, or several lines of which all are held or none. A retry with the same key finds the same hold.',
        tag: 'holds',
        success: { status: 201, schema: holdAnswerSchema },
        problems: [
          'insufficient_stock',
          'sku_unknown',
          'sku_paused',
          'store_paused',
          'buyer_cap_exceeded',
          'idempotency_key_reused',
          'hold_unknown',
          'hold_ended',
          'hold_busy',
          'sale_unknown',
          'repeats_full',
        ],
      },
      handle: (call, respond) => take(context, call, respond),
    }),
    ...holdByIdRoutes(context),
  ];
}

function holdByIdRoutes(context: RouteContext): readonly Route[] {
  const ended = ['hold_unknown', 'hold_ended', 'hold_busy'] as const;
  return [
    storeRoute({
      method: 'GET',
      path: '/v1/holds/{holdId}',
      access: 'buyer',
      docs: { summary: 'A hold', tag: 'holds', success: { status: 200, schema: holdAnswerSchema }, problems: ['hold_unknown'] },
      handle: (call, respond) =>
        onHold(context, call, respond, (address, buyer) =>
          address.kind === 'oneLine' ? { type: 'readHold', holdId: address.holdId, buyer } : { type: 'read', buyer },
        ),
    }),
    storeRoute({
      method: 'DELETE',
      path: '/v1/holds/{holdId}',
      access: 'buyer',
      docs: {
        summary: 'Release a hold',
        description: 'Releasing it again gives the same answer.',
        tag: 'holds',
        success: { status: 200, schema: holdAnswerSchema },
        problems: [...ended, 'already_committed'],
      },
      handle: (call, respond) => onHold(context, call, respond, (address, buyer) => ({ type: 'release', buyer, ...namedIn(address) })),
    }),
    storeRoute({
      method: 'POST',
      path: '/v1/holds/{holdId}/extend',
      access: 'buyer',
      body: extendSchema,
      bodyOptional: true,
      docs: {
        summary: 'Hold for longer',
        description: 'The new end is `ttlSeconds` from now; all extensions together are limited.',
        tag: 'holds',
        success: { status: 200, schema: holdAnswerSchema },
        problems: [...ended, 'already_committed', 'hold_life_exceeded', 'idempotency_key_reused', 'repeats_full'],
      },
      handle: (call, respond) => extend(context, call, respond),
    }),
    storeRoute({
      method: 'POST',
      path: '/v1/holds/{holdId}/commit',
      access: 'commit',
      body: emptySchema,
      bodyOptional: true,
      docs: {
        summary: 'Commit a hold: the units are sold',
        description: 'Needs a secret key, or the demo store. Committing it again gives the same answer.',
        tag: 'holds',
        success: { status: 200, schema: holdAnswerSchema },
        problems: ended,
      },
      handle: (call, respond) => onHold(context, call, respond, (address, buyer) => ({ type: 'commit', buyer, ...namedIn(address) })),
    }),
  ];
}

interface Taking {
  readonly actor: ActorId;
  readonly address: HoldAddress;
  readonly command: ActorCommand;
}

function take(context: RouteContext, call: Call<TakeOne | TakeLines>, respond: Respond): void | Promise<void> {
  const { store, buyer } = call.identity;
  if (store.paused) return retryOnly(context, takingOf(call, []), buyer, respond);
  const locations = context.tenants.locations(store.storeId);
  if (locations instanceof Promise) return locations.then((known) => sendTake(context, call, known, respond));
  sendTake(context, call, locations, respond);
}

function sendTake(context: RouteContext, call: Call<TakeOne | TakeLines>, locations: readonly StoreLocation[], respond: Respond): void {
  const { actor, command } = takingOf(call, nearnessOf(locations, call.body.shipTo ?? null));
  context.actors.outcome(actor, command, (outcome) => {
    if (outcome.kind === 'unavailable' && outcome.code === 'overloaded') turnAway(context, outcome.retryAfterMs, respond);
    else respond(context.actors.answerOf(outcome, heldAnswer));
  });
}

/** H4. */
function turnAway({ wayOut }: RouteContext, retryAfterMs: number, respond: Respond): void {
  wayOut.leave((keptMs) => respond(problemAnswer('overloaded', { retryAfterMs: retryAfterMs - keptMs })));
}

/** H3. */
function retryOnly(context: RouteContext, { actor, address }: Taking, buyer: string | null, respond: Respond): void {
  const read = address.kind === 'oneLine' ? { type: 'readHold', holdId: address.holdId, buyer } : { type: 'read', buyer };
  context.actors.outcome(actor, read, (outcome) => {
    if (outcome.kind === 'reply') respond(knownAnswer(outcome));
    else if (outcome.kind === 'refused') respond(problemAnswer('store_paused'));
    else respond(context.actors.problemOf(outcome));
  });
}

/** Several lines leave an actor behind also when they were refused, or while they are still asked for. */
function knownAnswer(outcome: ReplyOutcome): OpenAnswer {
  const { status } = outcome.reply as HoldReply | MultiHoldReply;
  if (status === 'refused') return problemAnswer('store_paused');
  return status === 'asking' ? problemAnswer('hold_busy') : holdAnswer(201, outcome);
}

function takingOf(call: Call<TakeOne | TakeLines>, nearness: readonly Nearness[]): Taking {
  const { body } = call;
  if ('lines' in body) {
    const only = body.lines.length === 1 ? body.lines[0]! : null;
    if (only === null || only.absorbs !== undefined) return takeLines(call, body, nearness);
    return takeOne(call, { sku: only.sku, quantity: only.quantity, ttlSeconds: body.ttlSeconds, shipTo: body.shipTo }, nearness);
  }
  if (body.absorbs === undefined) return takeOne(call, body, nearness);
  const { sku, quantity, absorbs, ttlSeconds, shipTo } = body;
  return takeLines(call, { lines: [{ sku, quantity, absorbs }], ttlSeconds, shipTo }, nearness);
}

function takeOne(call: Call<unknown>, body: TakeOne, nearness: readonly Nearness[]): Taking {
  const { store, scope, buyer } = call.identity;
  const { sku, quantity, replaces, sale } = body;
  const ttlMs = ttlMsOf(body.ttlSeconds);
  const uuid = commandIdOf({ store: store.storeId, caller: scope, route: `POST ${takePath}`, key: call.key, sku });
  const holdId = oneLineHoldId(uuid, sku); // H1
  const fingerprint = fingerprintOfOne(body, ttlMs);
  const plain = { type: 'hold', holdId, fingerprint, buyer, quantity, ttlMs, nearness };
  const isPlain = replaces === undefined && sale === undefined;
  return {
    actor: actorId('stock', store.storeId, sku),
    address: { kind: 'oneLine', holdId, sku },
    command: isPlain ? plain : { ...plain, ...(replaces === undefined ? {} : { replaces }), ...(sale === undefined ? {} : { sale }) },
  };
}

/** What can differ under one key and SKU. The plain case is short enough to be its own fingerprint. */
function fingerprintOfOne({ quantity, shipTo, replaces, sale }: TakeOne, ttlMs: number): string {
  const plain = `${quantity}/${ttlMs}`;
  return shipTo === undefined && replaces === undefined && sale === undefined
    ? plain
    : fingerprintOf(canonicalJson({ plain, shipTo, replaces, sale }));
}

function takeLines(call: Call<unknown>, body: TakeLines, nearness: readonly Nearness[]): Taking {
  const { store, scope, buyer } = call.identity;
  const ttlMs = ttlMsOf(body.ttlSeconds);
  const commandId = commandIdOf({ store: store.storeId, caller: scope, route: `POST ${takePath}`, key: call.key });
  const holdId = multiLineHoldId(commandId); // H1
  const fingerprint = fingerprintOf(canonicalJson({ lines: body.lines, ttlMs, shipTo: body.shipTo }));
  const command = { type: 'take', commandId, fingerprint, buyer, lines: body.lines, ttlMs, nearness };
  return { actor: actorId('hold', store.storeId, holdId), address: { kind: 'multiLine', holdId }, command };
}

function ttlMsOf(ttlSeconds: number | undefined): number {
  return ttlSeconds === undefined ? limits.holdTtlDefaultMs : ttlSeconds * 1_000;
}

function extend(context: RouteContext, call: Call<{ ttlSeconds?: number | undefined }>, respond: Respond): void {
  const ttlMs = ttlMsOf(call.body.ttlSeconds);
  onHold(context, call, respond, (address, buyer) => {
    const commandId = commandIdOf({
      store: call.identity.store.storeId,
      caller: call.identity.scope,
      route: `POST /v1/holds/${address.holdId}/extend`,
      key: call.key,
    });
    return { type: 'extend', commandId, fingerprint: fingerprintOf(String(ttlMs)), buyer, ttlMs, ...namedIn(address) };
  });
}

/** Sends the command to whoever owns the hold; text that is no id is a hold nobody knows. */
function onHold(
  context: RouteContext,
  call: Call<unknown>,
  respond: Respond,
  command: (address: HoldAddress, buyer: string | null) => ActorCommand,
): void {
  const address = parseHoldId(call.params.holdId!);
  if (address === null) return respond(problemAnswer('hold_unknown'));
  const { store, buyer } = call.identity;
  const answer = (outcome: ReplyOutcome): OpenAnswer => holdAnswer(200, outcome);
  // An SKU that was never received has no holds either (H2).
  context.actors.ask(actorOfHold(store.storeId, address), command(address, buyer), respond, answer, { sku_unknown: 'hold_unknown' });
}

const serverTimes = new IsoMemo();
const expiries = new IsoMemo();
const skus = new QuotedMemo();

function heldAnswer(outcome: ReplyOutcome): OpenAnswer {
  return holdAnswer(201, outcome);
}

export function holdAnswer(status: number, outcome: ReplyOutcome): OpenAnswer {
  const reply = outcome.reply as HoldReply | MultiHoldReply;
  const serverTime = serverTimes.of(outcome.at);
  const expiresAt = expiries.of(reply.expiresAt);
  if (reply.type === 'multiHold') {
    const lines = reply.lines.map(({ sku, quantity }) => ({ sku, quantity }));
    return jsonAnswer(status, { holdId: reply.holdId, lines, status: reply.status, expiresAt, serverTime });
  }
  const remaining = reply.status === 'committed' ? `,"remaining":${reply.remaining}` : '';
  // Written by hand: the hottest answer there is. Only the SKU can need escaping.
  return jsonTextAnswer(
    status,
    `{"holdId":"${reply.holdId}","lines":[{"sku":${skus.of(reply.sku)},"quantity":${reply.quantity}}],"status":"${reply.status}","expiresAt":"${expiresAt}"${remaining},"serverTime":"${serverTime}"}`,
  );
}
