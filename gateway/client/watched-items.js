/**
 * What is watched, and the newest known value of each. Knows no socket.
 *
 * W1. Versions only rise: an item at or below the known version is dropped.
 * W2. What nobody watches is neither taken nor kept.
 */

/** @typedef {import('./onhand-client.js').StockItem} StockItem */

/** The server's limit per socket, kept from this side so that it never has to refuse. */
const watchedMax = 1_000;
/** Well below the server's 16 kB per message. */
const messageBytesMax = 12 * 1024;

export class WatchedItems {
  constructor() {
    /** @type {Map<string, StockItem>} */
    this.known = new Map();
    /** @type {Map<string, number>} how many watchers each SKU has */
    this.watchers = new Map();
    this.dropped = 0;
  }

  get skus() {
    return [...this.watchers.keys()];
  }

  get count() {
    return this.watchers.size;
  }

  /** Returns the SKUs that nobody watched before.
   *  @param {readonly string[]} skus */
  watch(skus) {
    const fresh = [...new Set(skus.filter((sku) => !this.watchers.has(sku)))];
    if (this.watchers.size + fresh.length > watchedMax) throw new Error(`at most ${watchedMax} SKUs can be watched`);
    for (const sku of skus) this.watchers.set(sku, (this.watchers.get(sku) ?? 0) + 1);
    return fresh;
  }

  /** @param {readonly string[]} skus */
  unwatch(skus) {
    for (const sku of skus) {
      const left = (this.watchers.get(sku) ?? 1) - 1;
      if (left > 0) {
        this.watchers.set(sku, left);
      } else {
        this.watchers.delete(sku);
        this.known.delete(sku); // W2
      }
    }
  }

  /** Keeps what is newer and returns it.
   *  @param {unknown} items */
  take(items) {
    /** @type {StockItem[]} */
    const newer = [];
    for (const item of Array.isArray(items) ? items : []) {
      if (!isItem(item) || !this.watchers.has(item.sku)) continue;
      const known = this.known.get(item.sku);
      if (known !== undefined && item.version <= known.version) {
        this.dropped += 1; // W1
        continue;
      }
      this.known.set(item.sku, item);
      newer.push(item);
    }
    return newer;
  }

  /** @param {readonly string[]} skus */
  versionsOf(skus) {
    /** @type {Record<string, number>} */
    const since = Object.create(null);
    for (const sku of skus) {
      const known = this.known.get(sku);
      if (known !== undefined) since[sku] = known.version;
    }
    return since;
  }
}

/** Splits SKUs so that no subscription comes near the size of a message; each counts twice, for `since`.
 *  @param {readonly string[]} skus */
export function inMessages(skus) {
  /** @type {string[][]} */
  const parts = [];
  let room = 0;
  for (const sku of skus) {
    const bytes = 2 * new TextEncoder().encode(JSON.stringify(sku)).length + 24;
    if (parts.length === 0 || room < bytes) {
      parts.push([]);
      room = messageBytesMax;
    }
    parts[parts.length - 1]?.push(sku);
    room -= bytes;
  }
  return parts;
}

/** @param {any} item @returns {item is StockItem} */
function isItem(item) {
  return typeof item?.sku === 'string' && typeof item.available === 'number' && Number.isInteger(item.version);
}
