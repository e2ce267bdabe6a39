/**
 * One SKU of the asking store as it was at an instant, from the frames up to there.
 *
 * P1. One look at a time per node: it reads a shard's whole history. Whoever comes meanwhile is told to come again.
 */
import { type Instant, isSku, parseIso } from '../../../actors/kernel/index.ts';
import type { StockReply } from '../../../actors/stock/replies.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { stockDetailSchema } from '../../schemas/admin.ts';
import { z } from '../../schemas/zod.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../answers.ts';
import { type Call, type Route, storeRoute } from '../route.ts';

export type StockInThePast = Omit<StockReply, 'type'> & {
  readonly asOf: string;
  readonly restsOn: {
    readonly shard: number;
    /** The newest frame that is not later than the instant, and its time. */
    readonly frame: number;
    readonly at: string;
    /** The newest of them that changed this SKU. */
    readonly changedIn: number;
  };
};

/** Null: the SKU was not known then. `unavailable`: its history cannot be read now. */
export type LookBack = (wish: {
  readonly store: string;
  readonly sku: string;
  readonly at: Instant;
}) => Promise<StockInThePast | 'unavailable' | null>;

const pastSchema = stockDetailSchema
  .omit({ serverTime: true })
  .extend({ asOf: z.iso.datetime(), restsOn: z.object({ shard: z.int(), frame: z.int(), at: z.iso.datetime(), changedIn: z.int() }) })
  .openapi('StockAsOf');

const busyRetryAfterMs = 5_000;

export function asOfRoute({ clock, lookBack }: { readonly clock: Clock; readonly lookBack: LookBack }): Route {
  let looking = false;
  return storeRoute({
    method: 'GET',
    path: '/v1/admin/stock/{sku}/as-of',
    access: 'secret',
    docs: {
      summary: 'One SKU as it was at an instant',
      description:
        'Folded from the acknowledged frames that are not later than `at`; `restsOn` names the last of them. One such look at a time: another one meanwhile is answered `overloaded` with `Retry-After`. What was decided within the last moments may still be missing.',
      tag: 'admin stock',
      success: { status: 200, schema: pastSchema },
      problems: ['query_invalid', 'sku_unknown', 'history_unavailable', 'overloaded'],
      query: {
        at: { description: 'ISO 8601 with its zone, not in the future.', required: true, schema: z.iso.datetime({ offset: true }) },
      },
    },
    async handle(call, respond) {
      const sku = call.params.sku!;
      if (!isSku(sku)) return respond(problemAnswer('sku_unknown'));
      const at = instantOf(call);
      const wrong = wrongInstant(at, clock.wallMs());
      if (at === null || wrong !== null)
        return respond(problemAnswer('query_invalid', { errors: [{ pointer: 'at', detail: wrong ?? 'missing' }] }));
      if (looking) return respond(problemAnswer('overloaded', { retryAfterMs: busyRetryAfterMs })); // P1
      looking = true;
      try {
        respond(answerOf(await lookBack({ store: call.identity.store.storeId, sku, at })));
      } finally {
        looking = false;
      }
    },
  });
}

/** In a query a bare `+` means a space, and an ISO instant has none: it was the sign of the zone. */
function instantOf(call: Call<unknown>): Instant | null {
  const text = new URLSearchParams(call.query).get('at');
  return text === null ? null : parseIso(text.replace(' ', '+'));
}

function wrongInstant(at: Instant | null, now: Instant): string | null {
  if (at === null) return 'an instant as ISO 8601 with its zone, such as 2026-03-01T12:00:00Z';
  return at > now ? 'an instant that is over; this one is in the future' : null;
}

function answerOf(past: StockInThePast | 'unavailable' | null): OpenAnswer {
  if (past === null) return problemAnswer('sku_unknown', { detail: 'This store had not received it by then.' });
  if (past === 'unavailable') return problemAnswer('history_unavailable');
  return jsonAnswer(200, past);
}
