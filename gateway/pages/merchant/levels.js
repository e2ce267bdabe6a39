/** The table of levels, and under an opened row the forms that change them. */
import { signal } from '@preact/signals';
import { html } from '../common/html.js';
import { sumOf } from './desk.js';

/** @typedef {import('./desk.js').Desk} Desk */
/** @typedef {import('./desk.js').Row} Row */
/** @typedef {import('./desk.js').Stock} Stock */

const columns = 7;

/** @param {{ on: Desk }} props */
export function Levels({ on }) {
  const wanted = on.filter.value.trim().toLowerCase();
  const rows = on.rows.value.filter((row) => row.sku.toLowerCase().includes(wanted) || row.title.toLowerCase().includes(wanted));
  return html`<div class="scroller"><table>
    <caption class="visually-hidden">Levels per SKU</caption>
    <thead><tr><th scope="col">Product</th><th scope="col">On hand</th><th scope="col">Held</th><th scope="col">Committed</th><th scope="col">Available</th><th scope="col">State</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
    <tbody>
      ${rows.map((row) => html`<${LevelRow} key=${row.sku} on=${on} row=${row} />`)}
      ${rows.length === 0 && html`<tr><td colspan=${columns} class="nothing">${wanted === '' ? 'No products yet. Type an SKU above and receive its first units.' : 'Nothing on the desk matches.'}</td></tr>`}
    </tbody>
    <${Totals} on=${on} />
  </table></div>`;
}

/** @param {{ on: Desk }} props */
function Totals({ on }) {
  const sum = on.totals.value;
  return html`<tfoot><tr><th scope="row">All products</th>${[sum.onHand, sum.held, sum.committed, sum.available].map((units, index) => html`<td key=${index} class="number">${units.toLocaleString()}</td>`)}<td></td><td></td></tr></tfoot>`;
}

/** @param {{ on: Desk, row: Row }} props */
function LevelRow({ on, row }) {
  const stock = on.stockOf(row.sku).value;
  const open = on.opened.value === row.sku;
  const sum = stock === null ? null : sumOf(stock.levels);
  const toggle = () => (on.opened.value = open ? null : row.sku);
  return html`<tr data-sku=${row.sku} class=${open ? 'open' : ''}>
      <th scope="row"><div class="product">${row.pictureUrl === null ? html`<span class="thumb"></span>` : html`<img class="thumb" src=${row.pictureUrl} alt="" width="40" height="40" loading="lazy" />`}<span>${row.title}<small>${row.sku}</small></span></div></th>
      ${cells(sum)}
      <td><${State} stock=${stock} /></td>
      <td class="end"><button type="button" class="button quiet small" aria-expanded=${open} onClick=${toggle}>${open ? 'Close' : 'Change'}</button></td>
    </tr>
    ${open && html`<tr class="detail"><td colspan=${columns}><${Detail} on=${on} sku=${row.sku} stock=${stock} /></td></tr>`}`;
}

/** @param {import('./desk.js').Sums | null} sum */
function cells(sum) {
  const names = /** @type {const} */ (['onHand', 'held', 'committed', 'available']);
  return names.map(
    (name) =>
      html`<td key=${name} class=${name === 'available' && sum !== null && sum.available < 0 ? 'number bad' : 'number'} data-level=${name}>${sum === null ? '–' : sum[name].toLocaleString()}</td>`,
  );
}

/** @param {{ stock: Stock | null }} props */
function State({ stock }) {
  if (stock === null) return html`<span class="state">No stock yet</span>`;
  if (stock.shortfall > 0) return html`<span class="state bad">${stock.shortfall} short</span>`;
  if (stock.paused) return html`<span class="state low">Paused</span>`;
  return stock.available === 0 ? html`<span class="state bad">Sold out</span>` : html`<span class="state good">On sale</span>`;
}

