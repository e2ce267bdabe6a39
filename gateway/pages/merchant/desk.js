/**
 * What the merchant's desk knows and can do. The secret key stays in this tab: sessionStorage, never
 * localStorage, gone when the tab closes.
 *
 * D1. Levels come whole from `GET /v1/admin/stock/{sku}`; the live socket only says when to ask again.
 * D2. At most `readsAtOnceMax` levels are asked for at a time, and a newer wish for the same SKU waits.
 * D3. Adjustments carry the count they were decided on (`If-Match`), so two people do not correct one count twice.
 */
import { batch, computed, signal } from '@preact/signals';
import { createClient } from 'onhand-client';
import { readBoot } from '../common/boot.js';
import { connectionSignals } from '../common/connection.js';
import { explain } from '../common/refusals.js';

/** @typedef {{ readonly location: string, readonly onHand: number, readonly available: number, readonly held: number, readonly committed: number, readonly allotted: number, readonly damaged: number, readonly safetyStock: number, readonly incoming: number }} Level */
/** @typedef {{ readonly sku: string, readonly available: number, readonly version: number, readonly countVersion: number, readonly paused: boolean, readonly levels: readonly Level[], readonly shortfall: number }} Stock */
/** @typedef {{ readonly sku: string, readonly title: string, readonly pictureUrl: string | null }} Row */
/** @typedef {ReturnType<typeof deskOf>} Desk */

const keyName = 'onhand:secret-key';
const readsAtOnceMax = 8;
const rowsMax = 1_000;

export const boot = readBoot();
export const desk = signal(/** @type {Desk | null} */ (null));
export const signInMessage = signal('');
export const signingIn = signal(false);

export async function resumeSession() {
  const key = sessionStorage.getItem(keyName);
  if (key !== null) await signIn(key);
}

/** @param {string} key */
export async function signIn(key) {
  signInMessage.value = '';
  if (!key.startsWith('sk_')) {
    signInMessage.value = 'A secret key starts with sk_. It is in keys.json of the data folder.';
    return;
  }
  signingIn.value = true;
  const next = deskOf(key);
  const answer = await next.open();
  signingIn.value = false;
  if (!answer.ok) {
    sessionStorage.removeItem(keyName);
    signInMessage.value = explain(answer);
    return;
  }
  sessionStorage.setItem(keyName, key);
  desk.value = next;
}

export function signOut() {
  sessionStorage.removeItem(keyName);
  desk.value?.close();
  desk.value = null;
}

