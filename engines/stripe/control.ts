/**
 * The handle by which tests, the simulation and a curious developer steer the simulated Stripe: in the process, and
 * the same over HTTP under `/_sim/` as JSON.
 *
 *   GET    /_sim/payments[?from=0&most=1000]      what there is, newest last; or a part of it
 *   GET    /_sim/counts                           calls, replays, webhooks
 *   POST   /_sim/faults                           a FaultRule; DELETE takes all away, chaos too
 *   POST   /_sim/chaos                            a Chaos
 *   POST   /_sim/webhooks                         {"pause": true} | {"resume": "kept" | "reversed" | {"seed": 1}} | {"duplicate": 2}
 *   POST   /_sim/payments/pi_…/authorise | fail   the buyer's answer to 3-D Secure
 */
import type { Chaos, Fault, FaultRule, Faults } from './faults.ts';
import type { Intent, Refund } from './objects.ts';
import type { Simulator } from './simulator.ts';
import type { Order, Webhooks, WebhookTarget } from './webhooks.ts';
import type { World } from './world.ts';

export interface SimulatorCounts {
  readonly calls: number;
  readonly replayed: number;
  readonly payments: number;
  readonly webhooks: {
    readonly delivered: number;
    readonly failed: number;
    readonly givenUp: number;
    readonly dropped: number;
    readonly pending: number;
  };
}

export interface StripeControl {
  /** Oldest first. */
  payments(): readonly Intent[];
  refunds(): readonly Refund[];
  counts(): SimulatorCounts;
  /** The next calls that match misbehave. */
  misbehave(rule: FaultRule): void;
  unleash(chaos: Chaos): void;
  behave(): void;
  finishAction(intentId: string, verdict: 'authorise' | 'fail'): Promise<boolean>;
  readonly webhooks: {
    pause(): void;
    resume(order?: Order): void;
    duplicate(copies: number): void;
    retarget(target: WebhookTarget | null): void;
  };
}

export interface ControlDeps {
  readonly world: World;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly simulator: Simulator;
}

export function createControl({ world, faults, webhooks, simulator }: ControlDeps): StripeControl {
  return {
    payments: () => [...world.intents.values()],
    refunds: () => [...world.refunds.values()],
    counts: () => ({ ...simulator.counts, payments: world.intents.size, webhooks: { ...webhooks.counts, pending: webhooks.pending } }),
    misbehave(rule) {
      if (!faults.add(rule)) throw new RangeError('There are too many rules of misbehaviour already.');
    },
    unleash: (chaos) => faults.unleash(chaos),
    behave: () => faults.clear(),
    finishAction: (intentId, verdict) => simulator.finishAction(intentId, verdict),
    webhooks: {
      pause: () => webhooks.pause(),
      resume: (order = 'kept') => webhooks.resume(order),
      duplicate: (copies) => webhooks.duplicate(copies),
      retarget: (target) => webhooks.retarget(target),
    },
  };
}

export interface ControlReply {
  readonly status: number;
  readonly body: object;
}

const notFound: ControlReply = { status: 404, body: { error: 'There is nothing of that name under /_sim/.' } };

export interface ControlRequest {
  readonly method: string;
  /** What follows `/_sim/`. */
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** The same by HTTP. */
export async function controlByHttp(control: StripeControl, { method, path, query, body }: ControlRequest): Promise<ControlReply> {
  if (method === 'GET' && path === 'payments') return { status: 200, body: partOf(control.payments(), new URLSearchParams(query)) };
  if (method === 'GET' && path === 'counts') return { status: 200, body: control.counts() };
  if (method === 'DELETE' && path === 'faults') {
    control.behave();
    return { status: 200, body: {} };
  }
  if (method !== 'POST') return notFound;
  const action = /^payments\/(pi_\w+)\/(authorise|fail)$/.exec(path);
  if (action !== null) {
    const finished = await control.finishAction(action[1] ?? '', action[2] as 'authorise' | 'fail');
    return finished ? { status: 200, body: {} } : { status: 409, body: { error: 'That payment waits for nobody.' } };
  }
  const wish = parseJson(body);
  return wish === null ? { status: 400, body: { error: 'The body is no JSON object.' } } : post(control, path, wish);
}

function partOf(payments: readonly Intent[], query: URLSearchParams): readonly Intent[] {
  const from = Number(query.get('from') ?? 0);
  return payments.slice(from, from + Number(query.get('most') ?? payments.length));
}

function post(control: StripeControl, path: string, wish: Readonly<Record<string, unknown>>): ControlReply {
  switch (path) {
    case 'faults':
      if (!isFault(wish['fault'])) return wrongFault;
      control.misbehave(wish as unknown as FaultRule);
      return { status: 200, body: {} };
    case 'chaos':
      if (!Array.isArray(wish['faults']) || !wish['faults'].every(isFault)) return wrongFault;
      control.unleash(wish as unknown as Chaos);
      return { status: 200, body: {} };
    case 'webhooks':
      if (wish['pause'] === true) control.webhooks.pause();
      if (wish['resume'] !== undefined) control.webhooks.resume(wish['resume'] as Order);
      if (typeof wish['duplicate'] === 'number') control.webhooks.duplicate(wish['duplicate']);
      return { status: 200, body: {} };
    default:
      return notFound;
  }
}

const faultKinds: ReadonlySet<unknown> = new Set<Fault['kind']>([
  'error_before',
  'rate_limited',
  'error_during',
  'error_after',
  'silence_before',
  'silence_after',
  'cut_before',
  'cut_after',
  'delay',
]);

const wrongFault: ControlReply = { status: 400, body: { error: `A fault has a kind: ${[...faultKinds].join(', ')}.` } };

function isFault(value: unknown): value is Fault {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return faultKinds.has(value.kind) && (value.kind !== 'delay' || ('ms' in value && typeof value.ms === 'number'));
}

function parseJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
