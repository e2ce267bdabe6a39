/** The tab of orders: found, filtered, one of them opened with its story. */
import { useEffect } from 'preact/hooks';
import { html } from '../common/html.js';
import { orderName, orderStatuses, paymentShown, statusShown, whenShown } from '../common/order-words.js';
import { moneyOf, partPaid } from '../common/sums.js';
import { OpenedOrder } from './order.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./order-desk.js').OrderDesk} OrderDesk */
/** @typedef {import('./order-desk.js').Summary} Summary */

const columns = 6;

/** @param {{ on: Desk }} props */
export function Orders({ on }) {
  const desk = on.orders;
  useEffect(() => desk.follow(), [desk]);
  return html`<${Bar} desk=${desk} />
    ${desk.trouble.value !== '' && html`<p class="message waiting" role="alert">${desk.trouble.value}</p>`}
    <div class="scroller"><table class="words">
      <caption class="visually-hidden">Orders, newest first</caption>
      <thead><tr><th scope="col">Order</th><th scope="col">Placed</th><th scope="col">State</th><th scope="col">Payment</th><th scope="col">Total</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
      <tbody>${bodyOf(on, desk)}</tbody>
    </table></div>
    ${desk.hasMore.value && html`<button type="button" class="button quiet" onClick=${() => desk.more()}>More</button>`}`;
}

/** @param {Desk} on @param {OrderDesk} desk */
function bodyOf(on, desk) {
  const rows = desk.rows.value;
  if (rows === null) return html`<tr><td colspan=${columns} class="nothing">Looking…</td></tr>`;
  if (rows.length === 0) return html`<tr><td colspan=${columns} class="nothing">No orders here.</td></tr>`;
  return rows.map((row) => html`<${OrderRow} key=${row.orderId} on=${on} row=${row} />`);
}

/** @param {{ desk: OrderDesk }} props */
function Bar({ desk }) {
  return html`<div class="bar-row">
    <label class="search"><span class="visually-hidden">Find an order</span><input class="field" type="search" placeholder="Find by number, id or e-mail" value=${desk.search.value} onInput=${(/** @type {any} */ event) => (desk.search.value = event.currentTarget.value)} /></label>
    <label>State <select class="field" name="status" value=${desk.status.value} onChange=${(/** @type {any} */ event) => (desk.status.value = event.currentTarget.value)}>
      <option value="">all</option>${orderStatuses.map((status) => html`<option key=${status} value=${status}>${statusShown(status).text}</option>`)}</select></label>
  </div>`;
}

/** @param {{ on: Desk, row: Summary }} props */
function OrderRow({ on, row }) {
  const desk = on.orders;
  const open = desk.openedId.value === row.orderId;
  // What the actor has said is newer than the list.
  const order = open ? desk.opened.value : null;
  const status = statusShown(order?.status ?? row.status);
  const payment = paymentShown(order?.paymentStatus ?? row.paymentStatus);
  const part = partPaid(order ?? row);
  return html`<tr data-order=${row.orderId} class=${open ? 'open' : ''}>
      <th scope="row">${orderName(row)}<small class="under">${row.email}</small></th>
      <td>${whenShown(row.placedAt)}</td>
      <td><span class=${`state ${status.mood}`} data-status=${order?.status ?? row.status}>${status.text}</span></td>
      <td><span class=${`state ${payment.mood}`}>${payment.text}</span></td>
      <td class="number">${row.total === null ? '–' : moneyOf(row.total)}${part !== null && html`<small class="under">${moneyOf(part)} paid</small>`}</td>
      <td class="end"><button type="button" class="button quiet small" aria-expanded=${open} onClick=${() => desk.open(open ? null : row.orderId)}>${open ? 'Close' : 'Open'}</button></td>
    </tr>
    ${open && html`<tr class="detail"><td colspan=${columns}>${order === null ? 'Looking…' : html`<${OpenedOrder} on=${on} order=${order} />`}</td></tr>`}`;
}
