/**
 * A cart as it is shown: with the prices of now and with whatever stands between it and a checkout.
 *
 * P1. Problems are worked out when they are shown and never kept: they change without the cart (S3-40).
 * P2. Units that the line's own hold has count as available to it.
 * P3. What cannot be told now (a SKU's shard has no time) is no problem of the cart: the checkout decides.
 */
import { type ActorCommand, actorId, parseHoldId, payableStepOf, toIso } from '../../actors/kernel/index.ts';
import { isAmount, payable as payableIn, sumOf } from '../../actors/kernel/rounding.ts';
import type { CartLine, CartReply } from '../../actors/cart/index.ts';
import type { HoldReply, StockReply } from '../../actors/stock/replies.ts';
import type { Product } from '../../services/catalog/port.ts';
import type { Store } from '../../services/tenants/port.ts';
import type { CartContext } from './deps.ts';
import type { CartProblem } from './schemas.ts';

/** SKUs that are asked about at once: a cart of a thousand lines leaves room for others. */
const readsAtOnceMax = 50;

/** As a quote rounds its lines; what is too much for one is said there. */
function payable(amountMinor: number, currency: string): number {
  return isAmount(amountMinor) ? payableIn(amountMinor, payableStepOf(currency)) : amountMinor;
}

interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

export async function shownCart(context: CartContext, store: Store, cart: CartReply, at: number): Promise<unknown> {
  const { storeId } = store;
  const { currency, lines } = cart;
  const products = await productsOf(context, storeId, lines);
  const problems: CartProblem[] = store.paused ? [{ code: 'store_paused' }] : [];
  for (const line of lines) problems.push(...pricingProblems(line, products.get(line.sku), currency));
  for (let from = 0; from < lines.length; from += readsAtOnceMax) {
    const batch = lines.slice(from, from + readsAtOnceMax);
    problems.push(...(await Promise.all(batch.map((line) => stockProblems(context, storeId, cart.buyer, line)))).flat());
  }
  problems.push(...(await codeProblems(context, storeId, cart.codes)));
  const shown = lines.map((line) => shownLine(line, products.get(line.sku), currency));
  const amountMinor = sumOf(shown.map(({ unitPrice, quantity }) => payable((unitPrice?.amountMinor ?? 0) * quantity, currency)));
  return {
    cartId: cart.cartId,
    cartVersion: cart.cartVersion,
    status: cart.status,
    currency,
    lines: shown,
    codes: cart.codes,
    subtotal: { amountMinor, currency },
    problems: distinct(problems),
    orderId: cart.orderId,
    expiresAt: toIso(cart.expiresAt),
    serverTime: toIso(at),
  };
}

export async function productsOf(
  { catalog }: CartContext,
  storeId: string,
  lines: readonly { readonly sku: string }[],
): Promise<ReadonlyMap<string, Product>> {
  if (lines.length === 0) return new Map();
  const products = await catalog.getMany(
    storeId,
    lines.map(({ sku }) => sku),
  );
  return new Map(products.map((product) => [product.sku, product]));
}

/** Null: not sold in this currency. */
export function priceOf(product: Product | undefined, currency: string): Money | null {
  return product !== undefined && product.price.currency === currency ? product.price : null;
}

function shownLine({ sku, quantity, holdId, shownUnitPriceMinor }: CartLine, product: Product | undefined, currency: string) {
  return { sku, quantity, holdId, shownUnitPrice: moneyOf(shownUnitPriceMinor, currency), unitPrice: priceOf(product, currency) };
}

function moneyOf(amountMinor: number | null, currency: string): Money | null {
  return amountMinor === null ? null : { amountMinor, currency };
}

function pricingProblems({ sku, shownUnitPriceMinor }: CartLine, product: Product | undefined, currency: string): CartProblem[] {
  const now = priceOf(product, currency);
  if (now === null) return [{ code: 'sku_unknown', sku }];
  return now.amountMinor === shownUnitPriceMinor
    ? []
    : [{ code: 'price_changed', sku, shown: moneyOf(shownUnitPriceMinor, currency), now }];
}

async function stockProblems(context: CartContext, storeId: string, buyer: string | null, line: CartLine): Promise<CartProblem[]> {
  const { sku, quantity } = line;
  const outcome = await context.actors.asked(actorId('stock', storeId, sku), { type: 'read' });
  if (outcome.kind === 'refused') return outcome.refusal.code === 'sku_unknown' ? [{ code: 'sku_unknown', sku }] : [];
  if (outcome.kind !== 'reply') return []; // P3
  const { available, paused, settings } = outcome.reply as StockReply;
  if (paused) return [{ code: 'sku_paused', sku }];
  if (settings.policy !== 'deny' || available >= quantity) return [];
  const reach = available + (await ownUnits(context, storeId, buyer, line)); // P2
  return reach >= quantity ? [] : [{ code: 'insufficient_stock', sku, available: reach }];
}

async function ownUnits({ actors }: CartContext, storeId: string, buyer: string | null, { sku, holdId }: CartLine): Promise<number> {
  const address = holdId === null ? null : parseHoldId(holdId);
  if (address?.kind !== 'oneLine' || address.sku !== sku) return 0;
  const command: ActorCommand & { readonly holdId: string; readonly buyer: string | null } = {
    type: 'readHold',
    holdId: address.holdId,
    buyer,
  };
  const outcome = await actors.asked(actorId('stock', storeId, sku), command);
  if (outcome.kind !== 'reply') return 0;
  const { status, quantity } = outcome.reply as HoldReply;
  return status === 'held' ? quantity : 0;
}

async function codeProblems({ codesKnown }: CartContext, storeId: string, codes: readonly string[]): Promise<CartProblem[]> {
  if (codesKnown === undefined || codes.length === 0) return [];
  const known = await codesKnown(storeId, codes);
  return codes.filter((code) => !known.has(code)).map((discountCode) => ({ code: 'code_unknown', discountCode }));
}

/** The catalogue and the stock may both not know an SKU. */
function distinct(problems: readonly CartProblem[]): readonly CartProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.code}\n${problem.sku ?? problem.discountCode ?? ''}`, problem])).values()];
}
