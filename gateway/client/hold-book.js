/**
 * This buyer's holds as far as this browser knows. Kept in storage, one entry per hold, so that a reload
 * and other tabs see them; the server stays the truth and is asked again by `refresh`.
 *
 * B1. A hold is written down only from the server's own answer.
 * B2. A hold whose time is up by the server's clock is shown as expired at once; the server says so too.
 */

/** @typedef {import('./onhand-client.js').HoldRecord} HoldRecord */
/** @typedef {import('./onhand-client.js').HoldLine} HoldLine */

/** Ended holds are shown for a while, then forgotten. */
const endedKeptMs = 24 * 3_600_000;
const recordsMax = 200;

/** @type {typeof import('./onhand-client.js').holdBook} */
export const holdBook = (options) => new Book(options);

class Book {
  /** @param {{ readonly api: import('./onhand-client.js').Api, readonly clock: import('./onhand-client.js').ServerClock, readonly environment: import('./onhand-client.js').Environment, readonly scope: string }} options */
  constructor({ api, clock, environment, scope }) {
    this.api = api;
    this.clock = clock;
    this.storage = environment.storage;
    this.prefix = `onhand:${scope}:hold:`;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.storage.onForeignChange((name) => {
      if (name.startsWith(this.prefix)) this.tell();
    });
  }

  /** @returns {HoldRecord[]} */
  list() {
    return this.entries().map((entry) => entry.record);
  }

  entries() {
    const found = this.storage.names(this.prefix).flatMap((name) => {
      const entry = read(this.storage.get(name));
      return entry === null ? [] : [entry];
    });
    return found.sort((left, right) => right.firstSeenMs - left.firstSeenMs || (left.record.holdId < right.record.holdId ? 1 : -1));
  }

  /** @param {() => void} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  async refresh() {
    this.prune();
    for (const record of this.list()) {
      if (record.status === 'held') await this.ask(record);
    }
  }

  /** @param {readonly HoldLine[]} lines @param {number} [ttlSeconds] */
  async hold(lines, ttlSeconds) {
    const ttl = ttlSeconds === undefined ? {} : { ttlSeconds };
    const [only] = lines;
    const single = lines.length === 1 && only !== undefined;
    const body = single ? { sku: only.sku, quantity: only.quantity, ...ttl } : { lines, ...ttl };
    const answer = await this.api.call({
      method: 'POST',
      path: '/v1/holds',
      body,
      intent: `hold:${lines.map((line) => line.sku).join(',')}`,
    });
    if (answer.ok) await this.askReplaced(this.write(answer.body));
    return answer;
  }

  /** @param {string} holdId @param {number} [ttlSeconds] */
  async extend(holdId, ttlSeconds) {
    const body = ttlSeconds === undefined ? {} : { ttlSeconds };
    const answer = await this.api.call({ method: 'POST', path: `${holdPath(holdId)}/extend`, body, intent: `extend:${holdId}` });
    return this.noted(holdId, answer);
  }

  /** @param {string} holdId */
  async release(holdId) {
    const answer = await this.api.call({ method: 'DELETE', path: holdPath(holdId), intent: `release:${holdId}` });
    const known = this.list().find((record) => record.holdId === holdId);
    if (answer.ok && known !== undefined) this.write({ ...known, status: 'released' });
    return this.noted(holdId, answer);
  }

  /** @param {string} holdId */
  async commit(holdId) {
    const answer = await this.api.call({ method: 'POST', path: `${holdPath(holdId)}/commit`, body: {}, intent: `commit:${holdId}` });
    return this.noted(holdId, answer);
  }

  expire() {
    const now = this.clock.nowMs();
    const due = this.list().filter((record) => record.status === 'held' && Date.parse(record.expiresAt) <= now); // B2
    for (const record of due) this.write({ ...record, status: 'expired' });
    return due.length > 0;
  }

  /** @param {string} holdId */
  forget(holdId) {
    this.storage.remove(this.prefix + holdId);
    this.tell();
  }

  // --- inside ------------------------------------------------------------------------------------------

  /** A refusal may mean that the hold has ended: how, only the server knows (B1).
   *  @param {string} holdId @param {import('./onhand-client.js').Answer<any>} answer */
  async noted(holdId, answer) {
    if (answer.ok) {
      if (answer.body?.holdId === holdId) this.write(answer.body);
      return answer;
    }
    const known = this.list().find((record) => record.holdId === holdId);
    if (answer.kind !== 'refused' || known === undefined || known.status !== 'held') return answer;
    if (answer.problem.code === 'already_committed') this.write({ ...known, status: 'committed' });
    else if (answer.problem.code === 'hold_ended' || answer.status === 404) await this.ask(known);
    return answer;
  }

  /** @param {HoldRecord} body */
  write(body) {
    const name = this.prefix + body.holdId;
    const firstSeenMs = read(this.storage.get(name))?.firstSeenMs ?? this.clock.nowMs();
    const record = {
      holdId: body.holdId,
      lines: body.lines.map(({ sku, quantity }) => ({ sku, quantity })),
      status: body.status,
      expiresAt: body.expiresAt,
    };
    this.storage.set(name, JSON.stringify({ record, firstSeenMs }));
    this.tell();
    return record;
  }

  /** @param {HoldRecord} record */
  async ask(record) {
    const answer = await this.api.call({ method: 'GET', path: holdPath(record.holdId) });
    if (answer.ok) this.write(answer.body);
    else if (answer.kind === 'refused' && answer.status === 404) this.write({ ...record, status: 'expired' });
  }

  /** A one-line hold may replace this buyer's older one of the same SKU: only the server knows (B1).
   *  @param {HoldRecord} record */
  async askReplaced(record) {
    const [line] = record.lines;
    if (record.lines.length !== 1 || line === undefined) return;
    for (const other of this.list()) {
      const same = other.lines.length === 1 && other.lines[0]?.sku === line.sku;
      if (same && other.holdId !== record.holdId && other.status === 'held') await this.ask(other);
    }
  }

  prune() {
    const now = this.clock.nowMs();
    this.entries().forEach(({ record, firstSeenMs }, index) => {
      const old = record.status !== 'held' && now - firstSeenMs > endedKeptMs;
      if (old || index >= recordsMax) this.storage.remove(this.prefix + record.holdId);
    });
  }

  tell() {
    for (const listener of this.listeners) listener();
  }
}

/** @param {string} holdId */
function holdPath(holdId) {
  return `/v1/holds/${encodeURIComponent(holdId)}`;
}

/** @param {string | null} text @returns {{ record: HoldRecord, firstSeenMs: number } | null} */
function read(text) {
  try {
    const entry = JSON.parse(text ?? 'null');
    return typeof entry?.record?.holdId === 'string' ? entry : null;
  } catch {
    return null;
  }
}
