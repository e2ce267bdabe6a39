/** What the merchant's routes about one SKU share. */
import { type ActorId, actorId, toIso } from '../../../actors/kernel/index.ts';
import type { Once } from '../../../actors/stock/commands.ts';
import type { StockReply } from '../../../actors/stock/replies.ts';
import type { Maybe } from '../../../services/tenants/maybe.ts';
import type { ReplyOutcome } from '../actor-calls.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import { countVersionOf, onceFor } from '../commands.ts';
import type { Call, Respond } from '../route.ts';
import type { RouteContext } from './context.ts';

export function stockOf(call: Call<unknown>, sku: string): ActorId {
  return actorId('stock', call.identity.store.storeId, sku);
}

/** The scope of the key: the route and the SKU. */
export function named(call: Call<unknown>, sku: string): Once {
  return onceFor(call.identity, call.route, call.key, sku, call.body);
}

export function missingLocation(context: RouteContext, call: Call<unknown>, named: readonly string[]): Maybe<string | undefined> {
  const known = context.tenants.locations(call.identity.store.storeId);
  const missingOf = (locations: readonly { readonly id: string }[]): string | undefined =>
    named.find((id) => !locations.some((location) => location.id === id));
  return known instanceof Promise ? known.then(missingOf) : missingOf(known);
}

/** `If-Match` read before anything is done. */
export function compared(
  call: Call<unknown>,
  respond: Respond,
  go: (countVersion: { countVersion?: number }) => void | Promise<void>,
): void | Promise<void> {
  const countVersion = countVersionOf(call.headers.ifMatch);
  if (countVersion === null) return respond(problemAnswer('if_match_invalid'));
  return go(countVersion === undefined ? {} : { countVersion });
}

/** The whole state of the SKU, with its `countVersion` as `ETag`. */
export function stockAnswer(outcome: ReplyOutcome): OpenAnswer {
  const { type: _, ...shown } = outcome.reply as StockReply;
  const answer = jsonAnswer(200, { ...shown, serverTime: toIso(outcome.at) });
  answer.headers.push('etag', `"${shown.countVersion}"`);
  return answer;
}
