/**
 * The live socket from the browser's side: connects, greets, watches SKUs and orders, reconnects, resumes.
 * Owns one WebSocket at a time and the newest known value per watched SKU; of an order it only says that it has moved on.
 * Does not know HTTP, holds or the page.
 *
 * L1. `live` is shown only when the server has answered for everything watched since the newest welcome.
 * L2. Another incarnation means another history: everything known is dropped before anything new is taken.
 * L3. A socket that was given up can no longer change anything (its handlers are taken off).
 */
import { reconnectDelayMs } from './reconnect-delay.js';
import { inMessages, WatchedItems } from './watched-items.js';

/** @typedef {import('./onhand-client.js').LiveEvent} LiveEvent */
/** @typedef {import('./onhand-client.js').SocketLike} SocketLike */
/** @typedef {{ readonly id: string, readonly skus: readonly string[], readonly orderId: string | null, answered: boolean, refused: boolean, newer: number }} Subscription */
/**
 * @typedef {{ readonly kind: 'idle' }
 *   | { readonly kind: 'waiting', readonly cancel: () => void, readonly retryAt: number }
 *   | { readonly kind: 'opening', readonly socket: SocketLike, readonly cancel: () => void }
 *   | { readonly kind: 'greeting', readonly socket: SocketLike, readonly cancel: () => void }
 *   | { readonly kind: 'open', readonly socket: SocketLike, readonly heartbeatMs: number, cancel: () => void,
 *       readonly subscriptions: Map<string, Subscription>, resumed: boolean, reported: boolean, serverStale: boolean, readonly gapMs: number }
 *   | { readonly kind: 'closed' }} Phase
 */

/** From dialling to `welcome`. */
const welcomeWithinMs = 10_000;
/** After this many failures in a row the page says `offline` instead of `connecting` or `stale`. */
const failuresUntilOffline = 3;
/** A link is dead after this many heartbeat intervals of silence. */
const silentHeartbeats = 1.5;

/** @type {typeof import('./onhand-client.js').connectLive} */
export const connectLive = (options) => new LiveSocket(options);

class LiveSocket {
  /** @param {import('./onhand-client.js').LiveOptions} options */
  constructor(options) {
    this.options = options;
    this.environment = options.environment;
    /** @type {Phase} */
    this.phase = { kind: 'idle' };
    this.items = new WatchedItems();
    /** @type {Map<string, number>} how many watchers each order has */
    this.orders = new Map();
    /** @type {Set<(event: LiveEvent) => void>} */
    this.listeners = new Set();
    /** @type {string | null} */
    this.incarnation = null;
    /** @type {string | null} the token of the newest hello, and one the server did not accept */
    this.buyer = null;
    /** @type {string | null} */
    this.refusedBuyer = null;
    this.failures = 0;
    this.everLive = false;
    this.subscriptionCount = 0;
    this.heardMs = this.environment.wallMs();
    this.received = 0;
    this.reconnects = 0;
    this.stopOnline = () => {};
  }

  // --- what pages see ------------------------------------------------------------------------------

  /** @returns {import('./onhand-client.js').LiveState} */
  get state() {
    const { phase } = this;
    if (phase.kind === 'closed') return 'offline';
    if (phase.kind === 'open' && phase.reported && !phase.serverStale) return 'live';
    const unreachable = this.failures >= failuresUntilOffline || !this.environment.isOnline();
    if (phase.kind !== 'open' && unreachable) return 'offline';
    return this.everLive ? 'stale' : 'connecting';
  }

  get retryAt() {
    return this.phase.kind === 'waiting' ? this.phase.retryAt : null;
  }

  get counters() {
    return { received: this.received, droppedLowerVersion: this.items.dropped, reconnects: this.reconnects };
  }

  /** @param {string} sku */
  item(sku) {
    return this.items.known.get(sku) ?? null;
  }

