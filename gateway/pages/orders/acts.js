/** What a buyer can do with an order: answer the bank, pay otherwise, call it off, send it back. */
import { signal } from '@preact/signals';
import { CardChoice, firstCardId } from '../common/cards.js';
import { countdown } from '../common/format.js';
import { html } from '../common/html.js';
import { isDeclined } from '../common/order-words.js';
import { boot, busy, cancel, continueAtBank, message, nowMs, pay, requestReturn, returnable } from './state.js';

/** @typedef {import('../../client/onhand-client.js').Order} Order */
/** @typedef {{ of: Order }} Props */

/** @param {Props} props */
export function ToTheBank({ of }) {
  const { nextAction } = of;
  if (nextAction === undefined || of.status !== 'requires_action') return null;
  return html`<section class="card"><div class="row">
    <button type="button" class="button" data-act="bank" onClick=${() => continueAtBank(nextAction.url)}>Answer your bank</button><${TimeLeft} of=${of} /></div></section>`;
}

const card = signal(firstCardId);

/** After a decline, or instead of an answer to the bank.
 *  @param {Props} props */
export function PayAgain({ of }) {
  const declined = isDeclined(of);
  const open = of.status === 'requires_action' && of.payBy !== null && leftMs(of.payBy) > 0;
  if (!declined && !open) return null;
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void pay(card.value);
  };
  return html`<form class="card" onSubmit=${submit} data-form="pay">
    <${CardChoice} legend=${declined ? 'Pay with another card' : 'Or pay with another card'} simulated=${boot.testCards} chosen=${card.value} onChoose=${(/** @type {string} */ id) => (card.value = id)} />
    <div class="row"><button class="button" data-act="pay" disabled=${busy.value !== ''}>${busy.value === 'pay' ? 'Paying…' : 'Pay'}</button><${TimeLeft} of=${of} /></div></form>`;
}

/** @param {Props} props */
function TimeLeft({ of }) {
  return of.payBy === null ? null : html`<span class="hint" role="timer">Held for you for ${countdown(leftMs(of.payBy))} more.</span>`;
}

/** @param {string} until */
function leftMs(until) {
  return Date.parse(until) - nowMs.value;
}

const cancelable = new Set(['pending', 'requires_action', 'confirmed']);
const asked = signal(false);

/** Asks once more, on the page: what is canceled does not come back.
 *  @param {Props} props */
export function CancelOrder({ of }) {
  const payable = isDeclined(of) && of.payBy !== null;
  if ((!cancelable.has(of.status) && !payable) || of.shipments.length > 0) return null;
  if (!asked.value)
    return html`<div class="row"><button type="button" class="button quiet small" data-act="cancel" onClick=${() => (asked.value = true)}>Cancel this order</button></div>`;
  return html`<div class="row" role="group" aria-label="Cancel this order?"><span>Cancel it, and get everything back?</span>
    <button type="button" class="button small" data-act="really-cancel" disabled=${busy.value !== ''} onClick=${() => cancel()}>${busy.value === 'cancel' ? 'Canceling…' : 'Yes, cancel'}</button>
    <button type="button" class="button quiet small" onClick=${() => (asked.value = false)}>Keep it</button></div>`;
}

const reasons = ['Does not fit', 'Not as described', 'Damaged', 'Changed my mind'];
const returning = signal(false);

export function ReturnForm() {
  const lines = returnable.value;
  if (lines.length === 0) return null;
  if (!returning.value)
    return html`<div class="row"><button type="button" class="button quiet small" data-act="return" onClick=${() => (returning.value = true)}>Send something back</button></div>`;
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const wanted = lines.map(({ sku }) => ({ sku, quantity: Number(form.get(`units ${sku}`)) })).filter(({ quantity }) => quantity > 0);
    if (wanted.length === 0) message.value = { text: 'Choose at least one unit.', good: false };
    else if (await requestReturn(wanted, String(form.get('reason')))) returning.value = false;
  };
  return html`<form class="card" onSubmit=${submit} data-form="return"><h2>Send something back</h2>
    ${lines.map(
      ({ sku, title, left }) => html`<label class="return-line" key=${sku}><span>${title} <span class="count">of ${left}</span></span>
        <input class="field" name=${`units ${sku}`} type="number" min="0" max=${left} step="1" defaultValue=${left} required /></label>`,
    )}
    <label class="labelled">Why <select class="field" name="reason">${reasons.map((reason) => html`<option key=${reason}>${reason}</option>`)}</select></label>
    <div class="row"><button class="button" disabled=${busy.value !== ''}>${busy.value === 'return' ? 'Asking…' : 'Ask to return'}</button>
    <button type="button" class="button quiet" onClick=${() => (returning.value = false)}>Not now</button></div></form>`;
}
