/**
 * A Stripe on this machine, for shops that have none: what the `stripe` SDK is pointed at by its `host`, `port` and
 * `protocol`. It keeps the promises that a checkout leans on (idempotency keys, one authorisation per intent, bounded
 * refunds, signed webhooks) and breaks the network on demand. It is no bank: every card is a test card.
 *
 * What it does not do: payment methods other than cards, balances, payouts, disputes, subscriptions, `expand`.
 */
import { join } from 'node:path';
import { makeFolders } from '../data-folder.ts';
import { asEngineError } from '../engine-error.ts';
import { ownClock, type SimulatorClock } from './clock.ts';
import { createControl, type StripeControl } from './control.ts';
import { Faults } from './faults.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { type Act, Journal, readJournal } from './journal.ts';
import { pageUrlOf } from './pages.ts';
import { Wire } from './server.ts';
import { Simulator } from './simulator.ts';
import { Webhooks, type WebhookTarget } from './webhooks.ts';
import { World } from './world.ts';

export interface StripeSimulatorOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly host?: string;
  /** Payments are kept there over restarts; without it in memory only. */
  readonly dataDir?: string;
  readonly clock?: SimulatorClock;
  readonly webhook?: WebhookTarget;
  readonly webhookRetryDelaysMs?: readonly number[];
  /** Under which address a buyer's browser reaches the 3-D Secure page; the simulator's own unless said. */
  readonly publicUrl?: string;
  readonly strictAccounts?: boolean;
  readonly paymentsMax?: number;
}

export interface StripeSimulator extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly control: StripeControl;
  stop(): Promise<void>;
}

const paymentsMax = 100_000;
const refundsPerIntentMax = 100;
const customersMax = 100_000;
const accountsMax = 10_000;
/** Answers to replay, a kilobyte or two each; a checkout makes three. */
const keysMax = 50_000;
const eventsMax = 10_000;
const retryDelaysMs = [500, 2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];

export async function startStripeSimulator(options: StripeSimulatorOptions): Promise<StripeSimulator> {
  const clock = options.clock ?? ownClock;
  const most = options.paymentsMax ?? paymentsMax;
  const world = new World({ intentsMax: most, refundsPerIntentMax, customersMax, accountsMax });
  const keys = new IdempotencyKeys(keysMax);
  const journal = options.dataDir === undefined ? null : await openJournal(options.dataDir, world, keys, clock);
  const wire = new Wire();
  const host = options.host ?? '127.0.0.1';
  const port = await wire.listen(host, options.port).catch(async (error: unknown) => {
    await journal?.close();
    throw error;
  });
  const url = `http://${host}:${port}`;
  const faults = new Faults();
  const webhooks = new Webhooks({
    clock,
    target: options.webhook ?? null,
    retryDelaysMs: options.webhookRetryDelaysMs ?? retryDelaysMs,
    eventsMax,
  });
  const page = options.publicUrl ?? url;
  const simulator = new Simulator({
    world,
    keys,
    faults,
    webhooks,
    clock,
    journal,
    strictAccounts: options.strictAccounts ?? false,
    pageOf: (intent) => pageUrlOf(page, intent),
  });
  const control = createControl({ world, faults, webhooks, simulator });
  simulator.resume();
  wire.serve({ simulator, control, intentOf: (id) => world.intents.get(id) ?? null });
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopAll(wire, simulator, webhooks, journal);
    return stopping;
  };
  return { url, host, port, control, stop, [Symbol.asyncDispose]: stop };
}

async function stopAll(wire: Wire, simulator: Simulator, webhooks: Webhooks, journal: Journal | null): Promise<void> {
  await wire.close();
  simulator.stop();
  webhooks.stop();
  await journal?.close();
}

async function openJournal(dataDir: string, world: World, keys: IdempotencyKeys, clock: SimulatorClock): Promise<Journal> {
  try {
    makeFolders(dataDir);
    const path = join(dataDir, 'stripe-simulator.jsonl');
    for (const { stored, kept } of await readJournal(path)) {
      for (const one of stored) world.restore(one);
      if (kept !== null) keys.restore(kept);
    }
    world.trim();
    return await Journal.open(path, () => alive(world, keys, clock), { clock });
  } catch (error) {
    throw asEngineError(error, dataDir);
  }
}

function* alive(world: World, keys: IdempotencyKeys, clock: SimulatorClock): Iterable<Act> {
  for (const stored of world.everything()) yield { stored: [stored], kept: null };
  for (const kept of keys.everything(clock.wallMs() / 1_000)) yield { stored: [], kept };
}

export type { SimulatorClock } from './clock.ts';
export type { SimulatorCounts, StripeControl } from './control.ts';
export type { Chaos, Fault, FaultRule } from './faults.ts';
export type { Intent, Refund } from './objects.ts';
export type { WebhookTarget } from './webhooks.ts';
