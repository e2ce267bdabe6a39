/** The catalogue over HTTP, in a whole shop in this process. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoGoods } from '../../services/catalog/demo/goods.ts';
import { type LiveShop, openLiveShop } from '../../testing/live-shop.ts';

interface Product {
  readonly sku: string;
  readonly title: string;
  readonly price: { readonly amountMinor: number; readonly currency: string };
  readonly pictureUrl: string;
}

interface Page {
  readonly items: readonly Product[];
  readonly next: string | null;
  readonly serverTime: string;
}

const goods = [...demoGoods.slice(0, 7), { ...demoGoods[7]!, sku: 'odd/ sku?%&"' }];
let shop: LiveShop;

beforeAll(async () => {
  shop = await openLiveShop({ goods });
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

function get(path: string, headers: Record<string, string> = { authorization: `Bearer ${shop.keys.publishableKey}` }): Promise<Response> {
  return fetch(shop.url + path, { headers });
}

async function page(path: string): Promise<Page> {
  return (await (await get(path)).json()) as Page;
}

describe('GET /v1/products', () => {
  it('lists all, page by page, in their order', async () => {
    const skus: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const got: Page = await page(`/v1/products?limit=3${next === '' ? '' : `&cursor=${encodeURIComponent(next)}`}`);
      expect(got.items.length).toBeLessThanOrEqual(3);
      skus.push(...got.items.map((product) => product.sku));
      next = got.next;
    }
    expect(skus).toEqual(goods.map((good) => good.sku));
  });

  it('refuses cursors and limits that are none', async () => {
    const tampered = Buffer.from('[99999999999,"a"]').toString('base64url');
    for (const cursor of ['x', '!!', tampered, Buffer.from('{}').toString('base64url')]) {
      const answer = await get(`/v1/products?cursor=${cursor}`);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'cursor_invalid']);
    }
    for (const limit of ['0', '501', '1.5', 'many', '-1']) expect((await get(`/v1/products?limit=${limit}`)).status).toBe(400);
  });

  it('needs a key', async () => {
    expect((await get('/v1/products', {})).status).toBe(401);
  });
});

describe('GET /v1/products/{sku}', () => {
  it('finds any SKU verbatim', async () => {
    for (const good of goods) {
      const answer = await get(`/v1/products/${encodeURIComponent(good.sku)}`);
      expect(await answer.json()).toMatchObject({
        sku: good.sku,
        title: good.title,
        price: { amountMinor: good.priceMinor, currency: 'GBP' },
      });
    }
  });

  it('does not know what is not there', async () => {
    const answer = await get('/v1/products/nothing');
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'sku_unknown']);
  });
});

describe('the picture of a product', () => {
  it('is at its address, without headers, to be kept for ever', async () => {
    for (const product of (await page('/v1/products')).items) {
      const answer = await get(product.pictureUrl, {});
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('image/svg+xml');
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await answer.text()).toMatch(/^<svg /);
    }
  });

  it('is asked for again under an address without its hash, and then answers 304', async () => {
    const [product] = (await page('/v1/products?limit=1')).items;
    const address = product!.pictureUrl.replace(/&hash=.*/, '');
    const first = await get(address, {});
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const second = await get(address, { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(second.status).toBe(304);
  });

  it('is not shown without a publishable key, nor for a secret one', async () => {
    const path = `/v1/products/${goods[0]!.sku}/picture.svg`;
    for (const query of ['', '?key=pk_wrong', `?key=${shop.keys.secretKey}`]) expect((await get(path + query, {})).status).toBe(401);
    expect((await get(`/v1/products/nothing/picture.svg?key=${shop.keys.publishableKey}`, {})).status).toBe(404);
  });
});
