/**
 * What the storefront knows, as signals. Components read from here; `holding.js` acts. Owns the client.
 *
 * S1. Stock shown comes from the live socket only, so one product never shows two truths.
 * S2. Time shown is the server's, ticking on this side between answers.
 */
import { batch, computed, signal } from '@preact/signals';
import { createClient } from 'onhand-client';
import { readBoot } from '../common/boot.js';
import { connectionSignals } from '../common/connection.js';

/** @typedef {{ readonly sku: string, readonly title: string, readonly description: string, readonly price: { readonly amountMinor: number, readonly currency: string }, readonly pictureUrl: string }} Product */
/** `unknown`: on the shelf list, but its first units have not come in yet.
 *  @typedef {{ readonly item: import('../../client/onhand-client.js').StockItem | null, readonly changes: number, readonly unknown?: boolean }} Shown */
/** @typedef {{ readonly text: string, readonly waiting: boolean }} Message */

const tickMs = 250;
/** What one socket may watch. */
const productsMax = 1_000;

export const boot = readBoot();
export const client = createClient({ origin: '', key: boot.publishableKey, serverTime: boot.serverTime });
export const connection = connectionSignals(client.live);

export const products = signal(/** @type {readonly Product[] | null} */ (null));
export const loadFailed = signal(false);
export const holds = signal(client.holds.list());
export const orders = signal(client.orders.list());
export const nowMs = signal(client.clock.nowMs());
/** Quantity chosen on each card. */
export const quantities = signal(/** @type {Readonly<Record<string, number>>} */ ({}));
/** SKUs put together to be held all or none, with their quantities at that moment. */
export const bundle = signal(/** @type {ReadonlyMap<string, number>} */ (new Map()));
/** By SKU, hold id, or `bundle`. */
export const messages = signal(/** @type {Readonly<Record<string, Message>>} */ ({}));
export const busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));
/** Read out to those who cannot see the page change. */
export const announcement = signal('');
/** Seconds a new hold lasts. */
export const holdForSeconds = signal(600);

export const productBySku = computed(() => new Map((products.value ?? []).map((product) => [product.sku, product])));
export const liveHolds = computed(() =>
  holds.value.filter((hold) => ['held', 'asking', 'committing', 'releasing', 'expiring'].includes(hold.status)),
);
export const lapsedHolds = computed(() => holds.value.filter((hold) => hold.status === 'expired'));
export const boughtHolds = computed(() => holds.value.filter((hold) => hold.status === 'committed' || hold.status === 'fulfilled'));

/** @type {Map<string, import('@preact/signals').Signal<Shown>>} */
const stock = new Map();

/** One signal per product, so that a change draws one card and not fifty.
 *  @param {string} sku */
export function stockOf(sku) {
  let shown = stock.get(sku);
  if (shown === undefined) {
    shown = signal({ item: client.live.item(sku), changes: 0 });
    stock.set(sku, shown);
  }
  return shown;
}

/** @param {string} sku */
export function titleOf(sku) {
  return productBySku.value.get(sku)?.title ?? sku;
}

/** @param {string} key @param {Message | null} message */
export function tell(key, message) {
  const { [key]: _, ...others } = messages.value;
  messages.value = message === null ? others : { ...others, [key]: message };
  if (message !== null) announcement.value = message.text;
}

/** @param {string} sku @param {number} quantity */
export function chooseQuantity(sku, quantity) {
  batch(() => {
    quantities.value = { ...quantities.value, [sku]: quantity };
    if (bundle.value.has(sku)) bundle.value = new Map(bundle.value).set(sku, quantity);
    tell(sku, null);
  });
}

/** @param {string} sku */
export function toggleBundle(sku) {
  const next = new Map(bundle.value);
  if (!next.delete(sku)) next.set(sku, quantities.value[sku] ?? 1);
  batch(() => {
    bundle.value = next;
    tell('bundle', null);
  });
}

export async function open() {
  client.live.on((event) => {
    if (event.type === 'items') showItems(event.items);
    if (event.type === 'unknown') showUnknown(event.skus);
    if (event.type === 'incarnation') forgetStock();
    if (event.type === 'complete' && event.resumed) void client.holds.refresh();
  });
  client.holds.on(showHolds);
  client.orders.on(() => {
    orders.value = client.orders.list();
  });
  setInterval(tick, tickMs);
  await loadProducts();
  void client.api.ensureBuyer(); // before it is needed: the first click should not have to wait for it
  void client.holds.refresh();
  void client.api.resumeUnresolved().then((resumed) => {
    client.orders.note(resumed);
    return client.holds.refresh();
  });
}

export async function loadProducts() {
  loadFailed.value = false;
  /** @type {Product[]} */
  const found = [];
  let path = '/v1/products?limit=200';
  while (found.length < productsMax) {
    const answer = await client.api.call({ method: 'GET', path });
    if (!answer.ok) {
      loadFailed.value = true;
      return;
    }
    const page = /** @type {{ items: Product[], next: string | null }} */ (answer.body);
    found.push(...page.items);
    if (page.next === null) break;
    path = `/v1/products?limit=200&cursor=${encodeURIComponent(page.next)}`;
  }
  const shown = found.slice(0, productsMax);
  products.value = shown;
  client.live.watch(shown.map((product) => product.sku));
  client.live.start();
}

/** @param {readonly import('../../client/onhand-client.js').StockItem[]} items */
function showItems(items) {
  batch(() => {
    for (const item of items) {
      const shown = stockOf(item.sku);
      const before = shown.value.item;
      const changed = before !== null && before.available !== item.available;
      shown.value = { item, changes: shown.value.changes + (changed ? 1 : 0) };
      if (changed && messages.value[item.sku]?.waiting === false) tell(item.sku, null);
    }
  });
}

/** @param {readonly string[]} skus */
function showUnknown(skus) {
  for (const sku of skus) stockOf(sku).value = { item: null, changes: 0, unknown: true };
}

/** Another incarnation of the shop: what was known belongs to a history that is no more. */
function forgetStock() {
  batch(() => {
    for (const shown of stock.values()) shown.value = { item: null, changes: shown.value.changes };
  });
}

/** With the time of now: a countdown that begins with the last look at the clock promises more than there is. */
export function showHolds() {
  batch(() => {
    nowMs.value = client.clock.nowMs();
    holds.value = client.holds.list();
  });
}

function tick() {
  const lapsing = liveHolds.value.filter((hold) => hold.status === 'held');
  if (client.holds.expire()) announceLapsed(lapsing);
  if (lapsing.length > 0) nowMs.value = client.clock.nowMs();
}

/** @param {readonly import('../../client/onhand-client.js').HoldRecord[]} before */
function announceLapsed(before) {
  const still = new Set(liveHolds.value.map((hold) => hold.holdId));
  const lapsed = before.filter((hold) => !still.has(hold.holdId));
  if (lapsed.length > 0)
    announcement.value = `Your hold of ${lapsed.flatMap((hold) => hold.lines.map((line) => titleOf(line.sku))).join(', ')} has expired.`;
}
