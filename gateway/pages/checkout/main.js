/** The checkout: who, where to, how it comes, how it is paid; beside it what it costs, always up to date. */
import { render } from 'preact';
import { CardChoice } from '../common/cards.js';
import { countdown } from '../common/format.js';
import { Thumb, titleOfGood } from '../common/goods.js';
import { html } from '../common/html.js';
import { moneyOf, Sums } from '../common/sums.js';
import { AddressFields, CodeField, ShippingChoice } from './fields.js';
import { draft, fillIn } from './draft.js';
import {
  askAgain,
  boot,
  findingOut,
  liveHolds,
  nowMs,
  open,
  place,
  placeMessage,
  placing,
  quote,
  quoteMessage,
  unresolved,
} from './state.js';

function Page() {
  return html`<header class="top"><h1><a href="/">${boot.storeName}</a></h1><p>Checkout</p></header>${content()}`;
}

function content() {
  if (findingOut.value) return html`<main class="notice" role="status"><p>Looking into your basket…</p></main>`;
  if (liveHolds.value.length === 0 && !placing.value && !unresolved.value)
    return html`<main class="notice"><h2>Nothing is held for you</h2><p>Hold something first: then nobody can take it while you fill this in.</p><a class="button" href="/">Back to the shelves</a> <a class="button quiet" href="/orders">Your orders</a></main>`;
  return html`<${Checkout} />`;
}

function Checkout() {
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    void place();
  };
  return html`<main><form class="two" onSubmit=${submit} data-form="checkout">
    <div class="steps">
      <${AddressFields} />
      <${ShippingChoice} />
      <section class="card"><${CardChoice} legend="Pay with" simulated=${boot.testCards} chosen=${draft.value.card} onChoose=${(/** @type {string} */ card) => fillIn({ card })} /></section>
    </div>
    <${Summary} />
  </form></main>`;
}

function Summary() {
  const shown = quote.value;
  const message = placeMessage.value;
  return html`<aside class="card summary" aria-label="Your order">
    <h2>Your order</h2>
    <${Held} />
    <${CodeField} />
    ${shown !== null && html`<div aria-live="polite"><${Sums} of=${shown} /></div>`}
    ${quoteMessage.value !== '' && html`<p class="message waiting" role="alert">${quoteMessage.value} <button type="button" class="link" onClick=${askAgain}>Ask again</button></p>`}
    ${message !== null && html`<p class=${message.waiting ? 'message waiting' : 'message'} role="alert" data-message="place">${message.text}</p>`}
    <button class="button wide" data-act="place" disabled=${placing.value || (shown === null && !unresolved.value)}>${buttonText(shown)}</button>
    <p class="hint">Pressed twice it is bought once.</p>
  </aside>`;
}

/** @param {typeof quote.value} shown */
function buttonText(shown) {
  if (placing.value) return 'Buying…';
  if (unresolved.value) return 'Find out what became of it';
  return shown === null ? 'Buy' : `Buy for ${moneyOf(shown.total)}`;
}

function Held() {
  const lines = liveHolds.value.flatMap((hold) => hold.lines.map((line) => ({ ...line, holdId: hold.holdId })));
  const next = Math.min(...liveHolds.value.map((hold) => Date.parse(hold.expiresAt)));
  const totals = new Map((quote.value?.lines ?? []).map((line) => [line.sku, line]));
  return html`<ul class="lines">${lines.map(({ sku, quantity, holdId }) => {
    const priced = totals.get(sku);
    return html`<li class="line" key=${`${holdId} ${sku}`} data-sku=${sku}><${Thumb} sku=${sku} /><span>${priced?.title ?? titleOfGood(sku)} <span class="count">× ${quantity}</span></span>
      <span class="amount">${priced !== undefined && priced.quantity === quantity && moneyOf(priced.total)}</span></li>`;
  })}</ul>
  ${lines.length > 0 && html`<p class="hint" role="timer">Held for you for ${countdown(next - nowMs.value)} more.</p>`}`;
}

const root = document.getElementById('root');
if (root !== null) render(html`<${Page} />`, root);
void open();
