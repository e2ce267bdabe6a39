/**
 * What the pages of orders know and do. Does not draw.
 *
 * S1. What an order is comes from the server only; an act shows what the server has answered to it.
 * S2. One act at a time per order: a second press while one is on its way does nothing.
 */
import { batch, computed, signal } from '@preact/signals';
import { createClient } from 'onhand-client';
import { backFromBank, goToBank } from '../common/bank.js';
import { readBoot } from '../common/boot.js';
import { connectionSignals } from '../common/connection.js';
import { titleOfGood, wantGoods } from '../common/goods.js';
import { explain } from '../common/refusals.js';

/** @typedef {import('../../client/onhand-client.js').Order} Order */
/** @typedef {import('../../client/onhand-client.js').Answer<Order>} OrderAnswer */

const tickMs = 1_000;
/** Of the list: each is asked for by itself. */
const shownMax = 20;

export const boot = readBoot();
export const client = createClient({ origin: '', key: boot.publishableKey, serverTime: boot.serverTime });

/** Null: the list of all is shown. */
export const orderId = idInPath();
export const connection = connectionSignals(client.live);
export const order = signal(/** @type {Order | null} */ (null));
export const trouble = signal('');
export const message = signal(/** @type {{ readonly text: string, readonly good: boolean } | null} */ (null));
export const busy = signal('');
export const nowMs = signal(client.clock.nowMs());

export const records = signal(client.orders.list());
/** @type {import('@preact/signals').Signal<ReadonlyMap<string, Order>>} */
export const known = signal(new Map());

/** Units that were shipped, are not back and were not asked to come back.
 *  @type {import('@preact/signals').ReadonlySignal<readonly { sku: string, title: string, left: number }[]>} */
export const returnable = computed(() => {
  const shown = order.value;
  if (shown === null) return [];
  const asked = shown.returns.filter((one) => one.status === 'requested').flatMap((one) => one.lines);
  return shown.lines.flatMap(({ sku, title = sku, shipped, returned }) => {
    const left = shipped - returned - unitsOf(asked, sku);
    return left > 0 ? [{ sku, title, left }] : [];
  });
});

/** @type {import('../../client/onhand-client.js').Following | null} */
let following = null;

export async function open() {
  const back = backFromBank();
  if (orderId === null && back !== null) return location.replace(`/orders/${encodeURIComponent(back)}`);
  if (orderId === null) return openList();
  setInterval(() => {
    nowMs.value = client.clock.nowMs();
  }, tickMs);
  await client.api.ensureBuyer(); // so that a stranger hears what there is to say to strangers
  following = client.orders.follow(orderId, take);
  client.live.start();
  void client.api.resumeUnresolved().then((resumed) => {
    client.orders.note(resumed);
    if (resumed.length > 0) following?.askNow();
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') following?.askNow();
  });
}

async function openList() {
  client.orders.note(await client.api.resumeUnresolved());
  records.value = client.orders.list().slice(0, shownMax);
  client.orders.on(() => {
    records.value = client.orders.list().slice(0, shownMax);
    void readAll();
  });
  await readAll();
}

async function readAll() {
  await Promise.all(
    records.value.map(async (record) => {
      const answer = await client.orders.read(record.orderId);
      if (answer.ok) known.value = new Map(known.value).set(record.orderId, answer.body);
    }),
  );
}

/** @param {OrderAnswer} answer */
function take(answer) {
  batch(() => {
    if (answer.ok) {
      if (order.value?.status !== answer.body.status) message.value = null; // it was about what is over now
      order.value = answer.body;
      trouble.value = '';
    } else if (answer.kind === 'refused' || order.value === null) trouble.value = explain(answer);
  });
  if (!answer.ok) return;
  void wantGoods(
    client.api,
    answer.body.lines.map((line) => line.sku),
  );
}

/** @param {string} card */
export function pay(card) {
  return act('pay', async (id) => {
    const answer = await client.orders.pay(id, card, `${location.origin}/orders/${encodeURIComponent(id)}`);
    if (answer.ok && answer.body.nextAction !== undefined) goToBank(id, answer.body.nextAction.url);
    return answer;
  });
}

/** @param {string} url */
export function continueAtBank(url) {
  if (orderId !== null) goToBank(orderId, url);
}

export function cancel() {
  return act('cancel', (id) => client.orders.cancel(id));
}

/** @param {readonly import('../../client/onhand-client.js').HoldLine[]} lines @param {string} reason */
export function requestReturn(lines, reason) {
  return act(
    'return',
    (id) => client.orders.requestReturn(id, lines, reason),
    'Asked for. Send it back: the money returns when it has arrived.',
  );
}

/** True: it was done.
 *  @param {string} what @param {(id: string) => Promise<OrderAnswer>} run @param {string} [done] */
async function act(what, run, done) {
  if (busy.value !== '' || orderId === null) return false; // S2
  busy.value = what;
  message.value = null;
  const answer = await run(orderId);
  if (answer.ok) following?.take(answer.body); // S1
  batch(() => {
    busy.value = '';
    if (!answer.ok) message.value = { text: explain(answer, nameIn(answer)), good: false };
    else if (done !== undefined) message.value = { text: done, good: true };
  });
  following?.askNow();
  return answer.ok;
}

/** @param {OrderAnswer} answer */
function nameIn(answer) {
  return !answer.ok && answer.kind === 'refused' && typeof answer.problem.sku === 'string' ? titleOfGood(answer.problem.sku) : '';
}

/** @param {readonly import('../../client/onhand-client.js').HoldLine[]} lines @param {string} sku */
function unitsOf(lines, sku) {
  return lines.filter((line) => line.sku === sku).reduce((sum, line) => sum + line.quantity, 0);
}

function idInPath() {
  const [, , id] = location.pathname.split('/');
  return id === undefined || id === '' ? null : decodeURIComponent(id);
}
