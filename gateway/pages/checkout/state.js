/**
 * What the checkout knows and does: the basket, the quote that follows the form, and the one order that comes of it.
 *
 * C1. What is ordered is what is held: a line takes over the units of a hold of one product (lines.js).
 * C2. The buyer pays the total that was shown, or is asked again.
 * C3. One order at a time: while one is on its way nothing else is sent, and after one whose outcome is not known
 *     nothing is sent but the question what became of it, under its own key.
 */
import { batch, computed, effect, signal } from '@preact/signals';
import { createClient } from 'onhand-client';
import { readBoot } from '../common/boot.js';
import { titleOfGood, wantGoods } from '../common/goods.js';
import { goToBank } from '../common/bank.js';
import { explain } from '../common/refusals.js';
import { addressOf, draft, fillIn, forgetBasketChoices } from './draft.js';
import { orderLinesOf } from './lines.js';

/** @typedef {import('../../client/onhand-client.js').Answer<any>} AnyAnswer */
/** @typedef {{ readonly id: string, readonly name: string, readonly price: import('../../client/onhand-client.js').Money, readonly promise: string }} ShippingOption */
/** @typedef {import('../../client/onhand-client.js').Sums & { readonly lines: readonly { readonly sku: string, readonly quantity: number, readonly title: string, readonly total: import('../../client/onhand-client.js').Money }[], readonly shippingOptions: readonly ShippingOption[] }} Quote */

const quoteAfterMs = 200;
const tickMs = 500;

export const boot = readBoot();
export const client = createClient({ origin: '', key: boot.publishableKey, serverTime: boot.serverTime });

export const holds = signal(client.holds.list());
export const nowMs = signal(client.clock.nowMs());
export const quote = signal(/** @type {Quote | null} */ (null));
export const quoteMessage = signal('');
export const codeMessage = signal('');
export const placeMessage = signal(/** @type {{ readonly text: string, readonly waiting: boolean } | null} */ (null));
export const placing = signal(false);
/** It was sent, and nobody knows yet what became of it. */
export const unresolved = signal(false);
/** What an earlier load of this page has left open is looked into; until then nothing is offered. */
export const findingOut = signal(true);

export const liveHolds = computed(() => holds.value.filter((hold) => hold.status === 'held'));
/** One line per SKU, as the quote has them. */
const wanted = computed(() => {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { sku, quantity } of liveHolds.value.flatMap((hold) => hold.lines)) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
});

const question = computed(() => {
  const { codes, country, region, postalCode, shippingMethod } = draft.value;
  return JSON.stringify({
    lines: wanted.value,
    codes,
    destination: { country, ...(region.trim() === '' ? {} : { region: region.trim() }), postalCode: postalCode.trim() },
    ...(shippingMethod === '' ? {} : { shippingMethod }),
  });
});

export async function open() {
  client.holds.on(showHolds);
  setInterval(tick, tickMs);
  if (await findOut()) return;
  if (!unresolved.value) await client.holds.refresh();
  batch(() => {
    showHolds();
    findingOut.value = false;
  });
  effect(() => {
    void wantGoods(
      client.api,
      wanted.value.map((line) => line.sku),
    );
  });
  effect(askSoon);
}

/** With the time of now: a countdown that begins with the last look at the clock promises more than there is. */
function showHolds() {
  batch(() => {
    nowMs.value = client.clock.nowMs();
    holds.value = client.holds.list();
  });
}

function tick() {
  client.holds.expire();
  nowMs.value = client.clock.nowMs();
}

let newestQuestion = '';
/** @type {ReturnType<typeof setTimeout> | undefined} */
let askTimer;

function askSoon() {
  const asked = question.value;
  newestQuestion = asked;
  clearTimeout(askTimer);
  if (wanted.value.length > 0) askTimer = setTimeout(() => void askQuote(asked), quoteAfterMs);
}

export function askAgain() {
  void askQuote(newestQuestion);
}

/** @param {string} asked */
async function askQuote(asked) {
  const answer = /** @type {import('../../client/onhand-client.js').Answer<Quote>} */ (
    await client.api.call({ method: 'POST', path: '/v1/quotes', body: JSON.parse(asked) })
  );
  if (asked !== newestQuestion) return; // the buyer has gone on
  if (answer.ok) {
    batch(() => {
      quote.value = answer.body;
      quoteMessage.value = '';
    });
    return;
  }
  if (refusesCode(answer)) return dropCode(answer);
  if (isOtherMethod(answer)) return fillIn({ shippingMethod: '' }); // which asks again
  batch(() => {
    quote.value = null;
    quoteMessage.value = explain(answer, nameIn(answer));
  });
}

const codeRefusals = new Set(['code_invalid', 'coupon_unknown', 'coupon_inactive', 'coupon_used_up', 'coupon_buyer_limit']);

