/**
 * What to tell a person when the server says no, or nothing. One sentence each: what is, and what can be done.
 */

/** @typedef {import('../../client/onhand-client.js').Answer<unknown>} Answer */

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
