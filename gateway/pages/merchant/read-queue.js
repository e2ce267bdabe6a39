/**
 * Reads one SKU at a time, few at once; a wish that comes while its SKU is being read runs after. Many wishes
 * for one SKU become one read.
 */

const readsAtOnceMax = 8;

export class ReadQueue {
  /** @param {(sku: string) => Promise<void>} read */
  constructor(read) {
    this.read = read;
    /** @type {Set<string>} */
    this.wanted = new Set();
    /** @type {Set<string>} */
    this.running = new Set();
  }

  /** @param {string} sku */
  want(sku) {
    this.wanted.add(sku);
    void this.next();
  }

  async next() {
    const sku = [...this.wanted].find((one) => !this.running.has(one));
    if (sku === undefined || this.running.size >= readsAtOnceMax) return;
    this.wanted.delete(sku);
    this.running.add(sku);
    try {
      await this.read(sku);
    } finally {
      this.running.delete(sku);
      void this.next();
    }
  }
}
