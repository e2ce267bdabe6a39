/**
 * The simulated Stripe without its wire: takes one request, gives one reply.
 *
 * S1. What is answered has been written and synced first, where there is a journal.
 * S2. Webhooks leave after that too, and never before their change can be retrieved.
 * S3. An endpoint runs synchronously: two calls never see half of each other. Only answers wait.
 */
import { hash, randomBytes } from 'node:crypto';
import { type Answer, broken, failed } from './answer.ts';
import type { Call, Surroundings } from './call.ts';
import type { SimulatorClock } from './clock.ts';
import { addAccount } from './directory.ts';
import type { Fault, Faults } from './faults.ts';
import { parseForm } from './form.ts';
import { type IdempotencyKeys, type Kept, keyLengthMax, scopedKey } from './idempotency.ts';
import { finishAction, finishProcessingLater } from './intents.ts';
import type { Journal } from './journal.ts';
import type { Intent } from './objects.ts';
import { settleLater } from './refunds.ts';
import { findRoute, type Route } from './routes.ts';
import type { Webhooks } from './webhooks.ts';
import type { World } from './world.ts';

export const apiVersion = '2026-10-28.endive';

export interface SimulatorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly authorization: string;
  readonly account: string;
  readonly idempotencyKey: string;
}

export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly requestId: string;
      readonly replayedFrom: string | null;
    }
  /** Nothing is ever said. */
  | { readonly kind: 'silence' }
  /** The connection ends. */
  | { readonly kind: 'cut' };

export interface SimulatorDeps {
  readonly world: World;
  readonly keys: IdempotencyKeys;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly clock: SimulatorClock;
  readonly journal: Journal | null;
  /** An unknown `acct_…` is refused instead of being made when it is first used. */
  readonly strictAccounts: boolean;
  readonly pageOf: (intent: Intent) => string;
}

export class Simulator {
  readonly #deps: SimulatorDeps;
  readonly #surroundings: Surroundings;
  readonly #cancellations = new Set<() => void>();
  /** Ids of this run begin with it; so a restart never gives one twice. */
  readonly #run = randomBytes(6).toString('hex');
  #ids = 0;
  readonly counts = { calls: 0, replayed: 0 };

