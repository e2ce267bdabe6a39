/** One opened order: what is in it, what can be done with it, and what happened to it. */
import { html } from '../common/html.js';
import { decimalTextOf, minorOf } from '../common/money.js';
import { whenShown } from '../common/order-words.js';
import { moneyOf, partPaid } from '../common/sums.js';
import { eventWords } from './event-words.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('../../client/onhand-client.js').Order} Order */
/** @typedef {{ on: Desk, order: Order }} Props */

const shippable = new Set(['confirmed', 'partially_shipped']);

/** @param {Props} props */
export function OpenedOrder({ on, order }) {
  const message = on.orders.message.value;
  return html`<div class="forms">
      <${Contents} order=${order} />
      ${shippable.has(order.status) && html`<${ShipForm} key=${order.shipments.length} on=${on} order=${order} />`}
      ${order.shipments.length > 0 && html`<${Shipments} on=${on} order=${order} />`}
      ${order.returns.length > 0 && html`<${Returns} on=${on} order=${order} />`}
      ${order.refunds.length > 0 && html`<${Refunds} on=${on} order=${order} />`}
      ${refundable(order) > 0 && html`<${RefundForm} on=${on} order=${order} />`}
    </div>
    ${message !== null && html`<p class=${message.good ? 'message done' : 'message'} role=${message.good ? 'status' : 'alert'}>${message.text}</p>`}
    <${Story} on=${on} />`;
}

/** @param {{ order: Order }} props */
function Contents({ order }) {
  const { shippingAddress: to } = order;
  const part = partPaid(order);
  return html`<section class="panel"><h3>${order.email}</h3>
    <p>${to.name}, ${to.line1}, ${to.postalCode} ${to.city}, ${to.country}</p>
    <ul>${order.lines.map((line) => html`<li key=${line.sku}>${line.quantity} × ${line.title ?? line.sku} <small>${line.shipped} shipped${line.returned > 0 && `, ${line.returned} returned`}</small></li>`)}</ul>
    ${order.total !== null && html`<p><strong>${moneyOf(order.total)}</strong>${part !== null && html`, <span data-captured=${part.amountMinor}>${moneyOf(part)} of it paid</span>`}${order.refunded !== null && order.refunded.amountMinor > 0 && html`, <span data-refunded=${order.refunded.amountMinor}>${moneyOf(order.refunded)} refunded</span>`}</p>`}
  </section>`;
}

/** @param {Props} props */
function ShipForm({ on, order }) {
  const left = order.lines.filter((line) => line.quantity > line.shipped);
  /** @param {any} event */
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const lines = left.map(({ sku }) => ({ sku, quantity: Number(form.get(`units ${sku}`)) })).filter(({ quantity }) => quantity > 0);
    const number = String(form.get('number')).trim();
    const tracking = number === '' ? null : { carrier: String(form.get('carrier')).trim() || 'Post', number };
    if (lines.length > 0) void on.orders.ship(lines, tracking);
    else on.orders.message.value = { text: 'Ship at least one unit.', good: false };
  };
  return html`<form data-form="ship" onSubmit=${submit}><h3>Ship</h3>
    ${left.map(({ sku, title = sku, quantity, shipped }) => html`<label key=${`${sku} ${shipped}`}>${title} <input class="field" name=${`units ${sku}`} type="number" min="0" max=${quantity - shipped} defaultValue=${quantity - shipped} required /></label>`)}
    <label>Carrier <input class="field" name="carrier" maxlength="100" placeholder="Post" /></label>
    <label>Tracking <input class="field" name="number" maxlength="100" placeholder="none" /></label>
    <div class="row"><button class="button" disabled=${on.orders.busy.value}>Ship</button>
    ${order.shipments.length === 0 && html`<button type="button" class="button quiet" disabled=${on.orders.busy.value} onClick=${() => on.orders.cancel()}>Cancel the order</button>`}</div></form>`;
}

