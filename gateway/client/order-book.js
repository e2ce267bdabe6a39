/**
 * This buyer's orders as far as this browser knows: which there are (kept in storage, shared by tabs), what a buyer can
 * do with one, and how to follow it. What an order is only the server knows, and it is asked each time.
 *
 * O1. An order is written down only from the server's own answer.
 * O2. What is followed never goes back: an answer of a lower version is dropped.
 * O3. Following asks when the live socket says that the order has moved on. While the socket does not live it asks by
 *     itself, often while something is about to happen and seldom while nothing is; a failed question is no news.
 * O4. What one tab has done the others hear at once: they see the record change and ask.
 */

/** @typedef {import('./onhand-client.js').Order} Order */
/** @typedef {import('./onhand-client.js').OrderRecord} OrderRecord */

const recordsMax = 100;
const pollSoonMs = 1_000;
const pollMs = 2_000;
const pollMaxMs = 8_000;
/** While the live socket would tell. */
const pollLiveMs = 30_000;
/** What was told is not there yet: rare, and soon over. */
const askAgainMs = 200;

/** @type {typeof import('./onhand-client.js').orderBook} */
export const orderBook = (options) => new Book(options);

class Book {
  /** @param {{ readonly api: import('./onhand-client.js').Api, readonly live?: import('./onhand-client.js').LiveConnection, readonly environment: import('./onhand-client.js').Environment, readonly scope: string }} options */
  constructor({ api, live, environment, scope }) {
    this.api = api;
    this.live = live;
    this.environment = environment;
    this.storage = environment.storage;
    this.prefix = `onhand:${scope}:order:`;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    this.storage.onForeignChange((name) => {
      if (name.startsWith(this.prefix)) this.tell();
    });
  }

  /** @returns {OrderRecord[]} */
  list() {
    const found = this.storage.names(this.prefix).flatMap((name) => {
      const record = read(this.storage.get(name));
      return record === null ? [] : [record];
    });
    return found.sort((left, right) => right.notedMs - left.notedMs || (left.orderId < right.orderId ? 1 : -1));
  }

  /** @param {() => void} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** @param {import('./onhand-client.js').CheckoutBody} body @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  async checkout(body) {
    const answer = await this.api.call({ method: 'POST', path: '/v1/checkouts', body, intent: 'checkout' });
    this.noteFrom(answer);
    return answer;
  }

  /** Of attempts that an earlier page load left open: the ids of orders that came of them.
   *  @param {readonly import('./onhand-client.js').ResumedAttempt[]} resumed */
  note(resumed) {
    return resumed.flatMap(({ intent, answer }) => {
      const orderId = intent === 'checkout' ? this.noteFrom(answer) : null;
      return orderId === null ? [] : [orderId];
    });
  }

  /** @param {string} orderId @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  read(orderId) {
    return this.api.call({ method: 'GET', path: orderPath(orderId) });
  }

  /** @param {string} orderId @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  cancel(orderId) {
    return this.act(orderId, 'cancel', { reason: 'asked for by the buyer' });
  }

  /** @param {string} orderId @param {string} paymentMethod @param {string} returnUrl @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  pay(orderId, paymentMethod, returnUrl) {
    return this.act(orderId, 'pay', { paymentMethod, returnUrl });
  }

  /** @param {string} orderId @param {readonly import('./onhand-client.js').HoldLine[]} lines @param {string} reason @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  requestReturn(orderId, lines, reason) {
    return this.act(orderId, 'returns', { lines, reason });
  }

  /** Asks at once and again and again until it is told to stop; tells the listener each newer order.
   *  @param {string} orderId @param {(answer: import('./onhand-client.js').Answer<Order>) => void} listener */
  follow(orderId, listener) {
    return new Following(this, orderId, listener).start();
  }

  // --- inside ------------------------------------------------------------------------------------------

  /** @param {string} orderId @param {string} what @param {unknown} body @returns {Promise<import('./onhand-client.js').Answer<Order>>} */
  async act(orderId, what, body) {
    const path = `${orderPath(orderId)}/${what}`;
    const answer = await this.api.call({ method: 'POST', path, body, intent: `${what}:${orderId}` });
    this.write(orderId);
    return answer;
  }

  /** Calls when another tab has done something to it.
   *  @param {string} orderId @param {() => void} call */
  onForeignAct(orderId, call) {
    return this.storage.onForeignChange((name) => {
      if (name === this.prefix + orderId) call();
    });
  }

