/**
 * The simulator in a process of its own, as a payment provider is one: it takes nothing from the thread that decides about
 * orders, and it may die alone.
 *
 * V1. It comes back: the same folder, the same port, the same receiver of webhooks. From its end to the next attempt no
 *     time passes; after failures the pause grows up to `pauseMaxMs`, and attempts go on until `stop` is called (I8).
 * V2. What it answered under a key is answered again afterwards: its journal is written before it answers (S1 there).
 *     Without a folder it forgets, as any process does.
 * V3. `stop` wins over a restart that is under way: when it returns, no simulator runs and none will be started.
 *
 * Phases: up → down (restarting) → up …, and from anywhere → stopped.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine-error.ts';
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

type Phase =
  | { readonly kind: 'up'; readonly running: Running }
  | { readonly kind: 'down'; readonly restart: Promise<void> }
  | { readonly kind: 'stopped' };

const startWithinMs = 30_000;
const pauseFirstMs = 100;
const pauseMaxMs = 5_000;
const paymentsPerAnswer = 2_000;

/** Throws EngineError when the first start fails; later ones are retried. */
export async function superviseStripe(options: SupervisedStripeOptions): Promise<SupervisedStripe> {
  return new Supervisor(options, await startChild(options, null));
}

class Supervisor implements SupervisedStripe {
  readonly #options: SupervisedStripeOptions;
  readonly #stopping = new AbortController();
  readonly url: string;
  readonly host: string;
  readonly port: number;
  #webhook: WebhookTarget | null = null;
  #phase: Phase = { kind: 'stopped' };
  #pid = 0;

  constructor(options: SupervisedStripeOptions, first: Running) {
    const { url, host, port } = first.address;
    this.#options = { ...options, port };
    this.url = url;
    this.host = host;
    this.port = port;
    this.#goUp(first);
  }

  get pid(): number {
    return this.#pid;
  }

  sendWebhooksTo(target: WebhookTarget | null): void {
    this.#webhook = target;
    if (this.#phase.kind === 'up') tell(this.#phase.running.child, { kind: 'webhook', webhook: target });
  }

  /** A few at a time: there may be very many, and reading one answer is one turn of this process. */
  async payments(): Promise<readonly Intent[]> {
    const all: Intent[] = [];
    for (;;) {
      const answer = await fetch(`${this.url}/_sim/payments?from=${all.length}&most=${paymentsPerAnswer}`);
      if (answer.status !== 200) throw new Error(`the simulator of payments answered ${answer.status}`);
      const some = (await answer.json()) as readonly Intent[];
      all.push(...some);
      if (some.length < paymentsPerAnswer) return all;
    }
  }

  /** V3. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const phase = this.#phase;
    if (phase.kind === 'down') await phase.restart;
    if (phase.kind === 'up') await endChild(phase.running);
    this.#phase = { kind: 'stopped' };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #goUp(running: Running): void {
    this.#pid = running.child.pid ?? 0;
    this.#phase = { kind: 'up', running };
    tell(running.child, { kind: 'webhook', webhook: this.#webhook }); // it may have changed while this one started
    void running.ended.then(() => this.#goDown());
  }

  #goDown(): void {
    if (this.#stopping.signal.aborted) return;
    this.#options.logger.warn({ process: this.#pid }, 'the simulator of payments ended by itself; starting it again');
    this.#phase = { kind: 'down', restart: this.#restart() };
  }

  /** V1. */
  async #restart(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        const running = await startChild(this.#options, this.#webhook);
        // V3
        if (signal.aborted) await endChild(running);
        else this.#goUp(running);
        return;
      } catch (error) {
        const retryInMs = Math.min(pauseFirstMs * 2 ** (attempt - 1), pauseMaxMs);
        this.#options.logger.error({ error: String(error), attempt, retryInMs }, 'the simulator of payments did not start again');
        await sleep(retryInMs, undefined, { signal }).catch(() => {});
      }
    }
  }
}

async function startChild({ program, port, dataDir }: SupervisedStripeOptions, webhook: WebhookTarget | null): Promise<Running> {
  const words = await program();
  const child = fork(words.at(-1)!, [], { execArgv: words.slice(0, -1), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
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
