/** The grid of goods. */
import { html } from '../common/html.js';
import { money } from '../common/money.js';
import { hold } from './holding.js';
import {
  bundle,
  busy,
  chooseQuantity,
  connection,
  loadFailed,
  loadProducts,
  messages,
  products,
  quantities,
  stockOf,
  toggleBundle,
} from './shop.js';

/** @typedef {import('./shop.js').Product} Product */

const lowBelow = 4;
const stepperMax = 99;
const skeletons = Array.from({ length: 10 }, (_, index) => index);

export function ProductGrid() {
  if (loadFailed.value) {
    return html`<div class="grid"><div class="notice" role="alert">
      <h2>The shelves cannot be seen just now</h2><p>The shop does not answer. Your holds are safe where they are.</p>
      <button type="button" class="button" onClick=${() => loadProducts()}>Try again</button></div></div>`;
  }
  if (products.value === null) {
    return html`<div class="grid" aria-busy="true"><p class="visually-hidden">Loading products…</p>${skeletons.map((index) => html`<${Skeleton} key=${index} />`)}</div>`;
  }
  if (products.value.length === 0)
    return html`<div class="grid"><div class="notice"><h2>Nothing on the shelves yet</h2><p>Come back soon.</p></div></div>`;
  return html`<ul class="grid">${products.value.map((product, place) => html`<${ProductCard} key=${product.sku} product=${product} place=${place} />`)}</ul>`;
}

function Skeleton() {
  return html`<div class="product skeleton" aria-hidden="true"><div class="picture"></div><div class="about"><div class="bar"></div><div class="bar short"></div><div class="bar"></div></div></div>`;
}

/** @param {{ product: Product, place: number }} props */
function ProductCard({ product, place }) {
  const { sku, title, description, price, pictureUrl } = product;
  const { item, unknown } = stockOf(sku).value;
  const soldOut = unknown === true || (item !== null && item.available <= 0);
  const titleId = `title-${sku}`;
  return html`<li class=${soldOut ? 'product sold-out' : 'product'} data-sku=${sku} aria-labelledby=${titleId}>
    <div class="picture">
      <img src=${pictureUrl} alt="" width="400" height="400" loading=${place < 12 ? 'eager' : 'lazy'} />
      <${StockBadge} sku=${sku} />
    </div>
    <div class="about">
      <h2 id=${titleId}>${title}</h2>
      <p class="description">${description}</p>
      <div class="price-row"><p class="price">${money(price.amountMinor, price.currency)}</p><${Stepper} product=${product} soldOut=${soldOut} available=${item?.available ?? null} /></div>
      <${BuyRow} product=${product} soldOut=${soldOut} />
      <${CardMessage} sku=${sku} />
    </div>
  </li>`;
}

/** @param {{ sku: string }} props */
function StockBadge({ sku }) {
  const { item, changes, unknown } = stockOf(sku).value;
  const fresh = connection.state.value === 'live';
  const { text, kind } = unknown === true ? { text: 'Not in yet', kind: 'unknown' } : badgeOf(item?.available ?? null);
  const classes = ['badge', kind, changes > 0 ? 'changed' : '', fresh || item === null ? '' : 'old'].filter(Boolean).join(' ');
  // A new key makes a new element, which plays its animation once.
  return html`<p key=${`${sku}-${changes}`} class=${classes} data-available=${item?.available} data-version=${item?.version} title=${fresh || item === null ? '' : 'Last known; catching up'}>${text}</p>`;
}

/** @param {number | null} available */
function badgeOf(available) {
  if (available === null) return { text: '…', kind: 'unknown' };
  if (available <= 0) return { text: 'Sold out', kind: 'none' };
  if (available === 1) return { text: 'Last one', kind: 'low' };
  return { text: `${available.toLocaleString()} left`, kind: available < lowBelow ? 'low' : 'plenty' };
}

/** @param {{ product: Product, soldOut: boolean, available: number | null }} props */
function Stepper({ product: { sku, title }, soldOut, available }) {
  const quantity = quantities.value[sku] ?? 1;
  const most = Math.max(1, Math.min(stepperMax, available ?? stepperMax));
  return html`<div class="stepper" role="group" aria-label=${`Quantity of ${title}`}>
    <button type="button" aria-label=${`Fewer of ${title}`} disabled=${quantity <= 1} onClick=${() => chooseQuantity(sku, quantity - 1)}>−</button>
    <output aria-live="polite">${quantity}</output>
    <button type="button" aria-label=${`More of ${title}`} disabled=${soldOut || quantity >= most} onClick=${() => chooseQuantity(sku, quantity + 1)}>+</button>
  </div>`;
}

/** @param {{ product: Product, soldOut: boolean }} props */
function BuyRow({ product: { sku, title }, soldOut }) {
  const quantity = quantities.value[sku] ?? 1;
  const working = busy.value.has(sku);
  const inBundle = bundle.value.has(sku);
  return html`<div class="buy">
    <button type="button" class="button" data-act="hold" disabled=${soldOut || working} aria-label=${`Hold ${quantity} of ${title}`} onClick=${() => hold(sku)}>${working ? 'Holding…' : soldOut ? 'Sold out' : 'Hold'}</button>
    <button type="button" class="button quiet add" data-act="bundle" aria-pressed=${inBundle} title=${inBundle ? 'Take out of the set' : 'Hold together with others, all or none'} aria-label=${`${title}: hold together with others`} onClick=${() => toggleBundle(sku)}><${SetIcon} chosen=${inBundle} /></button>
  </div>`;
}

/** @param {{ chosen: boolean }} props */
function SetIcon({ chosen }) {
  const d = chosen ? 'M4 11l4 4 8-9' : 'M3 7h10v10H3z M7 7V3h10v10h-4';
  return html`<svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><path d=${d} /></svg>`;
}

/** @param {{ sku: string }} props */
function CardMessage({ sku }) {
  const message = messages.value[sku];
  return message === undefined ? null : html`<p class=${message.waiting ? 'message waiting' : 'message'} role="alert">${message.text}</p>`;
}
