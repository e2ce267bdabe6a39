/** Titles and pictures of the few products that a basket or an order is about, asked for one by one. */
import { signal } from '@preact/signals';
import { html } from './html.js';

/** @typedef {{ readonly sku: string, readonly title: string, readonly pictureUrl: string, readonly price: import('../../client/onhand-client.js').Money }} Good */

const pictureSize = 52;

export const goods = signal(/** @type {ReadonlyMap<string, Good>} */ (new Map()));
/** @type {Set<string>} */
const asked = new Set();

/** @param {import('../../client/onhand-client.js').Api} api @param {readonly string[]} skus */
export async function wantGoods(api, skus) {
  const fresh = skus.filter((sku) => !asked.has(sku));
  for (const sku of fresh) asked.add(sku);
  await Promise.all(
    fresh.map(async (sku) => {
      const answer = await api.call({ method: 'GET', path: `/v1/products/${encodeURIComponent(sku)}` });
      if (answer.ok) goods.value = new Map(goods.value).set(sku, /** @type {Good} */ (answer.body));
    }),
  );
}

/** @param {string} sku */
export function titleOfGood(sku) {
  return goods.value.get(sku)?.title ?? sku;
}

/** @param {{ sku: string }} props */
export function Thumb({ sku }) {
  const good = goods.value.get(sku);
  return good === undefined
    ? html`<span class="thumb"></span>`
    : html`<img class="thumb" src=${good.pictureUrl} alt="" width=${pictureSize} height=${pictureSize} />`;
}
