/** One order: how it stands, what the buyer can do about it, what is in it. */
import { Thumb } from '../common/goods.js';
import { html } from '../common/html.js';
import { countryName } from '../common/countries.js';
import { dayShown, isDeclined, orderName, paymentShown, statusShown, whenShown } from '../common/order-words.js';
import { moneyOf, Sums } from '../common/sums.js';
import { CancelOrder, PayAgain, ReturnForm, ToTheBank } from './acts.js';
import { message } from './state.js';

/** @typedef {import('../../client/onhand-client.js').Order} Order */
/** @typedef {{ of: Order }} Props */

/** @param {Props} props */
export function OneOrder({ of }) {
  const status = statusShown(of.status);
  const payment = paymentShown(isDeclined(of) ? 'declined' : of.paymentStatus);
  return html`<div class="heading"><h2>${orderName(of)}</h2>
      <span class=${`state ${status.mood}`} role="status" data-status=${of.status}>${status.text}</span>
      <span class=${`state ${payment.mood}`} data-payment=${of.paymentStatus}>${payment.text}</span>
      <span class="hint">placed ${whenShown(of.placedAt)}</span></div>
    <div class="two">
      <div class="steps">
        <${Way} of=${of} />
        ${message.value !== null && html`<p class=${message.value.good ? 'message done' : 'message'} role=${message.value.good ? 'status' : 'alert'}>${message.value.text}</p>`}
        <${ToTheBank} of=${of} />
        <${PayAgain} of=${of} />
        ${of.shipments.length > 0 && html`<${Shipments} of=${of} />`}
        ${of.returns.length > 0 && html`<${Returns} of=${of} />`}
        <${ReturnForm} />
        <${CancelOrder} of=${of} />
      </div>
      <${Contents} of=${of} />
    </div>`;
}

const stages = /** @type {const} */ (['Placed', 'Confirmed', 'Shipped', 'Delivered']);

/** How many of the stages are behind an order; one that ended otherwise has none. */
const stagesDone = /** @type {Readonly<Record<string, number>>} */ ({
  pending: 1,
  requires_action: 1,
  confirmed: 2,
  partially_shipped: 2,
  shipped: 3,
  delivered: 4,
});

/** @param {Props} props */
function Way({ of }) {
  const done = stagesDone[of.status];
  return html`<section class="card" aria-label="How it stands"><p>${sentenceOf(of)}</p>
    ${done !== undefined && html`<ol class="way">${stages.map((stage, index) => html`<li key=${stage} data-done=${index < done} aria-current=${index === done - 1 ? 'step' : undefined}>${stage}</li>`)}</ol>`}
  </section>`;
}

/** @param {Order} of */
function sentenceOf(of) {
  const { status, deliverBy, email, payBy } = of;
  switch (status) {
    case 'pending':
      return 'We are holding your things and asking the bank. This takes a moment; you need not wait here.';
    case 'requires_action':
      return 'Your bank wants to know that it is you. Nothing is paid until you have answered it.';
    case 'failed':
      if (!isDeclined(of)) return 'Nothing was bought, no money was taken, and everything went back to the shelves.';
      return payBy === null
        ? 'The card was declined and no money was taken. Your things went back to the shelves: pay with another card, and we take them again.'
        : 'The card was declined and no money was taken. Your things are still held: pay with another card.';
    case 'canceled':
      return 'Canceled. Everything went back, and so does the money.';
    case 'returned':
      return 'Everything came back to us.';
    case 'delivered':
      return 'It has arrived.';
    default:
      return deliverBy === undefined || deliverBy === null
        ? `Thank you. We write to ${email} when it is on its way.`
        : `Thank you. It comes by ${dayShown(deliverBy)}; we write to ${email}.`;
  }
}

/** @param {Props} props */
function Shipments({ of }) {
  const titles = titlesOf(of);
  return html`<section class="card" aria-label="Shipments"><h2>Shipments</h2>
    ${of.shipments.map(
      ({ shipmentId, lines, tracking, shippedAt, deliveredAt }) => html`<div class="part" key=${shipmentId} data-shipment=${shipmentId}>
        <strong>${inWords(lines, titles)}</strong>
        <p>${deliveredAt === null ? `Shipped ${whenShown(shippedAt)}` : `Delivered ${whenShown(deliveredAt)}`}</p>
        ${tracking !== null && html`<p>${tracking.carrier} ${tracking.url === null ? tracking.number : html`<a href=${tracking.url} rel="noreferrer">${tracking.number}</a>`}</p>`}</div>`,
    )}</section>`;
}

/** @param {Props} props */
function Returns({ of }) {
  const titles = titlesOf(of);
  return html`<section class="card" aria-label="Returns"><h2>Sent back</h2>
    ${of.returns.map(
      ({ returnId, status, lines, received, refund }) => html`<div class="part" key=${returnId} data-return=${status}>
        <strong>${inWords(status === 'received' ? received : lines, titles)}</strong>
        <p>${status === 'requested' ? 'Send it to us: the money returns when it has arrived.' : refund === null || refund.amountMinor === 0 ? 'Arrived.' : `Arrived; ${moneyOf(refund)} go back to you.`}</p></div>`,
    )}</section>`;
}

/** @param {Props} props */
function Contents({ of }) {
  const { shippingAddress: to, total, refunded } = of;
  return html`<aside class="card summary" aria-label="In this order"><h2>In this order</h2>
    <ul class="lines">${of.lines.map(
      (
        line,
      ) => html`<li class="line" key=${line.sku} data-sku=${line.sku}><${Thumb} sku=${line.sku} /><span>${line.title ?? line.sku} <span class="count">× ${line.quantity}</span><small>${progressOf(line)}</small></span>
        <span class="amount">${line.total !== undefined && moneyOf(line.total)}</span></li>`,
    )}</ul>
    ${total !== null && html`<${Sums} of=${{ ...of, total }} />`}
    ${refunded !== null && refunded.amountMinor > 0 && html`<p class="hint" data-refunded=${refunded.amountMinor}>${moneyOf(refunded)} given back.</p>`}
    <address class="address">${to.name}<br />${to.line1}${to.line2 !== undefined && html`<br />${to.line2}`}<br />${to.postalCode} ${to.city}${to.region !== undefined && `, ${to.region}`}<br />${countryName(to.country)}</address>
  </aside>`;
}

/** @param {import('../../client/onhand-client.js').OrderLine} line */
function progressOf({ quantity, shipped, returned }) {
  const parts = [];
  if (shipped > 0 && (shipped < quantity || returned === 0))
    parts.push(shipped === quantity ? 'shipped' : `${shipped} of ${quantity} shipped`);
  if (returned > 0) parts.push(returned === quantity ? 'returned' : `${returned} of ${quantity} returned`);
  return parts.join(', ');
}

/** @param {Order} of */
function titlesOf({ lines }) {
  return new Map(lines.map(({ sku, title }) => [sku, title ?? sku]));
}

/** @param {readonly import('../../client/onhand-client.js').HoldLine[]} lines @param {ReadonlyMap<string, string>} titles */
function inWords(lines, titles) {
  return lines.map(({ sku, quantity }) => `${quantity} × ${titles.get(sku) ?? sku}`).join(', ');
}