/** @param {AnyAnswer} answer */
function refusesCode(answer) {
  return !answer.ok && answer.kind === 'refused' && codeRefusals.has(answer.problem.code);
}

/** @param {AnyAnswer} answer */
function isOtherMethod(answer) {
  return !answer.ok && answer.kind === 'refused' && answer.problem.why === 'method_not_offered';
}

/** @param {AnyAnswer} answer */
function dropCode(answer) {
  const { codes } = draft.value;
  const bad = !answer.ok && answer.kind === 'refused' ? String(answer.problem.discountCode ?? codes.at(-1)) : '';
  batch(() => {
    codeMessage.value = explain(answer);
    fillIn({ codes: codes.filter((code) => code !== bad) });
  });
}

/** @param {string} text */
export function addCode(text) {
  const code = text.trim().toUpperCase();
  codeMessage.value = '';
  if (code !== '' && !draft.value.codes.includes(code)) fillIn({ codes: [...draft.value.codes, code] });
}

/** @param {string} code */
export function removeCode(code) {
  fillIn({ codes: draft.value.codes.filter((one) => one !== code) });
}

/** Asks under the keys of what is still open. True: there is an order, and the page leaves for it. */
async function findOut() {
  const resumed = await client.api.resumeUnresolved();
  const [orderId] = client.orders.note(resumed);
  if (orderId !== undefined) leaveFor(orderId);
  const checkout = resumed.findLast(({ intent }) => intent === 'checkout')?.answer;
  batch(() => {
    unresolved.value = checkout !== undefined && !checkout.ok && checkout.kind === 'unresolved';
    if (checkout !== undefined && !checkout.ok) tellPlaced(checkout);
  });
  return orderId !== undefined;
}

export async function place() {
  if (placing.value || (quote.value === null && !unresolved.value)) return; // C3
  placing.value = true;
  placeMessage.value = null;
  try {
    if (unresolved.value || quote.value === null) {
      await findOut();
      return;
    }
    const { lines, others } = orderLinesOf(liveHolds.value); // C1
    const body = bodyOf(lines, quote.value);
    let answer = await client.orders.checkout(body);
    if (others.length > 0 && isShort(answer)) {
      await releaseAll(others);
      answer = await client.orders.checkout(body);
    } else if (answer.ok) await releaseAll(others);
    await done(answer);
  } finally {
    placing.value = false;
  }
}

/** @param {readonly import('../../client/onhand-client.js').HoldRecord[]} held */
async function releaseAll(held) {
  for (const { holdId } of held) await client.holds.release(holdId);
}

/** What the sets themselves hold may be what is missing.
 *  @param {AnyAnswer} answer */
function isShort(answer) {
  return !answer.ok && answer.kind === 'refused' && ['insufficient_stock', 'buyer_cap_exceeded'].includes(answer.problem.code);
}

/** @param {readonly (import('../../client/onhand-client.js').HoldLine & { absorbs?: string })[]} lines @param {Quote} shown
 *  @returns {import('../../client/onhand-client.js').CheckoutBody} */
function bodyOf(lines, shown) {
  const { email, codes, card } = draft.value;
  return {
    lines,
    ...(codes.length === 0 ? {} : { codes }),
    email: email.trim(),
    shippingAddress: addressOf(draft.value),
    shippingMethod: shown.shippingMethod,
    paymentMethod: card,
    expectedTotal: shown.total, // C2
    returnUrl: `${location.origin}/orders`,
  };
}

/** @param {import('../../client/onhand-client.js').Answer<import('../../client/onhand-client.js').Order>} answer */
async function done(answer) {
  unresolved.value = !answer.ok && answer.kind === 'unresolved';
  if (unresolved.value) return tellPlaced(answer);
  await client.holds.refresh(); // what was taken over is no longer held
  if (answer.ok) {
    forgetBasketChoices();
    const { orderId, nextAction } = answer.body;
    return nextAction === undefined ? leaveFor(orderId) : goToBank(orderId, nextAction.url);
  }
  if (answer.kind === 'refused' && answer.problem.code === 'payment_failed') return leaveFor(String(answer.problem.orderId));
  if (refusesCode(answer)) return dropCode(answer);
  if (answer.kind === 'refused' && answer.problem.code === 'price_changed' && quote.value !== null)
    quote.value = { ...quote.value, .../** @type {any} */ (answer.problem) };
  else if (answer.kind === 'refused') askAgain();
  tellPlaced(answer);
}

/** @param {AnyAnswer} answer */
function tellPlaced(answer) {
  placeMessage.value = { text: explain(answer, nameIn(answer)), waiting: unresolved.value };
}

/** @param {AnyAnswer} answer */
function nameIn(answer) {
  return !answer.ok && answer.kind === 'refused' && typeof answer.problem.sku === 'string' ? titleOfGood(answer.problem.sku) : '';
}

/** @param {string} orderId */
function leaveFor(orderId) {
  location.assign(`/orders/${encodeURIComponent(orderId)}`);
}
