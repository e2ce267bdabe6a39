/** Carts over HTTP, in a whole shop in this process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoCurrency, demoGoods } from '../../services/catalog/demo/goods.ts';
import { type LiveShop, openLiveShop } from '../../testing/live-shop.ts';

interface Cart {
  readonly cartId: string;
  readonly cartVersion: number;
  readonly expiresAt: string;
  readonly serverTime: string;
  readonly status: string;
  readonly code?: string;
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly holdId: string | null;
    readonly unitPrice: { readonly amountMinor: number } | null;
  }[];
  readonly codes: readonly string[];
  readonly subtotal: { readonly amountMinor: number; readonly currency: string };
  readonly problems: readonly { readonly code: string; readonly sku?: string; readonly available?: number }[];
}

const [mug, cup] = demoGoods as readonly [(typeof demoGoods)[number], (typeof demoGoods)[number]];
const unitsOfMug = Object.values(mug.units).reduce((sum, units) => sum + units, 0);
let shop: LiveShop;
let keys = 0;

beforeAll(async () => {
  shop = await openLiveShop({ goods: [mug, cup] });
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

async function newBuyer(): Promise<string> {
  const { token } = (await (await request('POST', '/v1/buyers', '')).json()) as { token: string };
  return token;
}

function request(method: string, path: string, buyer: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  keys += 1;
  return fetch(shop.url + path, {
    method,
    headers: {
      authorization: `Bearer ${shop.keys.publishableKey}`,
      ...(buyer === '' ? {} : { 'onhand-buyer': buyer }),
      ...(method === 'POST' ? { 'idempotency-key': `key-${keys}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function call(method: string, path: string, buyer: string, body?: unknown, headers?: Record<string, string>): Promise<Cart> {
  return (await (await request(method, path, buyer, body, headers)).json()) as Cart;
}

async function newCart(buyer: string, lines: readonly object[] = []): Promise<Cart> {
  return call('POST', '/v1/carts', buyer, { lines });
}

/** Rounded: some milliseconds of them have passed. */
function daysLeft({ expiresAt, serverTime }: Cart): number {
  return Math.round((Date.parse(expiresAt) - Date.parse(serverTime)) / 86_400_000);
}

describe('a cart', () => {
  it('is made once per key, at the prices of the catalogue', async () => {
    const buyer = await newBuyer();
    const again = { 'idempotency-key': 'the same' };
    const first = await request('POST', '/v1/carts', buyer, { lines: [{ sku: cup.sku, quantity: 2 }] }, again);
    const cart = (await first.json()) as Cart;
    expect([first.status, cart.subtotal, cart.problems]).toEqual([201, { amountMinor: 2 * cup.priceMinor, currency: demoCurrency }, []]);
    const second = await call('POST', '/v1/carts', buyer, { lines: [{ sku: cup.sku, quantity: 2 }] }, again);
    expect(second.cartId).toBe(cart.cartId);
    expect((await call('POST', '/v1/carts', buyer, { lines: [] }, again)).code).toBe('idempotency_key_reused');
    expect((await call('POST', '/v1/carts', buyer, { currency: 'XAF' })).code).toBe('validation_failed');
  });

  it('is kept for as long as its store said when it was made', async () => {
    const buyer = await newBuyer();
    const before = await newCart(buyer);
    const settings = (days: number) =>
      request('PUT', '/v1/admin/carts/settings', '', { expiresAfterDays: days }, { authorization: `Bearer ${shop.keys.secretKey}` });
    expect((await settings(7)).status).toBe(200);
    expect([daysLeft(before), daysLeft(await newCart(buyer))]).toEqual([30, 7]);
    expect(daysLeft(await call('POST', `/v1/carts/${before.cartId}/codes`, buyer, { code: 'ANY' }))).toBe(30);
    await settings(30);
  });

  it('takes lines and gives them back, against its version when asked to', async () => {
    const buyer = await newBuyer();
    const { cartId, cartVersion } = await newCart(buyer);
    const line = `/v1/carts/${cartId}/lines/${cup.sku}`;
    const put = await call('PUT', line, buyer, { quantity: 3 }, { 'if-match': `"${cartVersion}"` });
    expect(put.lines).toMatchObject([{ sku: cup.sku, quantity: 3, unitPrice: { amountMinor: cup.priceMinor } }]);
    expect(await call('PUT', line, buyer, { quantity: 4 }, { 'if-match': `"${cartVersion}"` })).toMatchObject({
      code: 'version_conflict',
      cartVersion: put.cartVersion,
    });
    expect((await call('PUT', line, buyer, { quantity: 0 })).code).toBe('quantity_invalid');
    expect((await call('DELETE', line, buyer)).lines).toEqual([]);
    expect((await call('DELETE', line, buyer)).cartVersion).toBe(put.cartVersion + 1);
  });

  it('says what stands between it and a checkout', async () => {
    const buyer = await newBuyer();
    const cart = await newCart(buyer, [
      { sku: mug.sku, quantity: unitsOfMug + 1 },
      { sku: 'nobody sells this', quantity: 1 },
    ]);
    expect(cart.problems).toEqual([
      { code: 'sku_unknown', sku: 'nobody sells this' },
      { code: 'insufficient_stock', sku: mug.sku, available: unitsOfMug },
    ]);
    expect((await call('PUT', `/v1/carts/${cart.cartId}/lines/${mug.sku}`, buyer, { quantity: 1 })).problems).toHaveLength(1);
  });

  it('has codes, in capitals, each once', async () => {
    const buyer = await newBuyer();
    const { cartId } = await newCart(buyer);
    for (const code of ['welcome', ' Welcome ']) await call('POST', `/v1/carts/${cartId}/codes`, buyer, { code });
    expect(await call('GET', `/v1/carts/${cartId}`, buyer)).toMatchObject({ codes: ['WELCOME'] });
    expect((await call('DELETE', `/v1/carts/${cartId}/codes/welcome`, buyer)).codes).toEqual([]);
  });
});