/** @param {Props} props */
function Shipments({ on, order }) {
  return html`<section class="panel"><h3>Shipments</h3>${order.shipments.map(
    ({ shipmentId, lines, tracking, shippedAt, deliveredAt }) => html`<div key=${shipmentId} data-shipment=${shipmentId}>
      <p>${lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}<br /><small>${whenShown(shippedAt)}${tracking !== null && `, ${tracking.carrier} ${tracking.number}`}</small></p>
      ${deliveredAt === null ? html`<button type="button" class="button small" disabled=${on.orders.busy.value} onClick=${() => on.orders.deliver(shipmentId)}>It has arrived</button>` : html`<p><small>arrived ${whenShown(deliveredAt)}</small></p>`}</div>`,
  )}</section>`;
}

/** @param {Props} props */
function Returns({ on, order }) {
  return html`<section class="panel"><h3>Returns</h3>${order.returns.map(
    ({ returnId, status, lines, reason, refund }) => html`<div key=${returnId} data-return=${status}>
      <p>${lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}<br /><small>${reason}</small></p>
      ${status === 'requested' ? html`<${ReceiveForm} on=${on} returnId=${returnId} />` : html`<p><small>received${refund !== null && `, ${moneyOf(refund)} refunded`}</small></p>`}</div>`,
  )}</section>`;
}

/** @param {{ on: Desk, returnId: string }} props */
function ReceiveForm({ on, returnId }) {
  /** @param {any} event */
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const condition = form.get('condition') === 'damaged' ? 'damaged' : 'restock';
    void on.orders.receiveReturn(returnId, condition, String(form.get('place')));
  };
  return html`<form class="plain" data-form="receive-return" onSubmit=${submit}>
    <label>It is <select class="field" name="condition"><option value="restock">as new</option><option value="damaged">damaged</option></select></label>
    <label>At <select class="field" name="place">${on.locations.value.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}</select></label>
    <button class="button small" disabled=${on.orders.busy.value}>Received</button></form>`;
}

const refundWords = { pending: 'on its way', done: 'given back', failed: 'failed: the money is still here' };

/** @param {Props} props */
function Refunds({ on, order }) {
  return html`<section class="panel"><h3>Refunds</h3>${order.refunds.map(
    ({ refundId, status, amount }) => html`<div key=${refundId} data-refund=${status}>
      <p>${amount !== null && moneyOf(amount)}<br /><small>${refundWords[status]}</small></p>
      ${status === 'failed' && html`<button type="button" class="button small" disabled=${on.orders.busy.value} onClick=${() => on.orders.retryRefund(refundId)}>Try again</button>`}</div>`,
  )}</section>`;
}

/** @param {Props} props */
function RefundForm({ on, order }) {
  const left = refundable(order);
  const currency = order.captured?.currency ?? 'USD';
  const leftText = decimalTextOf(left, currency);
  const stepText = decimalTextOf(1, currency);
  /** @param {any} event */
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const amountMinor = minorOf(String(form.get('amount')), currency);
    if (amountMinor !== null) void on.orders.refund({ amountMinor, currency }, String(form.get('reason')));
    else on.orders.message.value = { text: `Write the amount like ${leftText}.`, good: false };
  };
  return html`<form data-form="refund" onSubmit=${submit}><h3>Give money back</h3>
    <label key=${left}>${currency} <input class="field" name="amount" type="number" min=${stepText} max=${leftText} step=${stepText} defaultValue=${leftText} required /></label>
    <label>Because <input class="field" name="reason" maxlength="500" required placeholder="goodwill" /></label>
    <button class="button" disabled=${on.orders.busy.value}>Refund</button></form>`;
}

/** @param {Order} order */
function refundable({ captured, refunded }) {
  return (captured?.amountMinor ?? 0) - (refunded?.amountMinor ?? 0);
}

/** @param {{ on: Desk }} props */
function Story({ on }) {
  return html`<ol class="story" aria-label="What happened">${on.orders.story.value.map(
    ({
      eventId,
      type,
      at,
      cause,
      payload,
    }) => html`<li key=${eventId} data-event=${type}><time dateTime=${at}>${new Date(at).toLocaleTimeString()}</time>
      <span>${eventWords(type, payload)}</span><small>${type}${cause !== null && ` ← ${cause}`}</small></li>`,
  )}</ol>`;
}