/** @param {string} key */
function deskOf(key) {
  const client = createClient({ origin: '', key, withBuyer: false, serverTime: boot.serverTime });
  const rows = signal(/** @type {readonly Row[]} */ ([]));
  const locations = signal(/** @type {readonly { id: string, name: string }[]} */ ([]));
  const messages = signal(/** @type {Readonly<Record<string, { text: string, good: boolean }>>} */ ({}));
  const busy = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  const filter = signal('');
  const opened = signal(/** @type {string | null} */ (null));
  /** @type {Map<string, import('@preact/signals').Signal<Stock | null>>} */
  const stock = new Map();
  const reads = readQueue((sku) => readStock(sku));

  /** @param {string} sku */
  function stockOf(sku) {
    let found = stock.get(sku);
    if (found === undefined) {
      found = signal(/** @type {Stock | null} */ (null));
      stock.set(sku, found);
    }
    return found;
  }

  /** @param {string} sku */
  async function readStock(sku) {
    const answer = await client.api.call({ method: 'GET', path: stockPath(sku) });
    if (answer.ok) take(/** @type {Stock} */ (answer.body));
  }

  /** @param {Stock} next */
  function take(next) {
    const shown = stockOf(next.sku);
    if (shown.value === null || next.version >= shown.value.version) shown.value = next;
  }

  async function open() {
    const answer = await client.api.call({ method: 'GET', path: '/v1/admin/locations' });
    if (!answer.ok) return answer;
    locations.value = /** @type {{ items: { id: string, name: string }[] }} */ (answer.body).items;
    const listed = await listProducts();
    if (!listed.ok) return listed;
    client.live.on((event) => {
      if (event.type === 'items') for (const item of event.items) reads.want(item.sku); // D1
      if (event.type === 'incarnation') for (const one of stock.values()) one.value = null;
    });
    watch(rows.value.map((row) => row.sku));
    client.live.start();
    return listed;
  }

  async function listProducts() {
    /** @type {Row[]} */
    const found = [];
    let path = '/v1/products?limit=200';
    for (;;) {
      const answer = await client.api.call({ method: 'GET', path });
      if (!answer.ok) return answer;
      const page = /** @type {{ items: Row[], next: string | null }} */ (answer.body);
      found.push(...page.items);
      rows.value = found.slice(0, rowsMax);
      if (page.next === null || found.length >= rowsMax) return answer;
      path = `/v1/products?limit=200&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  /** @param {readonly string[]} skus */
  function watch(skus) {
    if (skus.length > 0) client.live.watch(skus);
    for (const sku of skus) reads.want(sku);
  }

  /** Any SKU may be put on the desk, also one without a page in the shop, or one that does not exist yet.
   *  @param {string} sku */
  function addRow(sku) {
    if (sku === '' || rows.value.length >= rowsMax) return;
    if (!rows.value.some((row) => row.sku === sku)) {
      rows.value = [{ sku, title: sku, pictureUrl: null }, ...rows.value];
      watch([sku]);
    }
    batch(() => {
      filter.value = '';
      opened.value = sku;
    });
  }

  /** @param {string} sku @param {string} what @param {import('onhand-client').Call} call */
  async function act(sku, what, call) {
    if (busy.value.has(sku)) return false;
    busy.value = new Set(busy.value).add(sku);
    const answer = await client.api.call({ ...call, intent: `${what}:${sku}` });
    if (answer.ok) take(/** @type {Stock} */ (answer.body));
    else reads.want(sku);
    const left = new Set(busy.value);
    left.delete(sku);
    batch(() => {
      busy.value = left;
      messages.value = { ...messages.value, [sku]: { text: answer.ok ? `${what}: done.` : explain(answer, sku), good: answer.ok } };
    });
    return answer.ok;
  }

  const totals = computed(() => {
    const sum = { onHand: 0, held: 0, committed: 0, available: 0 };
    for (const row of rows.value) {
      const levels = stockOf(row.sku).value?.levels ?? [];
      for (const level of levels) {
        sum.onHand += level.onHand;
        sum.held += level.held;
        sum.committed += level.committed;
        sum.available += level.available;
      }
    }
    return sum;
  });

  return {
    client,
    connection: connectionSignals(client.live),
    rows,
    locations,
    messages,
    busy,
    filter,
    opened,
    totals,
    stockOf,
    addRow,
    open,
    close: () => client.live.close(),
    /** @param {string} sku @param {string} location @param {number} quantity */
    receive: (sku, location, quantity) => act(sku, 'Receive', { method: 'POST', path: '/v1/admin/stock/receive', body: { sku, location, quantity } }),
    /** @param {string} sku @param {string} location @param {number} delta @param {string} reason @param {number} countVersion */
    adjust: (sku, location, delta, reason, countVersion) =>
      act(sku, 'Adjust', { method: 'POST', path: '/v1/admin/stock/adjust', body: { sku, location, delta, reason }, headers: { 'if-match': `"${countVersion}"` } }), // D3
    /** @param {string} sku @param {boolean} paused */
    setPaused: (sku, paused) => act(sku, paused ? 'Pause' : 'Resume', { method: 'POST', path: `${stockPath(sku)}/${paused ? 'pause' : 'resume'}`, body: {} }),
  };
}

/** @param {string} sku */
function stockPath(sku) {
  return `/v1/admin/stock/${encodeURIComponent(sku)}`;
}

/** Runs one read per SKU at a time, few at once; a wish that comes while its SKU is being read runs after (D2).
 *  @param {(sku: string) => Promise<void>} read */
function readQueue(read) {
  /** @type {Set<string>} */
  const wanted = new Set();
  /** @type {Set<string>} */
  const running = new Set();

  async function next() {
    const sku = [...wanted].find((one) => !running.has(one));
    if (sku === undefined || running.size >= readsAtOnceMax) return;
    wanted.delete(sku);
    running.add(sku);
    try {
      await read(sku);
    } finally {
      running.delete(sku);
      void next();
    }
  }

  return {
    /** @param {string} sku */
    want(sku) {
      wanted.add(sku);
      void next();
    },
  };
}
