/**
 * What to tell a person when the server says no, or nothing. One sentence each: what is, and what can be done.
 */
import { listed } from './format.js';

/** @typedef {import('../../client/onhand-client.js').Answer<unknown>} Answer */

/** Why a code does nothing here. @type {Record<string, string>} */
const codeWhy = {
  code_unknown: 'the shop has no such code',
  not_started: 'it is not valid yet',
  ended: 'it is no longer valid',
  other_currency: 'it is for another currency',
  subtotal_below_minimum: 'the basket is too small for it',
  no_matching_lines: 'it is for other products',
  no_shipping_to_pay: 'there is no shipping to pay',
  too_many_codes: 'these are too many codes',
};

/** @type {Record<string, string>} */
const addressWords = { name: 'name', line1: 'street', city: 'town', region: 'state', postalCode: 'postal code', country: 'country' };

/** @param {import('../../client/onhand-client.js').Problem} problem */
function whyNotThere(problem) {
  if (!Array.isArray(problem.missing)) return 'Nothing goes there from this shop.';
  return `The ${listed(problem.missing.map((field) => addressWords[field] ?? field))} of the address ${problem.missing.length === 1 ? 'is' : 'are'} needed for shipping and tax.`;
}

/** @type {Record<string, (problem: import('../../client/onhand-client.js').Problem, name: string) => string>} */
const sentences = {
  insufficient_stock: (problem, name) => {
    const available = Number(problem.available);
    if (available > 0) return `Only ${available} ${name === '' ? '' : `of ${name} `}left.`;
    return problem.final === true
      ? `${name || 'This'} is sold out.`
      : `${name || 'This'} is all held by others just now. Some may come back.`;
  },
  buyer_cap_exceeded: (problem) => `One buyer may have at most ${Number(problem.cap)}; you have ${Number(problem.has)}.`,
  sku_unknown: (_, name) => `${name || 'This'} is not on sale.`,
  sku_paused: (_, name) => `Sales of ${name || 'this'} are paused for a moment.`,
  store_paused: () => 'The shop takes no new holds just now.',
  hold_unknown: () => 'This hold is no longer known.',
  hold_ended: () => 'This hold has already ended.',
  hold_busy: () => 'This hold is being changed. Try again in a moment.',
  already_committed: () => 'This is already bought.',
  hold_life_exceeded: () => 'This hold cannot be made any longer.',
  quantity_invalid: () => 'That quantity is not possible.',
  payment_failed: (problem) => `${typeof problem.message === 'string' ? problem.message : 'The payment failed.'} No money was taken.`,
  price_changed: () => 'The price has changed meanwhile. Look at the new total: press again to buy at it.',
  price_unavailable: (problem, name) => `${name || problem.sku} has no price just now.`,
  shipping_unavailable: (problem) => whyNotThere(problem),
  code_invalid: (problem) =>
    `${problem.discountCode} cannot be used: ${codeWhy[String(problem.why)] ?? 'it does nothing for this basket'}.`,
  coupon_unknown: () => 'The shop has no such code.',
  coupon_inactive: () => 'This code is not valid now.',
  coupon_used_up: (problem) =>
    problem.final === false ? 'This code is all in use just now. Some may come back.' : 'This code is used up.',
  coupon_buyer_limit: () => 'You have used this code as often as one may.',
  payment_attempts_exceeded: () => 'Too many cards were tried for this order. Place it anew.',
  checkout_expired: () => 'That took too long, and everything was given back. Try again.',
  order_unknown: () => 'This order is not known, or it is not yours.',
  order_ended: () => 'This order has already ended.',
  already_shipped: () => 'It is already on its way. It can be sent back, not canceled.',
  not_shipped: () => 'Only what was shipped can be sent back.',
  units_exceeded: (problem, name) =>
    `Only ${Number(problem.left)} of ${name || problem.sku} ${Number(problem.left) === 1 ? 'is' : 'are'} left for this.`,
  refund_unknown: () => 'This refund is not known.',
  refund_exceeds_captured: () => 'That is more than is left to give back.',
  version_conflict: () => 'Somebody changed this count meanwhile. Look again, then decide.',
  location_unknown: () => 'There is no such location.',
  level_too_large: () => 'That is more than a location can hold.',
  key_invalid: () => 'This key is not known.',
  key_missing: () => 'A key is needed.',
  secret_key_required: () => 'This needs the secret key (sk_…).',
  validation_failed: () => 'Something in this form is not right.',
};

/** @param {Answer} answer @param {string} [name] the thing it is about */
export function explain(answer, name = '') {
  if (answer.ok) return '';
  if (answer.kind === 'unresolved')
    return 'No answer from the shop yet. It may or may not have worked: press again to find out, nothing is taken twice.';
  const sentence = sentences[answer.problem.code];
  return sentence === undefined
    ? (answer.problem.detail ?? answer.problem.title ?? 'The shop refused this.')
    : sentence(answer.problem, name);
}
