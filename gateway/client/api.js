/**
 * HTTP from the browser's side: one call is tried until the server has given a verdict or patience ends.
 * Owns the buyer's token and the retries. Does not know what routes mean.
 *
 * H1. A retry of a command carries the key, path and body of the first try.
 * H2. Only a verdict ends an attempt: an answer below 500 that is neither "too many requests" nor "the same key is
 *     being worked on". These, network failures and 5xx say nothing final, so the same attempt is sent again.
 * H3. The server's `Retry-After` is honoured; without it waits grow with full jitter.
 * H4. A key is for one try, and every request says so: a copy that is still on its way when the verdict has come moves
 *     nothing any more. Trying again is another key.
 */
import { attemptStore } from './attempts.js';

/** @typedef {import('./onhand-client.js').ResponseLike} ResponseLike */
/** @typedef {import('./onhand-client.js').StoredAttempt} StoredAttempt */
/** @typedef {{ readonly method: string, readonly path: string, readonly body: string | null, readonly key: string | null, readonly headers: Record<string, string> }} Outgoing */
/** @typedef {{ readonly kind: 'verdict', readonly status: number, readonly body: any } | { readonly kind: 'open', readonly retryAfterMs: number | null, readonly problem: any }} TryOutcome */

const requestTimeoutMs = 15_000;
const giveUpAfterDefaultMs = 45_000;
const backoffFirstMs = 250;
const backoffMaxMs = 8_000;

/** @type {typeof import('./onhand-client.js').connectApi} */
export const connectApi = (options) => new HttpApi(options);

class HttpApi {
  /** @param {import('./onhand-client.js').ApiOptions} options */
  constructor(options) {
    this.options = options;
    this.environment = options.environment;
    const scope = options.key.slice(-12);
    this.buyerName = `onhand:${scope}:buyer`;
    this.attempts = attemptStore(options.environment, scope);
    /** @type {Promise<import('./onhand-client.js').Answer<string>> | null} */
    this.buyerInFlight = null;
  }

  buyerToken() {
    return this.options.withBuyer ? this.environment.storage.get(this.buyerName) : null;
  }

  /** @returns {Promise<import('./onhand-client.js').Answer<string>>} */
  async ensureBuyer() {
    const token = this.buyerToken();
    if (token !== null) return { ok: true, status: 200, body: token };
    this.buyerInFlight ??= this.createBuyer().finally(() => {
      this.buyerInFlight = null;
    });
    return this.buyerInFlight;
  }

  /** @returns {Promise<import('./onhand-client.js').Answer<string>>} */
  async createBuyer() {
    const answer = await this.exchange({ method: 'POST', path: '/v1/buyers', body: '{}', key: this.environment.newKey(), headers: {} });
    if (!answer.ok) return answer;
    const { token } = answer.body;
    this.environment.storage.set(this.buyerName, token);
    return { ...answer, body: token };
  }

  /** @param {import('./onhand-client.js').Call} call @returns {Promise<import('./onhand-client.js').Answer<any>>} */
  async call(call) {
    const body = call.body === undefined ? null : JSON.stringify(call.body);
    const headers = call.headers ?? {};
    if (call.intent === undefined || call.method === 'GET') {
      return this.withBuyer({ method: call.method, path: call.path, body, key: null, headers });
    }
    const buyer = this.options.withBuyer ? await this.ensureBuyer() : null;
    if (buyer?.ok === false) return buyer;
    return this.send(this.attempts.open({ intent: call.intent, method: call.method, path: call.path, body }), headers);
  }

  async resumeUnresolved() {
    const resumed = [];
    for (const attempt of this.attempts.unresolved()) {
      resumed.push({ intent: attempt.intent, answer: await this.send(attempt, {}) });
    }
    return resumed;
  }

  /** @param {StoredAttempt} attempt @param {Record<string, string>} headers */
  async send(attempt, headers) {
    const answer = await this.withBuyer({ ...attempt, headers }); // H1
    if (answer.ok || answer.kind === 'refused') this.attempts.settle(attempt);
    return answer;
  }

  /** A token the server no longer accepts is replaced once; the holds of the old one expire by themselves.
   *  @param {Outgoing} outgoing @returns {Promise<import('./onhand-client.js').Answer<any>>} */
  async withBuyer(outgoing) {
    const token = this.buyerToken();
    const answer = await this.exchange(outgoing);
    const stale = token !== null && !answer.ok && answer.kind === 'refused' && answer.status === 401;
    if (!stale) return answer;
    this.environment.storage.remove(this.buyerName);
    const buyer = await this.ensureBuyer();
    return buyer.ok ? this.exchange(outgoing) : buyer;
  }

  /** @param {Outgoing} outgoing @returns {Promise<import('./onhand-client.js').Answer<any>>} */
  async exchange(outgoing) {
    const giveUpAtMs = this.environment.wallMs() + (this.options.giveUpAfterMs ?? giveUpAfterDefaultMs);
    for (let failures = 0; ; failures += 1) {
      const outcome = await this.once(outgoing);
      if (outcome.kind === 'verdict') {
        if (outcome.status < 400) return { ok: true, status: outcome.status, body: outcome.body };
        return { ok: false, kind: 'refused', status: outcome.status, problem: problemOf(outcome) };
      }
      const waitMs =
        outcome.retryAfterMs ?? this.environment.random() * Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min(failures, 10)); // H3
      if (this.environment.wallMs() + waitMs > giveUpAtMs) return { ok: false, kind: 'unresolved', key: outgoing.key };
      await new Promise((resolve) => this.environment.after(waitMs, () => resolve(null)));
    }
  }

  /** @param {Outgoing} outgoing @returns {Promise<TryOutcome>} */
  async once(outgoing) {
    const sentMs = this.environment.wallMs();
    try {
      const response = await this.environment.request(this.options.baseUrl + outgoing.path, {
        method: outgoing.method,
        headers: this.headersOf(outgoing),
        ...(outgoing.body === null ? {} : { body: outgoing.body }),
        timeoutMs: requestTimeoutMs,
      });
      const body = parseBody(await response.text());
      if (typeof body?.serverTime === 'string') this.options.clock.sample(body.serverTime, sentMs, this.environment.wallMs());
      if (response.status >= 500 || response.status === 429 || body?.code === 'in_progress')
        return { kind: 'open', retryAfterMs: retryAfterMs(response), problem: body }; // H2
      return { kind: 'verdict', status: response.status, body };
    } catch {
      return { kind: 'open', retryAfterMs: null, problem: null };
    }
  }

  /** @param {Outgoing} outgoing */
  headersOf(outgoing) {
    const buyer = this.buyerToken();
    return {
      authorization: `Bearer ${this.options.key}`,
      ...(buyer === null ? {} : { 'onhand-buyer': buyer }),
      ...(outgoing.key === null ? {} : { 'idempotency-key': outgoing.key, 'onhand-attempt': '1' }), // H4
      ...(outgoing.body === null ? {} : { 'content-type': 'application/json' }),
      ...outgoing.headers,
    };
  }
}

/** @param {ResponseLike} response */
function retryAfterMs(response) {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}

/** @param {string} text */
function parseBody(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {{ readonly status: number, readonly body: any }} outcome */
function problemOf(outcome) {
  return typeof outcome.body?.code === 'string' ? outcome.body : { code: `http_${outcome.status}` };
}
