/** @typedef {import('../../client/onhand-client.js').HoldRecord} HoldRecord */

/**
 * What is ordered of what is held: a line takes over the units of a hold of its product alone, one such hold for a product.
 * What else is held, in a set or a second time, the order takes anew; `others` are to be let go, before it where units are short.
 * @param {readonly HoldRecord[]} held
 */
export function orderLinesOf(held) {
  /** @type {Map<string, HoldRecord>} */
  const takenOver = new Map();
  for (const hold of held) {
    const [line, ...more] = hold.lines;
    if (line !== undefined && more.length === 0 && !takenOver.has(line.sku)) takenOver.set(line.sku, hold);
  }
  const first = [...takenOver.values()];
  const others = held.filter((hold) => !first.includes(hold));
  const absorbing = first.flatMap((hold) => hold.lines.map((line) => ({ ...line, absorbs: hold.holdId })));
  return { lines: [...absorbing, ...others.flatMap((hold) => hold.lines)], others };
}
