/**
 * `POST /v1/webhooks/stripe`: what the payment provider tells by itself, handed to the order it concerns.
 *
 * S1. The signature is over the bytes that came: nothing is parsed before it is checked.
 * S2. It is answered 200 only when the order has the news for good (acknowledged), or never will want it; anything else
 *     (its shard is away, the log) is answered 5xx, and the provider sends it again, for days.
 * S3. Whose order it is stands in our own metadata on the payment; an event of another account than the one the order
 *     was paid through is taken for nothing. The order judges that, and not the store's settings: an account that the store
 *     has left goes on telling of its old payments, and the new one has nothing to say about them.
 * S4. An order is durable before its payment is made. News of one that there is not are therefore not early: it was lost
 *     (with a backup that was brought back), or another shop shares the account. Sending them again would help nobody:
 *     they are answered `taken: false` and the operator is told; `verify` lists money without an order.
 */
import type { Logger } from 'pino';
import { actorId } from '../../actors/kernel/index.ts';
import type { OrderCommand } from '../../actors/order/commands.ts';
import type { Router } from '../../runtime/router/port.ts';
import type { PaymentNews } from '../../services/payments/port.ts';
import { ActorCalls } from '../http/actor-calls.ts';
import { jsonAnswer, problemAnswer } from '../http/answers.ts';
import { type Respond, type Route, signedRoute } from '../http/route.ts';
import { z } from '../schemas/zod.ts';

/** What a verifier makes of a signed body. */
export type SignedNews =
  | { readonly kind: 'news'; readonly news: PaymentNews }
  | { readonly kind: 'not_for_us'; readonly eventId: string; readonly type: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface PaymentWebhookDeps {
  readonly router: Router;
  readonly logger: Logger;
  readonly verify: (rawBody: Uint8Array, signature: string) => SignedNews;
}

const takenSchema = z.object({ taken: z.boolean() }).openapi('WebhookTaken');

export function paymentWebhookRoute(deps: PaymentWebhookDeps): Route {
  const actors = new ActorCalls(deps.router, deps.logger);
  return signedRoute({
    method: 'POST',
    path: '/v1/webhooks/stripe',
    docs: {
      summary: 'News of payments, from Stripe',
      description:
        'Verified by `Stripe-Signature` over the raw body. Repeats, delays and any order do no harm. `taken: true`: the order has it for good. `taken: false`: it concerns no order here, and need not be sent again. Anything else: send it again.',
      tag: 'system',
      success: { status: 200, schema: takenSchema },
      problems: ['signature_invalid', 'not_done', 'outcome_unknown', 'not_ready', 'overloaded', 'rows_unavailable'],
    },
    async handle(call, respond) {
      const verdict = deps.verify(call.body, call.headers.signature);
      if (verdict.kind === 'refused') return respond(problemAnswer('signature_invalid', { fields: { why: verdict.reason } }));
      if (verdict.kind === 'not_for_us') return respond(jsonAnswer(200, { taken: false }));
      await hand(deps, actors, verdict.news, respond);
    },
  });
}

async function hand({ logger }: PaymentWebhookDeps, actors: ActorCalls, news: PaymentNews, respond: Respond): Promise<void> {
  const { store, orderId, eventId, outcome, account } = news;
  const command: OrderCommand = { type: 'paymentNews', eventId, outcome, account };
  const heard = await actors.asked(actorId('order', store, orderId), command);
  if (heard.kind === 'unavailable') return respond(actors.problemOf(heard)); // S2
  if (heard.kind === 'refused') complain(logger, news, heard.refusal.code);
  respond(jsonAnswer(200, { taken: heard.kind === 'reply' }));
}

function complain(logger: Logger, { store, orderId, eventId, account, outcome }: PaymentNews, code: string): void {
  const facts = { eventId, store, order: orderId, account, news: outcome.kind };
  if (code === 'order_foreign')
    logger.warn(facts, 'news of a payment in an account that is not the order\u2019s'); // S3
  else logger.error(facts, 'news of a payment without an order'); // S4
}