/** @param {{ on: Desk, sku: string, stock: Stock | null }} props */
function Detail({ on, sku, stock }) {
  const message = on.messages.value[sku];
  const working = on.busy.value.has(sku);
  return html`<div class="forms">
    <${ReceiveForm} on=${on} sku=${sku} working=${working} />
    ${stock !== null && html`<${AdjustForm} on=${on} sku=${sku} stock=${stock} working=${working} />`}
    ${
      stock !== null &&
      html`<div class="pause"><button type="button" class="button quiet" disabled=${working} onClick=${() => on.setPaused(sku, !stock.paused)}>${stock.paused ? 'Resume sales' : 'Pause sales'}</button>
      <p>${stock.paused ? 'No new holds are taken. Those that exist can be bought or released.' : 'Takes no new holds until resumed.'}</p></div>`
    }
  </div>
  ${message !== undefined && html`<p class=${message.good ? 'message done' : 'message'} role=${message.good ? 'status' : 'alert'}>${message.text}</p>`}
  ${stock !== null && html`<${ByLocation} on=${on} stock=${stock} />`}`;
}

/** @param {{ on: Desk, sku: string, working: boolean }} props */
function ReceiveForm({ on, sku, working }) {
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (await on.receive(sku, form.place.value, Number(form.quantity.value))) form.quantity.value = '';
  };
  return html`<form data-form="receive" onSubmit=${submit}><h3>Receive</h3>
    <label>Units <input class="field" name="quantity" type="number" min="1" max="1000000" step="1" required placeholder="12" /></label>
    <label>At <${Places} on=${on} /></label>
    <button class="button" disabled=${working}>Receive</button></form>`;
}

/** @param {{ on: Desk, sku: string, stock: Stock, working: boolean }} props */
function AdjustForm({ on, sku, stock, working }) {
  /** @param {any} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (await on.adjust(sku, form.place.value, Number(form.delta.value), form.reason.value, stock.countVersion)) form.delta.value = '';
  };
  return html`<form data-form="adjust" onSubmit=${submit}><h3>Correct the count</h3>
    <label>By <input class="field" name="delta" type="number" step="1" required placeholder="-2" /></label>
    <label>At <${Places} on=${on} /></label>
    <label>Because <input class="field" name="reason" maxlength="200" required placeholder="stocktake" /></label>
    <button class="button" disabled=${working}>Correct</button></form>`;
}

/** @param {{ on: Desk }} props */
function Places({ on }) {
  return html`<select class="field" name="place">${on.locations.value.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}</select>`;
}

/** @param {{ on: Desk, stock: Stock }} props */
function ByLocation({ on, stock }) {
  const placeNames = new Map(on.locations.value.map(({ id, name }) => [id, name]));
  const names = /** @type {const} */ (['onHand', 'available', 'held', 'committed', 'allotted', 'damaged', 'safetyStock', 'incoming']);
  const titles = {
    onHand: 'On hand',
    available: 'Available',
    held: 'Held',
    committed: 'Committed',
    allotted: 'Allotted',
    damaged: 'Damaged',
    safetyStock: 'Safety stock',
    incoming: 'Incoming',
  };
  return html`<table class="places"><thead><tr><th scope="col">Location</th>${names.map((name) => html`<th key=${name} scope="col">${titles[name]}</th>`)}</tr></thead>
    <tbody>${stock.levels.map((level) => html`<tr key=${level.location}><th scope="row">${placeNames.get(level.location) ?? level.location}</th>${names.map((name) => html`<td key=${name} class="number">${level[name].toLocaleString()}</td>`)}</tr>`)}</tbody></table>`;
}

const wantedSku = signal('');

/** @param {{ on: Desk }} props */
export function DeskBar({ on }) {
  /** @param {any} event */
  const add = (event) => {
    event.preventDefault();
    on.addRow(wantedSku.value.trim());
    wantedSku.value = '';
  };
  return html`<div class="bar-row">
    <label class="search"><span class="visually-hidden">Find a product</span><input class="field" type="search" placeholder="Find by name or SKU" value=${on.filter.value} onInput=${(/** @type {any} */ event) => (on.filter.value = event.currentTarget.value)} /></label>
    <form onSubmit=${add}><label><span class="visually-hidden">SKU</span><input class="field" placeholder="Another SKU…" maxlength="64" value=${wantedSku.value} onInput=${(/** @type {any} */ event) => (wantedSku.value = event.currentTarget.value)} /></label> <button class="button quiet">Put on the desk</button></form>
  </div>`;
}