  /** An order that was declined is one too: it can still be paid.
   *  @param {import('./onhand-client.js').Answer<unknown>} answer */
  noteFrom(answer) {
    if (!answer.ok && (answer.kind !== 'refused' || answer.problem.code !== 'payment_failed')) return null;
    const { orderId } = /** @type {{ orderId?: unknown }} */ (answer.ok ? answer.body : answer.problem);
    if (typeof orderId !== 'string') return null;
    this.write(orderId); // O1
    return orderId;
  }

  /** @param {string} orderId */
  write(orderId) {
    const name = this.prefix + orderId;
    const nowMs = this.environment.wallMs();
    const notedMs = read(this.storage.get(name))?.notedMs ?? nowMs;
    this.storage.set(name, JSON.stringify({ orderId, notedMs, touchedMs: nowMs })); // O4
    for (const old of this.list().slice(recordsMax)) this.storage.remove(this.prefix + old.orderId);
    this.tell();
  }

  tell() {
    for (const listener of this.listeners) listener();
  }
}

class Following {
  /** @param {Book} book @param {string} orderId @param {(answer: import('./onhand-client.js').Answer<Order>) => void} listener */
  constructor(book, orderId, listener) {
    this.book = book;
    this.orderId = orderId;
    this.listener = listener;
    this.version = -1;
    this.unchanged = 0;
    this.asking = false;
    this.ended = false;
    this.cancelTimer = () => {};
    /** The newest version that the live socket has told of. */
    this.toldVersion = -1;
    /** It has told of this order since it was last connected, so it will tell again. */
    this.tells = false;
    /** @type {(() => void)[]} */
    this.endings = [];
  }

  start() {
    const { live } = this.book;
    this.endings.push(this.book.onForeignAct(this.orderId, () => this.askNow())); // O4
    if (live !== undefined)
      this.endings.push(
        live.watchOrder(this.orderId),
        live.on((event) => this.told(event)),
      );
    void this.ask();
    return {
      askNow: () => this.askNow(),
      /** What an act has answered: as good as an answer of its own. */
      take: (/** @type {Order} */ order) => this.take({ ok: true, status: 200, body: order }),
      stop: () => {
        this.ended = true;
        this.cancelTimer();
        for (const end of this.endings) end();
      },
    };
  }

  /** @param {import('./onhand-client.js').LiveEvent} event */
  told(event) {
    if (event.type === 'order' && event.orderId === this.orderId) {
      this.toldVersion = Math.max(this.toldVersion, event.version);
      this.tells = true;
      if (this.toldVersion > this.version) this.askNow();
    }
    if (event.type === 'incarnation') this.version = this.toldVersion = -1; // another history: its versions begin anew
    if (event.type === 'state' && event.state !== 'live' && this.tells) {
      this.tells = false;
      this.askNow(); // from now on by ourselves
    }
  }

  askNow() {
    this.unchanged = 0;
    this.cancelTimer();
    void this.ask();
  }

  async ask() {
    if (this.asking || this.ended) return;
    this.asking = true;
    const answer = await this.book.read(this.orderId);
    this.asking = false;
    if (this.ended) return;
    this.unchanged = this.take(answer) ? 0 : this.unchanged + 1;
    if (!answer.ok && answer.kind === 'refused') return; // not ours, or not there: no use in asking again
    this.cancelTimer = this.book.environment.after(this.waitMs(answer), () => void this.ask());
  }

  /** O3. @param {import('./onhand-client.js').Answer<Order>} answer */
  waitMs(answer) {
    if (this.version < this.toldVersion) return askAgainMs;
    if (answer.ok && this.tells) return pollLiveMs;
    const busy = answer.ok && isUnderWay(answer.body);
    return Math.min(pollMaxMs, (busy ? pollSoonMs : pollMs) * 1.25 ** this.unchanged);
  }

  /** True: it was news.
   *  @param {import('./onhand-client.js').Answer<Order>} answer */
  take(answer) {
    if (this.ended) return false;
    if (answer.ok && answer.body.version <= this.version) return false; // O2
    if (answer.ok) this.version = answer.body.version;
    this.listener(answer);
    return answer.ok;
  }
}

/** @param {Order} order */
function isUnderWay({ status, paymentStatus }) {
  return (
    status === 'pending' ||
    status === 'requires_action' ||
    ['pending', 'authorised', 'capturing', 'voiding', 'refunding'].includes(paymentStatus)
  );
}

/** @param {string} orderId */
function orderPath(orderId) {
  return `/v1/orders/${encodeURIComponent(orderId)}`;
}

/** @param {string | null} text @returns {OrderRecord | null} */
function read(text) {
  try {
    const record = JSON.parse(text ?? 'null');
    return typeof record?.orderId === 'string' && typeof record.notedMs === 'number' ? record : null;
  } catch {
    return null;
  }
}