describe('what its lines hold', () => {
  it('stays when the quantity alone is set, and goes when it is said to', async () => {
    const buyer = await newBuyer();
    const { cartId } = await newCart(buyer);
    const line = `/v1/carts/${cartId}/lines/${cup.sku}`;
    const held = async (body: object) => (await call('PUT', line, buyer, body)).lines.map((one) => [one.quantity, one.holdId]);
    const { holdId: taken } = (await call('POST', '/v1/holds', buyer, { sku: cup.sku, quantity: 1 })) as unknown as { holdId: string };
    expect(await held({ quantity: 1 })).toEqual([[1, null]]);
    expect(await held({ quantity: 1, holdId: taken })).toEqual([[1, taken]]);
    expect(await held({ quantity: 2 })).toEqual([[2, taken]]);
    expect(await held({ quantity: 2, holdId: null })).toEqual([[2, null]]);
    await call('DELETE', `/v1/holds/${taken}`, buyer);
  });
});

describe('whose it is', () => {
  it('another buyer finds no such cart, whatever they do', async () => {
    const { cartId } = await newCart(await newBuyer());
    const other = await newBuyer();
    const tries = [
      call('GET', `/v1/carts/${cartId}`, other),
      call('PUT', `/v1/carts/${cartId}/lines/${mug.sku}`, other, { quantity: 1 }),
      call('POST', `/v1/carts/${cartId}/codes`, other, { code: 'X' }),
      call('POST', `/v1/carts/${cartId}/claim`, other, { token: other }),
      call('GET', '/v1/carts/cart_none', other),
    ];
    expect((await Promise.all(tries)).map(({ code }) => code)).toEqual(Array.from(tries, () => 'cart_unknown'));
  });

  it('signing in lets go of what was held before, which the order would not get', async () => {
    const [guest, member] = [await newBuyer(), await newBuyer()];
    const hold = async (buyer: string, quantity: number) => {
      const taken = await call('POST', '/v1/holds', buyer, { sku: cup.sku, quantity });
      return taken as unknown as { readonly holdId: string; readonly status: string; readonly code?: string };
    };
    const units = Object.values(cup.units).reduce((sum, count) => sum + count, 0);
    const { holdId } = await hold(guest, units);
    const guestCart = await newCart(guest, [{ sku: cup.sku, quantity: units, holdId }]);
    expect((await hold(member, 1)).code).toBe('insufficient_stock');
    const claimed = await call('POST', `/v1/carts/${guestCart.cartId}/claim`, member, { token: guest });
    expect(claimed.lines).toMatchObject([{ sku: cup.sku, quantity: units, holdId: null }]);
    expect(claimed.problems).toEqual([]);
    const own = await hold(member, units);
    expect(own.status).toBe('held');
    await call('DELETE', `/v1/holds/${own.holdId}`, member);
  });

  it('signing in takes it along and merges it, and doing so again changes nothing', async () => {
    const [guest, member] = [await newBuyer(), await newBuyer()];
    const guestCart = await newCart(guest, [{ sku: mug.sku, quantity: 2 }]);
    const cart = await newCart(member, [{ sku: mug.sku, quantity: 1 }]);
    expect((await call('POST', `/v1/carts/${guestCart.cartId}/claim`, member, { token: 'no token' })).code).toBe('buyer_invalid');
    expect((await call('POST', `/v1/carts/${guestCart.cartId}/claim`, member, { token: guest })).cartId).toBe(guestCart.cartId);
    const merge = () => call('POST', `/v1/carts/${cart.cartId}/merge`, member, { from: guestCart.cartId });
    const merged = await merge();
    expect(merged.lines).toMatchObject([{ sku: mug.sku, quantity: 2 }]);
    expect((await merge()).cartVersion).toBe(merged.cartVersion);
    expect((await call('GET', `/v1/carts/${guestCart.cartId}`, member)).status).toBe('merged');
    expect((await call('GET', `/v1/carts/${guestCart.cartId}`, guest)).code).toBe('cart_unknown');
  });
});
