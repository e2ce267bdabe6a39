/**
 * `POST /v1/quotes`: what a basket would cost where it would go, for a page that shows the total while the buyer still
 * types. Asks no actor and keeps nothing: the checkout makes a quote of its own, with the units it has got.
 *
 * Q1. The same words of the same store get the same sums as the checkout's own quote, unless the units then come from
 *     several places and the method counts parcels; `expectedTotal` tells the two apart.
 */
import { type Money, toIso } from '../../actors/kernel/index.ts';
import type { OrderRefusal } from '../../actors/order/commands.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  type OrderQuote,
  PricingUnavailable,
  type QuoteQuestion,
  type QuoteReads,
  type QuoteRefused,
  type ShippingOption,
  quoteOf,
} from '../../services/pricing/port.ts';
import { jsonAnswer, type OpenAnswer, problemAnswer } from '../http/answers.ts';
import { type Call, type Respond, type Route, storeRoute } from '../http/route.ts';
import { lineShown, quoteShown } from '../orders/answers.ts';
import { type AskedQuote, quoteAnswerSchema, quoteSchema } from './schemas.ts';

export interface QuoteRouteDeps {
  readonly quotes: Pick<QuoteReads, 'quote' | 'shippingOptions'>;
  readonly clock: Clock;
}

export function quoteRoutes(deps: QuoteRouteDeps): readonly Route[] {
  return [
    storeRoute({
      method: 'POST',
      path: '/v1/quotes',
      access: 'store',
      body: quoteSchema,
      needsKey: false,
      docs: {
        summary: 'What it would cost',
        description: 'Prices, discounts, tax, and every way to ship it. A read: nothing is held, no code is used.',
        tag: 'orders',
        success: { status: 200, schema: quoteAnswerSchema },
        problems: ['code_invalid', 'price_unavailable', 'shipping_unavailable', 'rows_unavailable'],
      },
      handle: (call, respond) => quote(deps, call, respond),
    }),
  ];
}

async function quote({ quotes, clock }: QuoteRouteDeps, call: Call<AskedQuote>, respond: Respond): Promise<void> {
  const { storeId } = call.identity.store;
  const question = questionOf(call.body, clock.wallMs());
  try {
    const [found, options] = await Promise.all([quotes.quote(storeId, question), quotes.shippingOptions(storeId, question)]);
    if ('refusal' in found) return respond(refused(found));
    respond(jsonAnswer(200, { ...shown(found, 'refusal' in options ? [] : options), serverTime: toIso(question.at) }));
  } catch (cause) {
    if (!(cause instanceof PricingUnavailable)) throw cause;
    respond(problemAnswer('rows_unavailable'));
  }
}

/** No price depends on whose door it is, and the page does not know yet. */
const anyDoor = { name: '-', line1: '-', city: '-' } as const;

function questionOf(asked: AskedQuote, at: number): QuoteQuestion {
  const { lines, codes = [], destination, shippingMethod = null } = asked;
  const { country, region, postalCode = '' } = destination;
  const recipient = { ...anyDoor, country, postalCode, ...(region === undefined || region === '' ? {} : { region }) };
  return { lines, codes, currency: null, at, destination: recipient, shippingMethod, locations: [] };
}

/** In the words of a checkout that is refused for the same reason. */
function refused({ refusal }: QuoteRefused): OpenAnswer {
  const { code, ...fields } = refusal satisfies OrderRefusal;
  return problemAnswer(code, { fields });
}

function shown(found: OrderQuote, options: readonly ShippingOption[]): Record<string, unknown> {
  const money = (amountMinor: number): Money => ({ amountMinor, currency: found.currency });
  const quoted = quoteOf(found);
  return {
    lines: quoted.lines.map(({ sku, quantity }, index) => ({ sku, quantity, ...lineShown(quoted, index) })),
    ...quoteShown(quoted),
    shippingOptions: options.map(({ methodId, name, priceMinor, promise, deliverFrom, deliverBy }) => ({
      id: methodId,
      name,
      price: money(priceMinor),
      promise,
      deliverFrom: toIso(deliverFrom),
      deliverBy: toIso(deliverBy),
    })),
  };
}
