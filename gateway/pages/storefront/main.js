/** The storefront. */
import { render } from 'preact';
import { signal } from '@preact/signals';
import { ConnectionBadge } from '../common/connection.js';
import { countdown } from '../common/format.js';
import { html } from '../common/html.js';
import { Basket } from './basket.js';
import { ProductGrid } from './products.js';
import { announcement, boot, client, connection, liveHolds, nowMs, open, orders } from './shop.js';

/** On narrow screens the basket is a sheet that opens from the bottom. */
const basketOpen = signal(false);

function Shop() {
  return html`<header class="top">
      <div><h1>${boot.storeName}</h1><p class="slogan">Fine things nobody needs. The numbers are live.</p></div>
      <span class="push"></span>
      ${orders.value.length > 0 && html`<a class="orders-link" href="/orders">Your orders <span class="count">${orders.value.length}</span></a>`}
      <${ConnectionBadge} connection=${connection} live=${client.live} />
    </header>
    <main class="shop">
      <${ProductGrid} />
      <${Basket} open=${basketOpen.value} />
    </main>
    <${BasketToggle} />
    <p class="visually-hidden" role="status" aria-live="polite">${announcement.value}</p>`;
}

function BasketToggle() {
  const holds = liveHolds.value;
  const next = Math.min(...holds.map((hold) => Date.parse(hold.expiresAt)));
  return html`<button type="button" class="button basket-toggle" aria-expanded=${basketOpen.value} aria-controls="basket" onClick=${() => (basketOpen.value = !basketOpen.value)}>
    <span>${basketOpen.value ? 'Close basket' : 'Basket'}</span>
    <span>${holds.length === 0 ? 'empty' : `${holds.length} held · ${countdown(next - nowMs.value)}`}</span>
  </button>`;
}

const root = document.getElementById('root');
if (root !== null) render(html`<${Shop} />`, root);
void open();
