/** The sums of a quote or an order, as a list from subtotal to total. */
import { html } from './html.js';
import { money } from './money.js';

/** @typedef {import('../../client/onhand-client.js').Money} Money */
/** @typedef {Partial<import('../../client/onhand-client.js').Sums>} MaybeSums */

/** @param {Money} amount */
export function moneyOf({ amountMinor, currency }) {
  return money(amountMinor, currency);
}

/**
 * What came in, where that is not what was asked for: money that came in is what counts.
 *
 * @param {{ readonly total: Money | null, readonly captured: Money | null }} row
 */
export function partPaid({ total, captured }) {
  const isPart = total !== null && captured !== null && captured.amountMinor > 0 && captured.amountMinor < total.amountMinor;
  return isPart ? captured : null;
}

/** @param {{ of: MaybeSums & { readonly total: Money } }} props */
export function Sums({ of }) {
  const { subtotal, shipping, tax, taxIncluded, total, discounts = [] } = of;
  return html`<dl class="sums">
    ${subtotal !== undefined && html`<div><dt>Goods</dt><dd>${moneyOf(subtotal)}</dd></div>`}
    ${discounts.map(({ code, name, amount }) => html`<div class="good" key=${name}><dt>${name}${code !== null && html` <small>${code}</small>`}</dt><dd>−${moneyOf(amount)}</dd></div>`)}
    ${shipping !== undefined && html`<div><dt>Shipping</dt><dd>${shipping.amountMinor === 0 ? 'free' : moneyOf(shipping)}</dd></div>`}
    ${tax !== undefined && taxIncluded === false && html`<div><dt>Tax</dt><dd>${moneyOf(tax)}</dd></div>`}
    <div class="total"><dt>Total</dt><dd data-total=${total.amountMinor}>${moneyOf(total)}</dd></div>
    ${tax !== undefined && taxIncluded === true && html`<div class="soft"><dt>of which tax</dt><dd>${moneyOf(tax)}</dd></div>`}
  </dl>`;
}
