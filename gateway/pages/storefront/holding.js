/** What a buyer can do. Each act is one call, said back in words; nothing here draws. */
import { explain } from '../common/refusals.js';
import { announcement, bundle, busy, client, holdForSeconds, quantities, showHolds, tell, titleOf } from './shop.js';

/** @typedef {import('../../client/onhand-client.js').HoldRecord} HoldRecord */
/** @typedef {import('../../client/onhand-client.js').Answer<unknown>} Answer */

/** @param {string} sku @param {number} [quantity] */
export function hold(sku, quantity = quantities.value[sku] ?? 1) {
  return act(sku, async () => {
    const answer = await client.holds.hold([{ sku, quantity }], holdForSeconds.value);
    if (answer.ok) announcement.value = `${titleOf(sku)} is held for you.`;
    return [answer, titleOf(sku)];
  });
}

export function holdBundle() {
  const lines = [...bundle.value].map(([sku, quantity]) => ({ sku, quantity }));
  return act('bundle', async () => {
    const answer = await client.holds.hold(lines, holdForSeconds.value);
    if (answer.ok) {
      bundle.value = new Map();
      announcement.value = `${lines.length} products are held for you.`;
    }
    return [answer, nameIn(answer)];
  });
}

/** @param {HoldRecord} record */
export function release(record) {
  return act(record.holdId, async () => [await client.holds.release(record.holdId), '']);
}

/** To the full default from now, whatever a new hold would last: an extension never shortens.
 *  @param {HoldRecord} record */
export function extend(record) {
  return act(record.holdId, async () => [await client.holds.extend(record.holdId), '']);
}

/** @param {HoldRecord} record */
export function buy(record) {
  return act(record.holdId, async () => {
    const answer = await client.holds.commit(record.holdId);
    if (answer.ok) announcement.value = `Bought: ${record.lines.map((line) => titleOf(line.sku)).join(', ')}.`;
    return [answer, ''];
  });
}

/** @param {HoldRecord} record */
export async function holdAgain(record) {
  const key = record.holdId;
  await act(key, async () => {
    const answer = await client.holds.hold(record.lines, holdForSeconds.value);
    if (answer.ok) client.holds.forget(key);
    return [answer, nameIn(answer)];
  });
}

/** @param {HoldRecord} record */
export function dismiss(record) {
  client.holds.forget(record.holdId);
  tell(record.holdId, null);
}

/** One act at a time per thing: a second click while the first is on its way does nothing.
 *  @param {string} key @param {() => Promise<[Answer, string]>} run */
async function act(key, run) {
  if (busy.value.has(key)) return;
  busy.value = new Set(busy.value).add(key);
  tell(key, null);
  try {
    const [answer, name] = await run();
    if (!answer.ok) tell(key, { text: explain(answer, name), waiting: answer.kind === 'unresolved' });
  } finally {
    const left = new Set(busy.value);
    left.delete(key);
    busy.value = left;
    showHolds();
  }
}

/** The line a refusal is about, in the buyer's words.
 *  @param {Answer} answer */
function nameIn(answer) {
  if (answer.ok || answer.kind !== 'refused') return '';
  return typeof answer.problem.sku === 'string' ? titleOf(answer.problem.sku) : '';
}