  constructor(deps: SimulatorDeps) {
    this.#deps = deps;
    this.#surroundings = {
      world: deps.world,
      nowSeconds: () => this.#nowSeconds(),
      newId: (prefix) => this.#newId(prefix),
      pageOf: deps.pageOf,
      later: (ms, act) => this.#later(ms, act),
    };
  }

  async handle(request: SimulatorRequest): Promise<Reply> {
    this.counts.calls += 1;
    const requestId = this.#newId('req');
    const denied = deny(request) ?? this.#denyAccount(request.account);
    if (denied !== null) return reply(denied, requestId);
    const route = findRoute(request.method, request.path);
    if (route === null) return reply(unrecognized(request), requestId);
    const fields = parseForm(request.method === 'GET' ? request.query : request.body);
    if (fields === null) return reply(failed(400, 'invalid_request_error', 'Invalid request body.'), requestId);
    const fault = this.#deps.faults.pick(request.method, request.path);
    const atTheDoor = beforeWork(fault, requestId);
    if (atTheDoor !== null) return atTheDoor;
    const call: Call = { ...this.#surroundings, account: request.account, fields, id: route.id };
    return this.#keyed(request, requestId, fault, () => this.#work(route, call, fault));
  }

  /** The buyer's answer to 3-D Secure. */
  async finishAction(intentId: string, verdict: 'authorise' | 'fail'): Promise<boolean> {
    const account = this.#deps.world.intents.get(intentId)?.account ?? '';
    const finished = finishAction({ ...this.#surroundings, account, fields: {}, id: intentId }, verdict);
    await this.#settle(null);
    return finished;
  }

  /** After a restart: the banks' verdicts that were still to come. */
  resume(): void {
    for (const { id, status } of this.#deps.world.intents.values()) {
      if (status === 'processing') finishProcessingLater(this.#surroundings, id);
    }
    for (const refund of this.#deps.world.refunds.values()) {
      if (refund.status === 'pending') settleLater(this.#surroundings, refund, 'succeeded');
    }
  }

  stop(): void {
    for (const cancel of this.#cancellations) cancel();
    this.#cancellations.clear();
  }

  async #keyed(request: SimulatorRequest, requestId: string, fault: Fault | null, work: () => Worked): Promise<Reply> {
    if (request.method !== 'POST' || request.idempotencyKey === '') return this.#finish(work(), null, requestId);
    const key = scopedKey(request.account, request.idempotencyKey);
    const fingerprint = fingerprintOf(request);
    const verdict = this.#deps.keys.begin(key, fingerprint, this.#nowSeconds());
    switch (verdict.kind) {
      case 'refused':
        return reply(verdict.answer, requestId);
      case 'replay': {
        this.counts.replayed += 1;
        const { status, body, requestId: first } = verdict.kept;
        return onTheWayBack(fault) ?? { kind: 'answer', status, body, requestId, replayedFrom: first };
      }
      case 'new':
        return this.#finish(work(), { key, fingerprint }, requestId);
      default:
        return verdict satisfies never;
    }
  }

  #work(route: Route, call: Call, fault: Fault | null): Worked {
    if (fault?.kind === 'error_during') return { answer: broken(), fault: null };
    const answer = route.endpoint(call);
    return fault?.kind === 'error_after' ? { answer: broken(), fault: null } : { answer, fault };
  }

  async #finish({ answer, fault }: Worked, key: KeyInUse | null, requestId: string): Promise<Reply> {
    const delayMs = fault?.kind === 'delay' ? fault.ms : answer.misbehave?.kind === 'delay' ? answer.misbehave.ms : 0;
    const body = JSON.stringify(answer.body);
    const kept = key === null || !answer.kept ? null : { ...key, status: answer.status, body, requestId, atSeconds: this.#nowSeconds() };
    try {
      await this.#settle(kept);
      if (delayMs > 0) await new Promise<void>((resolve) => this.#later(delayMs, resolve)); // the key stays in use meanwhile
    } catch {
      return reply(broken(), requestId);
    } finally {
      if (kept !== null) this.#deps.keys.keep(kept);
      else if (key !== null) this.#deps.keys.drop(key.key);
    }
    if (answer.misbehave?.kind === 'silence') return { kind: 'silence' };
    return onTheWayBack(fault) ?? { kind: 'answer', status: answer.status, body, requestId, replayedFrom: null };
  }

  /** S1, S2: what the act changed becomes durable, then known. */
  async #settle(kept: Kept | null): Promise<void> {
    const { stored, announced } = this.#deps.world.drain();
    if (this.#deps.journal !== null && (stored.length > 0 || kept !== null)) await this.#deps.journal.append({ stored, kept });
    for (const { type, account, object } of announced) {
      if (!this.#deps.webhooks.wants(type)) continue;
      const id = this.#newId('evt');
      const event = { id, object: 'event', api_version: apiVersion, created: this.#nowSeconds(), data: { object }, livemode: false };
      const rest = { pending_webhooks: 1, request: null, type, ...(account === '' ? {} : { account }) };
      this.#deps.webhooks.send({ id, type, account, body: JSON.stringify({ ...event, ...rest }) });
    }
  }

  #denyAccount(account: string): Answer | null {
    if (account === '' || this.#deps.world.accounts.has(account)) return null;
    if (this.#deps.strictAccounts || !/^acct_\w{1,60}$/.test(account) || !this.#deps.world.hasRoomForAccount()) {
      const message = `The provided key does not have access to account '${account}' (or that account does not exist).`;
      return failed(403, 'invalid_request_error', message, { code: 'account_invalid' });
    }
    addAccount({ ...this.#surroundings, account: '', fields: {}, id: account }, account);
    return null;
  }

  #later(ms: number, act: () => void): void {
    const cancel = this.#deps.clock.after(ms, () => {
      this.#cancellations.delete(cancel);
      act();
      this.#settle(null).catch(() => {}); // the disk is full: memory goes on, as at any other act
    });
    this.#cancellations.add(cancel);
  }

  #nowSeconds(): number {
    return Math.floor(this.#deps.clock.wallMs() / 1_000);
  }

  #newId(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_${this.#run}${this.#ids.toString(36).padStart(9, '0')}`;
  }
}

interface Worked {
  readonly answer: Answer;
  readonly fault: Fault | null;
}

type KeyInUse = Pick<Kept, 'key' | 'fingerprint'>;

function deny({ authorization, idempotencyKey }: SimulatorRequest): Answer | null {
  const [scheme, credential = ''] = authorization.split(' ');
  const key = scheme === 'Basic' ? Buffer.from(credential, 'base64').toString().split(':')[0] : credential;
  if (!/^(sk|rk)_test_\w+$/.test(key ?? '') || key === 'sk_test_invalid') {
    return failed(
      401,
      'authentication_error',
      'Invalid API Key provided. The simulator takes keys that begin with sk_test_ and no others.',
    );
  }
  return idempotencyKey.length <= keyLengthMax
    ? null
    : failed(400, 'idempotency_error', `Idempotency keys have at most ${keyLengthMax} characters.`);
}

function unrecognized({ method, path }: SimulatorRequest): Answer {
  return failed(
    404,
    'invalid_request_error',
    `Unrecognized request URL (${method}: ${path}). The simulator knows only what a checkout needs.`,
  );
}

function beforeWork(fault: Fault | null, requestId: string): Reply | null {
  switch (fault?.kind) {
    case 'error_before':
      return reply(broken(), requestId);
    case 'rate_limited':
      return reply(failed(429, 'rate_limit_error', 'Request rate limit exceeded.', { code: 'rate_limit' }), requestId);
    case 'silence_before':
      return { kind: 'silence' };
    case 'cut_before':
      return { kind: 'cut' };
    default:
      return null;
  }
}

/** The network does not know a replay from a first answer. */
function onTheWayBack(fault: Fault | null): Reply | null {
  if (fault?.kind === 'cut_after') return { kind: 'cut' };
  return fault?.kind === 'silence_after' ? { kind: 'silence' } : null;
}

function reply(answer: Answer, requestId: string): Reply {
  return { kind: 'answer', status: answer.status, body: JSON.stringify(answer.body), requestId, replayedFrom: null };
}

/** The same parameters in another order are the same request. */
function fingerprintOf({ method, path, body }: SimulatorRequest): string {
  return hash('sha256', `${method} ${path}\n${body.split('&').sort().join('&')}`, 'base64url');
}