  /** @param {(event: LiveEvent) => void} listener */
  on(listener) {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  start() {
    if (this.phase.kind !== 'idle') return;
    this.stopOnline = this.environment.onOnlineChange(() => this.onlineChanged());
    this.dial();
  }

  retryNow() {
    if (this.phase.kind !== 'waiting') return;
    this.phase.cancel();
    this.dial();
  }

  close() {
    this.stopOnline();
    this.leavePhase();
    this.phase = { kind: 'closed' };
    this.emitState();
  }

  /** @param {readonly string[]} skus */
  watch(skus) {
    const fresh = this.items.watch(skus);
    if (this.phase.kind === 'open' && fresh.length > 0) {
      this.phase.reported = false;
      this.subscribe(fresh);
      this.emitState();
    }
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.unwatch(skus);
    };
  }

  /** @param {string} orderId */
  watchOrder(orderId) {
    const watchers = this.orders.get(orderId) ?? 0;
    this.orders.set(orderId, watchers + 1);
    if (this.phase.kind === 'open' && watchers === 0) {
      this.phase.reported = false;
      this.subscribeOrder(orderId);
      this.emitState();
    }
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.unwatchOrder(orderId);
    };
  }

  // --- phases: one function per transition -----------------------------------------------------------

  dial() {
    const socket = this.environment.openSocket(this.options.url);
    const cancel = this.environment.after(welcomeWithinMs, () => this.giveUp('no welcome in time'));
    this.phase = { kind: 'opening', socket, cancel };
    socket.onopen = () => this.greet();
    socket.onmessage = (event) => this.receive(event.data);
    socket.onclose = (event) => this.lost(event.code, event.reason);
    this.emitState();
  }

  greet() {
    if (this.phase.kind !== 'opening') return;
    const { socket, cancel } = this.phase;
    this.phase = { kind: 'greeting', socket, cancel };
    this.buyer = this.options.buyer?.() ?? null;
    const buyer = this.buyer === this.refusedBuyer ? null : this.buyer;
    socket.send(JSON.stringify({ type: 'hello', key: this.options.key, ...(buyer === null ? {} : { buyer }) }));
  }

  /** @param {{ incarnation: string, heartbeatMs: number }} message */
  welcomed(message) {
    if (this.phase.kind !== 'greeting') return;
    this.phase.cancel();
    const gapMs = this.environment.wallMs() - this.heardMs;
    const resumed = this.takeIncarnation(message.incarnation) && this.items.known.size > 0;
    this.phase = {
      kind: 'open',
      socket: this.phase.socket,
      heartbeatMs: message.heartbeatMs,
      cancel: () => {},
      subscriptions: new Map(),
      resumed,
      reported: false,
      serverStale: false,
      gapMs,
    };
    this.heard();
    this.subscribeAll();
    this.reportIfComplete();
  }

  /** @param {number} code @param {string} reason */
  lost(code, reason) {
    this.leavePhase();
    this.failures += 1;
    this.reconnects += 1;
    if (reason === 'buyer_invalid') this.refusedBuyer = this.buyer; // stock needs no buyer: go on without
    const delayMs = reconnectDelayMs({ code, reason, failures: this.failures, random: () => this.environment.random() });
    const cancel = this.environment.after(delayMs, () => this.dial());
    this.phase = { kind: 'waiting', cancel, retryAt: this.environment.wallMs() + delayMs };
    this.emitState();
  }

  /** @param {string} why */
  giveUp(why) {
    if (!('socket' in this.phase)) return;
    const { socket } = this.phase;
    this.lost(1006, why);
    socket.close();
  }

  /** Ends timers and silences the socket of the current phase (L3). */
  leavePhase() {
    if ('cancel' in this.phase) this.phase.cancel();
    if (!('socket' in this.phase)) return;
    const { socket } = this.phase;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    if (this.phase.kind !== 'opening') socket.close();
    else socket.onopen = () => socket.close();
  }

  onlineChanged() {
    if (this.environment.isOnline()) this.retryNow();
    this.emitState();
  }

  // --- watching --------------------------------------------------------------------------------------

  subscribeAll() {
    this.subscribe(this.items.skus);
    for (const orderId of this.orders.keys()) this.subscribeOrder(orderId);
  }

  /** @param {string} orderId */
  subscribeOrder(orderId) {
    if (this.phase.kind !== 'open') return;
    const { id } = this.subscription([], orderId, this.phase.subscriptions);
    this.phase.socket.send(JSON.stringify({ type: 'subscribe', id, channel: 'order', orderId }));
  }

  /** @param {readonly string[]} skus @param {string | null} orderId @param {Map<string, Subscription>} among */
  subscription(skus, orderId, among) {
    this.subscriptionCount += 1;
    const made = { id: `s${this.subscriptionCount}`, skus, orderId, answered: false, refused: false, newer: 0 };
    among.set(made.id, made);
    return made;
  }

  /** @param {string} orderId */
  unwatchOrder(orderId) {
    const left = (this.orders.get(orderId) ?? 1) - 1;
    if (left > 0) return void this.orders.set(orderId, left);
    this.orders.delete(orderId);
    if (this.phase.kind !== 'open') return;
    for (const { id, orderId: watched } of [...this.phase.subscriptions.values()]) if (watched === orderId) this.unsubscribe(id);
    this.reportIfComplete();
  }

  /** @param {string} id */
  unsubscribe(id) {
    if (this.phase.kind !== 'open') return;
    this.phase.subscriptions.delete(id);
    this.phase.socket.send(JSON.stringify({ type: 'unsubscribe', id }));
  }

  /** @param {readonly string[]} skus */
  subscribe(skus) {
    if (this.phase.kind !== 'open') return;
    for (const part of inMessages(skus)) {
      const { id } = this.subscription(part, null, this.phase.subscriptions);
      const since = this.items.versionsOf(part);
      const known = Object.keys(since).length > 0;
      this.phase.socket.send(JSON.stringify({ type: 'subscribe', id, channel: 'stock', skus: part, ...(known ? { since } : {}) }));
    }
  }

  /** @param {readonly string[]} skus */
  unwatch(skus) {
    this.items.unwatch(skus);
    if (this.phase.kind !== 'open') return;
    for (const { id, orderId, skus: watched } of [...this.phase.subscriptions.values()])
      if (orderId === null && !watched.some((sku) => this.items.watchers.has(sku))) this.unsubscribe(id);
    this.reportIfComplete();
  }

  // --- messages --------------------------------------------------------------------------------------

  /** @param {unknown} data */
  receive(data) {
    const message = parse(data);
    if (message === null) return;
    this.received += 1;
    if (message.type === 'welcome') {
      this.welcomed(message);
      return;
    }
    this.heard();
    if (this.otherIncarnation(message.incarnation)) return;
    switch (message.type) {
      case 'snapshot':
        this.orderMoved(message.items);
        this.answered(message.id, this.take(message.items));
        break;
      case 'order':
        this.orderMoved(message.items);
        break;
      case 'stock':
        this.take(message.items);
        break;
      case 'stale':
      case 'fresh':
        this.serverSays(message.type === 'stale');
        break;
      case 'error':
        this.refused(message);
        break;
      default: // heartbeats, and kinds a newer server may know: being heard is enough
    }
  }

  /** Any message proves that the link lives; silence beyond the limit proves that it does not. */
  heard() {
    this.heardMs = this.environment.wallMs();
    if (this.phase.kind !== 'open') return;
    this.phase.cancel();
    this.phase.cancel = this.environment.after(this.phase.heartbeatMs * silentHeartbeats, () => this.giveUp('no heartbeat'));
  }

  /** @param {unknown} items */
  orderMoved(items) {
    for (const item of Array.isArray(items) ? items : []) {
      const watched = typeof item?.orderId === 'string' && Number.isInteger(item.version) && this.orders.has(item.orderId);
      if (watched) this.emit({ type: 'order', orderId: item.orderId, version: item.version });
    }
  }

  /** Takes what is newer and tells; returns how many.
   *  @param {unknown} items */
  take(items) {
    const newer = this.items.take(items);
    if (newer.length > 0) this.emit({ type: 'items', items: newer });
    return newer.length;
  }

  /** @param {unknown} id @param {number} newer */
  answered(id, newer) {
    if (this.phase.kind !== 'open') return;
    const subscription = this.phase.subscriptions.get(String(id));
    if (subscription === undefined) return;
    subscription.answered = true;
    subscription.newer += newer;
    this.reportIfComplete();
  }

  /** @param {{ id?: unknown, code?: unknown, message?: unknown, skus?: unknown }} message */
  refused(message) {
    if (message.code === 'sku_unknown' && Array.isArray(message.skus)) {
      this.emit({ type: 'unknown', skus: message.skus.map(String) }); // still watched: its first units will be told
      return;
    }
    this.emit({ type: 'refused', code: String(message.code), message: String(message.message ?? '') });
    if (this.phase.kind !== 'open' || message.id === undefined) return;
    const subscription = this.phase.subscriptions.get(String(message.id));
    if (subscription === undefined) return;
    subscription.refused = true;
    this.reportIfComplete();
  }

  /** L1: reports once everything watched has been answered for. */
  reportIfComplete() {
    const { phase } = this;
    if (phase.kind !== 'open' || phase.reported) return;
    const all = [...phase.subscriptions.values()];
    if (all.some((one) => !one.answered && !one.refused)) return;
    phase.reported = true;
    this.failures = 0;
    this.everLive = true;
    const refused = all.filter((one) => one.refused).reduce((sum, one) => sum + one.skus.length, 0);
    const newer = all.reduce((sum, one) => sum + one.newer, 0);
    const watched = this.items.count;
    this.emit({
      type: 'complete',
      complete: refused === 0,
      resumed: phase.resumed,
      watched,
      newer,
      unchanged: watched - newer - refused,
      refused,
      gapMs: phase.gapMs,
    });
    this.emitState();
  }

  /** @param {boolean} stale */
  serverSays(stale) {
    if (this.phase.kind !== 'open') return;
    this.phase.serverStale = stale;
    this.emitState();
  }

  // --- incarnations ----------------------------------------------------------------------------------

  /** True if what is known belongs to this incarnation; otherwise drops it (L2).
   *  @param {string} incarnation */
  takeIncarnation(incarnation) {
    const same = this.incarnation === incarnation;
    if (!same && this.incarnation !== null) {
      this.items.known.clear();
      this.emit({ type: 'incarnation', incarnation });
    }
    this.incarnation = incarnation;
    return same;
  }

  /** A restore while connected: drop everything and ask for everything again.
   *  @param {unknown} incarnation */
  otherIncarnation(incarnation) {
    if (typeof incarnation !== 'string' || incarnation === this.incarnation || this.phase.kind !== 'open') return false;
    this.takeIncarnation(incarnation);
    for (const id of this.phase.subscriptions.keys()) this.phase.socket.send(JSON.stringify({ type: 'unsubscribe', id }));
    this.phase.subscriptions.clear();
    this.phase.reported = false;
    this.phase.resumed = false;
    this.subscribeAll();
    this.emitState();
    return true;
  }

  // --- telling ---------------------------------------------------------------------------------------

  emitState() {
    this.emit({ type: 'state', state: this.state, retryAt: this.retryAt });
  }

  /** @param {LiveEvent} event */
  emit(event) {
    for (const listener of this.listeners) listener(event);
  }
}

/** @param {unknown} data @returns {any} */
function parse(data) {
  if (typeof data !== 'string') return null;
  try {
    const message = JSON.parse(data);
    return typeof message === 'object' && message !== null ? message : null;
  } catch {
    return null;
  }
}
