/**
 * A side that lives in a process of its own: forked here, told what to do, ended here.
 *
 * F1. The folder belongs to this process, so that it is removed also when the child was killed.
 * F2. A child that does not end when it is told to is killed, and with it the Postgres that it leaves behind.
 * F3. When this process goes without a word, the child notices that nobody is listening, clears up and ends by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { startedBy } from '../../../scripts/compile.mjs';
import { nodeFlags } from '../../../scripts/node-flags.mjs';
import type { Load, RunningSide, Side, SideResult } from '../side.ts';
import type { FromChild, ToChild } from './child-port.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { bestOf, sweep, type Tried } from './sweep.ts';

export interface ForkedSide extends Omit<Side, 'start'> {
  /** By which `child.ts` knows it. */
  readonly baseline: string;
  /** Presses on the url of a baseline that speaks HTTP; without it the child presses on itself. */
  readonly press?: Press;
  /** Values of its one setting, tried under pressure before the first run of a kind. */
  readonly candidates?: readonly number[];
}

type Press = (url: string, folder: string, load: Load) => Promise<SideResult>;

const endWithinMs = 20_000;

const sweepSeconds = 2;

export function forkedSide(side: ForkedSide): Side {
  const { baseline: _baseline, press: _press, candidates: _candidates, ...said } = side;
  return { ...said, start: () => startForked(side) };
}

async function startForked({ baseline, press, candidates = [] }: ForkedSide): Promise<RunningSide> {
  const folder = makeFolder();
  const child = new Child(folder, await startedBy('load-tests/bench/baselines/child.ts'));
  try {
    const { url } = await child.ask({ kind: 'start', baseline, folder }, 'started');
    const run = async (load: Load): Promise<SideResult> => {
      await child.ask({ kind: 'prepare', load }, 'prepared');
      if (url !== null && press !== undefined) return press(url, folder, load);
      return (await child.ask({ kind: 'run', load }, 'measured')).result;
    };
    const tuner = new Tuner(child, candidates, run);
    return {
      ...(url === null ? {} : { url }),
      async run(load) {
        await tuner.tuneFor(load);
        return run(load);
      },
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Tries each candidate in a short run before the first run of a kind (so many callers, so many SKUs); the fastest stays. */
class Tuner {
  readonly #child: Child;
  readonly #candidates: readonly number[];
  readonly #run: (load: Load) => Promise<SideResult>;
  readonly #best = new Map<string, number>();

  constructor(child: Child, candidates: readonly number[], run: (load: Load) => Promise<SideResult>) {
    this.#child = child;
    this.#candidates = candidates;
    this.#run = run;
  }

  async tuneFor({ connections, skus }: Load): Promise<void> {
    if (this.#candidates.length === 0) return;
    const kind = `${connections} ${skus}`;
    const best = this.#best.get(kind) ?? bestOf(await this.#sweep(connections, skus));
    this.#best.set(kind, best);
    await this.#tune(best);
  }

  async #sweep(connections: number, skus: number): Promise<readonly Tried[]> {
    const attempt = async (candidate: number): Promise<number> => {
      await this.#tune(candidate);
      return (await this.#run({ connections, skus, seconds: sweepSeconds })).perSecond;
    };
    const [first] = this.#candidates;
    if (first !== undefined) await attempt(first); // the program is compiled as it runs: the first must not pay for it
    const tried = await sweep(this.#candidates, attempt);
    const told = tried.map(({ candidate, perSecond }) => `${candidate}: ${Math.round(perSecond)}/s`).join(', ');
    console.error(`batches under way with ${connections} connections on ${skus} SKU(s): ${told}; taken: ${bestOf(tried)}`);
    return tried;
  }

  async #tune(candidate: number): Promise<void> {
    await this.#child.ask({ kind: 'tune', candidate }, 'tuned');
  }
}

class Child {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(folder: string, program: readonly string[]) {
    this.#folder = folder;
    // With the flags that our own server has. A group of its own: Ctrl-C at the terminal reaches us and not it (F3 is enough).
    const child = fork(program.at(-1)!, [], { execArgv: [...nodeFlags, ...program.slice(0, -1)], detached: true });
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
  }

  ask<Kind extends FromChild['kind']>(question: ToChild, expected: Kind): Promise<Extract<FromChild, { readonly kind: Kind }>> {
    return new Promise((resolve, reject) => {
      const child = this.#process;
      const settle = (): void => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (answer: FromChild): void => {
        settle();
        if (answer.kind === expected) resolve(answer as Extract<FromChild, { readonly kind: Kind }>);
        else reject(new Error(answer.kind === 'failed' ? answer.message : `the baseline answered ${answer.kind} to ${question.kind}`));
      };
      const onExit = (code: number | null): void => {
        settle();
        reject(new Error(`the process of the baseline ended (${code ?? 'by a signal'}) while it was asked to ${question.kind}`));
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      if (child.connected) child.send(question);
      else onExit(child.exitCode);
    });
  }

  /** F1, F2. */
  async stop(): Promise<void> {
    const late = setTimeout(() => this.#process.kill('SIGKILL'), endWithinMs);
    await this.ask({ kind: 'stop' }, 'stopped').catch(() => {});
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
    clearTimeout(late);
    await removeFolder(this.#folder);
  }
}
