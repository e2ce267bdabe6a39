/** What this buyer holds, has let lapse, and has bought. */
import { html } from '../common/html.js';
import { countdown } from '../common/format.js';
import { money, totalText } from '../common/money.js';
import { buy, dismiss, extend, holdAgain, holdBundle, release } from './holding.js';
import {
  boot,
  boughtHolds,
  bundle,
  busy,
  holdForSeconds,
  lapsedHolds,
  liveHolds,
  messages,
  nowMs,
  productBySku,
  titleOf,
  toggleBundle,
} from './shop.js';

/** @typedef {import('../../client/onhand-client.js').HoldRecord} HoldRecord */
/** @typedef {import('../../client/onhand-client.js').HoldLine} HoldLine */

const soonMs = 60_000;
const nowishMs = 10_000;

const holdChoices = [
  { seconds: 600, text: '10 minutes' },
  { seconds: 60, text: '1 minute' },
  { seconds: 15, text: '15 seconds' },
  { seconds: 5, text: '5 seconds' },
];

/** @param {{ open: boolean }} props */
export function Basket({ open }) {
  const live = liveHolds.value;
  const nothing = live.length === 0 && lapsedHolds.value.length === 0 && bundle.value.size === 0;
  return html`<aside class=${open ? 'basket open' : 'basket'} id="basket" aria-label="Your basket">
    <div class="heading"><h2>Your basket</h2>${live.length > 0 && html`<strong>${totalOf(live)}</strong>`}</div>
    ${boot.demo && html`<${HoldFor} />`}
    ${bundle.value.size > 0 && html`<${Bundle} />`}
    ${nothing && html`<p class="empty">Nothing held yet. Press <strong>Hold</strong> on anything you like: nobody can take it while the clock runs.</p>`}
    ${live.length > 0 && html`<a class="button checkout" data-act="checkout" href="/checkout">Check out</a>`}
    ${live.length > 0 && html`<section aria-label="Held for you"><h3>Held for you</h3>${live.map((hold) => html`<${LiveHold} key=${hold.holdId} hold=${hold} />`)}</section>`}
    ${lapsedHolds.value.length > 0 && html`<section aria-label="Expired"><h3>Expired</h3>${lapsedHolds.value.map((hold) => html`<${LapsedHold} key=${hold.holdId} hold=${hold} />`)}</section>`}
    ${boughtHolds.value.length > 0 && html`<${Bought} />`}
  </aside>`;
}

function HoldFor() {
  return html`<label class="hold-for">A hold lasts
    <select class="field" value=${holdForSeconds.value} onChange=${(/** @type {any} */ event) => (holdForSeconds.value = Number(event.currentTarget.value))}>
      ${holdChoices.map(({ seconds, text }) => html`<option value=${seconds}>${text}</option>`)}
    </select></label>`;
}

/** @param {{ hold: HoldRecord }} props */
function LiveHold({ hold }) {
  const working = busy.value.has(hold.holdId) || hold.status !== 'held';
  return html`<article class="hold" data-hold=${hold.holdId} data-status=${hold.status}>
    <${Lines} lines=${hold.lines} />
    <${Message} about=${hold.holdId} />
    <div class="foot">
      <${Countdown} expiresAt=${hold.expiresAt} />
      <button type="button" class="button quiet small" data-act="release" disabled=${working} onClick=${() => release(hold)}>Release</button>
      <button type="button" class="button quiet small" data-act="extend" disabled=${working} onClick=${() => extend(hold)}>Extend</button>
      ${boot.demo && html`<button type="button" class="button quiet small" data-act="buy" title="Only in the demo store: commits the hold, without a payment" disabled=${working} onClick=${() => buy(hold)}>Buy</button>`}
    </div>
  </article>`;
}

/** @param {{ expiresAt: string }} props */
function Countdown({ expiresAt }) {
  const leftMs = Date.parse(expiresAt) - nowMs.value;
  const urgency = leftMs < nowishMs ? 'countdown now' : leftMs < soonMs ? 'countdown soon' : 'countdown';
  return html`<p class=${urgency} role="timer" aria-label="Time left"><small>yours for</small>${countdown(leftMs)}</p>`;
}

/** @param {{ hold: HoldRecord }} props */
function LapsedHold({ hold }) {
  return html`<article class="hold ended" data-hold=${hold.holdId} data-status=${hold.status}>
    <${Lines} lines=${hold.lines} />
    <${Message} about=${hold.holdId} />
    <div class="foot">
      <p class="ended-as">Time is up: back on the shelf.</p>
      <button type="button" class="button quiet small" data-act="dismiss" onClick=${() => dismiss(hold)}>Dismiss</button>
      <button type="button" class="button small" data-act="again" disabled=${busy.value.has(hold.holdId)} onClick=${() => holdAgain(hold)}>Hold again</button>
    </div>
  </article>`;
}

function Bundle() {
  const lines = [...bundle.value].map(([sku, quantity]) => ({ sku, quantity }));
  return html`<section class="bundle" aria-label="Hold together">
    <h3>Together, all or none</h3>
    <div class="hold">
      <${Lines} lines=${lines} onRemove=${toggleBundle} />
      <${Message} about="bundle" />
      <button type="button" class="button" data-act="hold-bundle" disabled=${busy.value.has('bundle')} onClick=${() => holdBundle()}>${busy.value.has('bundle') ? 'Holding…' : lines.length === 1 ? 'Hold' : `Hold all ${lines.length}`}</button>
    </div>
  </section>`;
}

function Bought() {
  return html`<section class="bought" aria-label="Bought"><h3>Bought</h3>
    ${boughtHolds.value.map((hold) => html`<div key=${hold.holdId} data-hold=${hold.holdId} data-status=${hold.status}><${Lines} lines=${hold.lines} /></div>`)}
    <p class="sum"><span>Together</span><span>${totalOf(boughtHolds.value)}</span></p>
  </section>`;
}

/** @param {{ lines: readonly HoldLine[], onRemove?: (sku: string) => void }} props */
function Lines({ lines, onRemove }) {
  return html`<ul>${lines.map(({ sku, quantity }) => {
    const product = productBySku.value.get(sku);
    return html`<li class="line" key=${sku}>
      ${product === undefined ? html`<span class="thumb"></span>` : html`<img class="thumb" src=${product.pictureUrl} alt="" width="42" height="42" />`}
      <span>${titleOf(sku)} <span class="count">× ${quantity}</span></span>
      <span class="amount">${product !== undefined && money(product.price.amountMinor * quantity, product.price.currency)}
        ${onRemove !== undefined && html` <button type="button" class="button quiet small" aria-label=${`Take ${titleOf(sku)} out`} onClick=${() => onRemove(sku)}>×</button>`}</span>
    </li>`;
  })}</ul>`;
}

/** @param {{ about: string }} props */
function Message({ about }) {
  const message = messages.value[about];
  return message === undefined ? null : html`<p class=${message.waiting ? 'message waiting' : 'message'} role="alert">${message.text}</p>`;
}

/** @param {readonly HoldRecord[]} records */
function totalOf(records) {
  const lines = records.flatMap((hold) => hold.lines);
  return totalText(
    lines.flatMap(({ sku, quantity }) => {
      const price = productBySku.value.get(sku)?.price;
      return price === undefined ? [] : [{ amountMinor: price.amountMinor * quantity, currency: price.currency }];
    }),
  );
}
