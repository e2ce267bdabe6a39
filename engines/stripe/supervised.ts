/**
 * The simulator in a process of its own, as a payment provider is one: it takes nothing from the thread that decides about
 * orders, and it may die alone.
 *
 * It comes back (`../kept-up.ts`) with the same folder, the same port and the same receiver of webhooks. What it answered
 * under a key is answered again afterwards: its journal is written before it answers (S1 there). Without a folder it
 * forgets, as any process does.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine-error.ts';
import { KeptUp } from '../kept-up.ts';
import type { EngineLogger } from '../logger.ts';
import { type ChildOptions, didNotStart, type FromChild, type ToChild } from './messages.ts';
import type { Intent } from './objects.ts';
import type { WebhookTarget } from './webhooks.ts';

export interface SupervisedStripeOptions extends ChildOptions {
  /** How Node is to start `child.ts`: flags and file. */
  readonly program: () => Promise<readonly string[]>;
  readonly logger: EngineLogger;
}

export interface SupervisedStripe extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  sendWebhooksTo(target: WebhookTarget | null): void;
  /** Oldest first. Rejects while it is away. */
  payments(): Promise<readonly Intent[]>;
  stop(): Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly address: Extract<FromChild, { kind: 'ready' }>;
}

const startWithinMs = 30_000;
const paymentsPerAnswer = 2_000;

/** Throws EngineError when the first start fails; later ones are retried. */
export async function superviseStripe(options: SupervisedStripeOptions): Promise<SupervisedStripe> {
  let webhook: WebhookTarget | null = null;
  const first = await startChild(options, webhook);
  const { url, host, port } = first.address;
  const kept = new KeptUp<Running, unknown>(
    {
      name: 'The simulator of payments',
      logger: options.logger,
      startAgain: () => startChild({ ...options, port }, webhook),
      stop: endChild,
      whenEnded: ({ ended }, then) => void ended.then(then),
      tell(event) {
        if (event.kind === 'up') tell(event.running.child, { kind: 'webhook', webhook }); // it may have changed meanwhile
      },
    },
    first,
  );
  const stop = () => kept.stop();
  return {
    url,
    host,
    port,
    get pid() {
      return kept.running.child.pid ?? 0;
    },
    sendWebhooksTo(target) {
      webhook = target;
      tell(kept.running.child, { kind: 'webhook', webhook });
    },
    payments: () => paymentsAt(url),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A few at a time: there may be very many, and reading one answer is one turn of this process. */
async function paymentsAt(url: string): Promise<readonly Intent[]> {
  const all: Intent[] = [];
  for (;;) {
    const answer = await fetch(`${url}/_sim/payments?from=${all.length}&most=${paymentsPerAnswer}`);
    if (answer.status !== 200) throw new Error(`the simulator of payments answered ${answer.status}`);
    const some = (await answer.json()) as readonly Intent[];
    all.push(...some);
    if (some.length < paymentsPerAnswer) return all;
  }
}

async function startChild({ program, port, dataDir }: SupervisedStripeOptions, webhook: WebhookTarget | null): Promise<Running> {
  const words = await program();
  const child = fork(words.at(-1)!, [], {
    execArgv: words.slice(0, -1),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true, // a session is what Linux shares cores among: in the server's it would take from the server's share
  });
  const ended = endOf(child);
  tell(child, { kind: 'start', options: { port, ...(dataDir === undefined ? {} : { dataDir }) }, webhook });
  try {
    return { child, ended, address: await readyOf(child, ended) };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
}

/** Resolves also for one that never began. A message to one that has just ended is no error of its own. */
function endOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(error);
    });
  });
}

async function readyOf(child: ChildProcess, ended: Promise<unknown>): Promise<Running['address']> {
  const enough = new AbortController();
  const late = sleep(startWithinMs, null, { signal: enough.signal, ref: false }).catch(() => null);
  const message = new Promise<FromChild>((resolve) => child.once('message', (said: FromChild) => resolve(said)));
  const first = await Promise.race([message, ended.then(() => null), late]);
  enough.abort();
  if (first?.kind === 'ready') return first;
  const { code, sentence, remedy } = first ?? didNotStart;
  throw new EngineError(code, sentence, remedy);
}

/** It ends when its channel does, and has what it answered on disk. */
async function endChild({ child, ended }: Running): Promise<void> {
  if (child.connected) child.disconnect();
  const impatient = setTimeout(() => child.kill('SIGKILL'), startWithinMs);
  await ended;
  clearTimeout(impatient);
}

function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message);
}
