/**
 * What the merchant's desk knows and can do. Does not draw.
 *
 * D1. Levels come whole from `GET /v1/admin/stock/{sku}`; the live socket only says when to ask again.
 * D2. An answer older than what is shown is dropped.
 * D3. Corrections carry the count they were decided on (`If-Match`), so that two people do not correct one
 *     count twice.
 */
import { batch, computed, signal } from '@preact/signals';
import { createClient } from 'onhand-client';
import { connectionSignals } from '../common/connection.js';
import { explain } from '../common/refusals.js';
import { OrderDesk } from './order-desk.js';
import { OutsideDesk } from './outside-desk.js';
import { ReadQueue } from './read-queue.js';

/** @typedef {{ readonly location: string, readonly onHand: number, readonly available: number, readonly held: number, readonly committed: number, readonly allotted: number, readonly damaged: number, readonly safetyStock: number, readonly incoming: number }} Level */
/** @typedef {{ readonly sku: string, readonly available: number, readonly version: number, readonly countVersion: number, readonly paused: boolean, readonly levels: readonly Level[], readonly shortfall: number }} Stock */
/** @typedef {{ readonly sku: string, readonly title: string, readonly pictureUrl: string | null }} Row */
/** @typedef {{ readonly text: string, readonly good: boolean }} Message */
/** @typedef {{ readonly onHand: number, readonly held: number, readonly committed: number, readonly available: number }} Sums */

/** What one socket may watch. */
const rowsMax = 1_000;

export class Desk {
  /** @param {string} key @param {string} serverTime */
  constructor(key, serverTime) {
    this.client = createClient({ origin: '', key, withBuyer: false, serverTime });
    this.connection = connectionSignals(this.client.live);
    this.orders = new OrderDesk(this.client.api, this.client.live);
    this.outside = new OutsideDesk(this.client.api);
    this.rows = signal(/** @type {readonly Row[]} */ ([]));
    this.locations = signal(/** @type {readonly { readonly id: string, readonly name: string }[]} */ ([]));
    this.messages = signal(/** @type {Readonly<Record<string, Message>>} */ ({}));
    this.busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));
    this.filter = signal('');
    this.opened = signal(/** @type {string | null} */ (null));
    /** @type {Map<string, import('@preact/signals').Signal<Stock | null>>} */
    this.stock = new Map();
    this.reads = new ReadQueue((sku) => this.readStock(sku));
    this.totals = computed(() => sumOf(this.rows.value.flatMap((row) => this.stockOf(row.sku).value?.levels ?? [])));
  }

  async open() {
    const answer = await this.client.api.call({ method: 'GET', path: '/v1/admin/locations' });
    if (!answer.ok) return answer;
    this.locations.value = /** @type {{ items: { id: string, name: string }[] }} */ (answer.body).items;
    const listed = await this.listProducts();
    if (!listed.ok) return listed;
    this.client.live.on((event) => {
      if (event.type === 'items') for (const item of event.items) this.reads.want(item.sku); // D1
      if (event.type === 'incarnation') for (const one of this.stock.values()) one.value = null;
    });
    this.watch(this.rows.value.map((row) => row.sku));
    this.client.live.start();
    return listed;
  }

  close() {
    this.client.live.close();
  }

  /** One signal per SKU, so that a change draws one row.
   *  @param {string} sku */
  stockOf(sku) {
    let found = this.stock.get(sku);
    if (found === undefined) {
      found = signal(/** @type {Stock | null} */ (null));
      this.stock.set(sku, found);
    }
    return found;
  }

  /** Any SKU may be put on the desk, also one without a page in the shop, or one that does not exist yet.
   *  @param {string} sku */
  addRow(sku) {
    if (sku === '' || this.rows.value.length >= rowsMax) return;
    if (!this.rows.value.some((row) => row.sku === sku)) {
      this.rows.value = [{ sku, title: sku, pictureUrl: null }, ...this.rows.value];
      this.watch([sku]);
    }
    batch(() => {
      this.filter.value = '';
      this.opened.value = sku;
    });
  }

  /** @param {string} sku @param {string} location @param {number} quantity */
  receive(sku, location, quantity) {
    return this.act(sku, 'Receive', { method: 'POST', path: '/v1/admin/stock/receive', body: { sku, location, quantity } });
  }

  /** @param {string} sku @param {string} location @param {number} delta @param {string} reason @param {number} countVersion */
  adjust(sku, location, delta, reason, countVersion) {
    const headers = { 'if-match': `"${countVersion}"` }; // D3
    return this.act(sku, 'Correct', { method: 'POST', path: '/v1/admin/stock/adjust', body: { sku, location, delta, reason }, headers });
  }

  /** @param {string} sku @param {boolean} paused */
  setPaused(sku, paused) {
    return this.act(sku, paused ? 'Pause' : 'Resume', {
      method: 'POST',
      path: `${stockPath(sku)}/${paused ? 'pause' : 'resume'}`,
      body: {},
    });
  }

  // --- inside ------------------------------------------------------------------------------------------

  async listProducts() {
    /** @type {Row[]} */
    const found = [];
    let path = '/v1/products?limit=200';
    for (;;) {
      const answer = await this.client.api.call({ method: 'GET', path });
      if (!answer.ok) return answer;
      const page = /** @type {{ items: Row[], next: string | null }} */ (answer.body);
      found.push(...page.items);
      this.rows.value = found.slice(0, rowsMax);
      if (page.next === null || found.length >= rowsMax) return answer;
      path = `/v1/products?limit=200&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  /** @param {readonly string[]} skus */
  watch(skus) {
    if (skus.length > 0) this.client.live.watch(skus);
    for (const sku of skus) this.reads.want(sku);
  }

  /** @param {string} sku */
  async readStock(sku) {
    const answer = await this.client.api.call({ method: 'GET', path: stockPath(sku) });
    if (answer.ok) this.take(/** @type {Stock} */ (answer.body));
  }

  /** @param {Stock} next */
  take(next) {
    const shown = this.stockOf(next.sku);
    if (shown.value === null || next.version >= shown.value.version) shown.value = next; // D2
  }

  /** One act at a time per SKU; true if it was done.
   *  @param {string} sku @param {string} what @param {import('../../client/onhand-client.js').Call} call */
  async act(sku, what, call) {
    if (this.busy.value.has(sku)) return false;
    this.busy.value = new Set(this.busy.value).add(sku);
    const answer = await this.client.api.call({ ...call, intent: `${what}:${sku}` });
    if (answer.ok) this.take(/** @type {Stock} */ (answer.body));
    else this.reads.want(sku);
    const left = new Set(this.busy.value);
    left.delete(sku);
    batch(() => {
      this.busy.value = left;
      this.messages.value = {
        ...this.messages.value,
        [sku]: { text: answer.ok ? `${what}: done.` : explain(answer, sku), good: answer.ok },
      };
    });
    return answer.ok;
  }
}

/** @param {string} sku */
function stockPath(sku) {
  return `/v1/admin/stock/${encodeURIComponent(sku)}`;
}

/** Over all locations.
 *  @param {readonly Level[]} levels @returns {Sums} */
export function sumOf(levels) {
  const sum = { onHand: 0, held: 0, committed: 0, available: 0 };
  for (const level of levels) {
    sum.onHand += level.onHand;
    sum.held += level.held;
    sum.committed += level.committed;
    sum.available += level.available;
  }
  return sum;
}
