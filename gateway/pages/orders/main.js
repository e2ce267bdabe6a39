/** A buyer's orders: the list of this browser's, and one as it stands. */
import { render } from 'preact';
import { ConnectionBadge } from '../common/connection.js';
import { html } from '../common/html.js';
import { orderName, statusShown, whenShown } from '../common/order-words.js';
import { moneyOf } from '../common/sums.js';
import { OneOrder } from './order.js';
import { boot, client, connection, known, open, order, orderId, records, trouble } from './state.js';

function Page() {
  return html`<header class="top"><h1><a href="/">${boot.storeName}</a></h1><span class="push"></span>${orderId !== null && html`<${ConnectionBadge} connection=${connection} live=${client.live} />`}<a href="/orders">Your orders</a></header>
    <main>${orderId === null ? html`<${List} />` : one()}</main>`;
}

function one() {
  if (trouble.value !== '')
    return html`<div class="notice" role="alert"><h2>This order cannot be shown</h2><p>${trouble.value}</p><a class="button" href="/orders">Your orders</a></div>`;
  if (order.value === null) return html`<p class="notice" role="status">Looking up your order…</p>`;
  return html`<${OneOrder} of=${order.value} />`;
}

function List() {
  if (records.value.length === 0)
    return html`<div class="notice"><h2>No orders yet</h2><p>What you buy in this browser stands here.</p><a class="button" href="/">To the shelves</a></div>`;
  return html`<div class="heading"><h2>Your orders</h2></div>
    <ul class="orders">${records.value.map((record) => html`<li key=${record.orderId}><${Entry} id=${record.orderId} /></li>`)}</ul>`;
}

/** @param {{ id: string }} props */
function Entry({ id }) {
  const shown = known.value.get(id);
  const status = shown === undefined ? null : statusShown(shown.status);
  return html`<a href=${`/orders/${encodeURIComponent(id)}`} data-order=${id}>
    <span><strong>${orderName(shown ?? { orderId: id, number: null })}</strong>
      <small>${shown === undefined ? '…' : `${whenShown(shown.placedAt)} · ${shown.lines.map((line) => `${line.quantity} × ${line.title ?? line.sku}`).join(', ')}`}</small></span>
    <span class=${`state ${status?.mood ?? ''}`}>${status?.text ?? '…'}</span>
    <span class="amount">${shown === undefined || shown.total === null ? '' : moneyOf(shown.total)}</span></a>`;
}

const root = document.getElementById('root');
if (root !== null) render(html`<${Page} />`, root);
void open();
