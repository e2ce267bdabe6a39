/** Numbers and times as people read them; amounts are in money.js. Pure. */

/** Time left as m:ss; never shows 0:00 while there is some.
 *  @param {number} leftMs */
export function countdown(leftMs) {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** @param {number} quantity */
export function units(quantity) {
  return quantity === 1 ? '1 unit' : `${quantity.toLocaleString()} units`;
}

/** @param {readonly string[]} words */
export function listed(words) {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
