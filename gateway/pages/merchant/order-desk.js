/**
 * What the merchant's desk knows of orders and can do with them. Does not draw.
 *
 * O1. An opened order comes from its actor, its story and the list from the database, which may be a moment late.
 * O2. What an act has answered is shown at once; everything else is asked again after it.
 */
import { batch, computed, effect, signal } from '@preact/signals';
import { explain } from '../common/refusals.js';

/** @typedef {import('../../client/onhand-client.js').Api} Api */
/** @typedef {import('../../client/onhand-client.js').Order} Order */
/** @typedef {import('../../client/onhand-client.js').Money} Money */
/** @typedef {{ readonly orderId: string, readonly number: number | null, readonly status: string, readonly paymentStatus: string, readonly email: string, readonly total: Money | null, readonly captured: Money | null, readonly placedAt: string }} Summary */
/** @typedef {{ readonly eventId: string, readonly version: number, readonly type: string, readonly at: string, readonly cause: string | null, readonly payload: unknown }} StoryItem */
/** @typedef {{ readonly text: string, readonly good: boolean }} Message */

const refreshMs = 2_500;
const findAfterMs = 200;
const rowsStep = 50;
/** What one answer may have. */
const rowsMax = 500;

export class OrderDesk {
  /** @param {Api} api @param {import('../../client/onhand-client.js').LiveConnection} live */
  constructor(api, live) {
    this.api = api;
    this.live = live;
    this.unwatch = () => {};
    live.on((event) => {
      if (event.type === 'order' && event.orderId === this.openedId.value && event.version > (this.opened.value?.version ?? -1))
        this.soon(0);
    });
    this.search = signal('');
    this.status = signal('');
    this.rowsWanted = signal(rowsStep);
    this.rows = signal(/** @type {readonly Summary[] | null} */ (null));
    this.hasMore = signal(false);
    this.openedId = signal(/** @type {string | null} */ (null));
    this.opened = signal(/** @type {Order | null} */ (null));
    this.story = signal(/** @type {readonly StoryItem[]} */ ([]));
    this.message = signal(/** @type {Message | null} */ (null));
    this.busy = signal(false);
    this.trouble = signal('');
    this.question = computed(() => questionOf(this.search.value, this.status.value, this.rowsWanted.value));
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Keeps the list as new as the database while it is looked at; returns the end of it. */
  follow() {
    const endOfQuestions = effect(() => {
      void this.question.value;
      this.soon(findAfterMs);
    });
    void this.refresh();
    return () => {
      endOfQuestions();
      clearTimeout(this.timer);
    };
  }

  /** @param {number} ms */
  soon(ms) {
    clearTimeout(this.timer);
    const timer = setTimeout(async () => {
      await this.refresh();
      if (this.timer === timer) this.soon(refreshMs);
    }, ms);
    this.timer = timer;
  }

  async refresh() {
    const asked = this.question.value;
    const answer = await this.api.call({ method: 'GET', path: asked });
    if (asked !== this.question.value) return; // somebody has typed on
    batch(() => {
      this.trouble.value = explain(answer);
      if (!answer.ok) return;
      const page = /** @type {{ items: Summary[], next: string | null }} */ (answer.body);
      this.rows.value = page.items;
      this.hasMore.value = page.next !== null && this.rowsWanted.value < rowsMax;
    });
    await this.readOpened();
  }

  more() {
    this.rowsWanted.value = Math.min(rowsMax, this.rowsWanted.value + rowsStep);
  }

  /** @param {string | null} orderId */
  open(orderId) {
    this.unwatch();
    this.unwatch = orderId === null ? () => {} : this.live.watchOrder(orderId);
    batch(() => {
      this.openedId.value = orderId;
      this.opened.value = null;
      this.story.value = [];
      this.message.value = null;
    });
    void this.readOpened();
  }

  async readOpened() {
    const orderId = this.openedId.value;
    if (orderId === null) return;
    const [order, story] = await Promise.all([
      this.api.call({ method: 'GET', path: `/v1/orders/${orderId}` }),
      this.api.call({ method: 'GET', path: `${adminPath(orderId)}/timeline?limit=200` }),
    ]);
    if (this.openedId.value !== orderId) return;
    batch(() => {
      if (order.ok) this.take(/** @type {Order} */ (order.body));
      if (story.ok) this.story.value = /** @type {{ items: StoryItem[] }} */ (story.body).items;
    });
  }

  /** @param {readonly import('../../client/onhand-client.js').HoldLine[] | null} lines @param {{ carrier: string, number: string } | null} tracking */
  ship(lines, tracking) {
    return this.act('fulfil', { ...(lines === null ? {} : { lines }), ...(tracking === null ? {} : { tracking }) }, 'Shipped.');
  }

  /** @param {string} shipmentId */
  deliver(shipmentId) {
    return this.act('deliver', { shipmentId }, 'Delivered.');
  }

  /** @param {string} returnId @param {'restock' | 'damaged'} condition @param {string} location */
  receiveReturn(returnId, condition, location) {
    return this.act(
      'receive-return',
      { returnId, condition, location },
      condition === 'restock' ? 'Back in stock.' : 'Put down as damaged.',
    );
  }

  /** @param {Money | null} amount @param {string} reason */
  refund(amount, reason) {
    return this.act('refund', { ...(amount === null ? {} : { amount }), reason }, 'Refunded.');
  }

  /** @param {string} refundId */
  retryRefund(refundId) {
    return this.act(`refunds/${encodeURIComponent(refundId)}/retry`, {}, 'On its way again.');
  }

  cancel() {
    return this.act('cancel', { reason: 'called off by the shop' }, 'Canceled.');
  }

  // --- inside ------------------------------------------------------------------------------------------

  /** @param {Order} order */
  take(order) {
    if (this.opened.value === null || order.version >= this.opened.value.version) this.opened.value = order;
  }

  /** One act at a time; true if it was done.
   *  @param {string} what @param {unknown} body @param {string} done */
  async act(what, body, done) {
    const orderId = this.openedId.value;
    if (this.busy.value || orderId === null) return false;
    this.busy.value = true;
    const path = what === 'cancel' ? `/v1/orders/${orderId}/cancel` : `${adminPath(orderId)}/${what}`;
    const answer = await this.api.call({ method: 'POST', path, body, intent: `${what}:${orderId}` });
    batch(() => {
      this.busy.value = false;
      this.message.value = { text: answer.ok ? done : explain(answer), good: answer.ok };
      if (answer.ok && this.openedId.value === orderId) this.take(/** @type {Order} */ (answer.body)); // O2
    });
    this.soon(0);
    return answer.ok;
  }
}

/** @param {string} orderId */
function adminPath(orderId) {
  return `/v1/admin/orders/${orderId}`;
}

/** @param {string} search @param {string} status @param {number} limit */
function questionOf(search, status, limit) {
  const query = new URLSearchParams({ limit: String(limit) });
  if (search.trim() !== '') query.set('search', search.trim());
  if (status !== '') query.set('status', status);
  return `/v1/admin/orders?${query}`;
}
