/**
 * A side that lives in a process of its own: forked here, told what to do, ended here.
 *
 * F1. The folder belongs to this process, so that it is removed also when the child was killed.
 * F2. A child that does not end when it is told to is killed, and with it the Postgres that it leaves behind.
 * F3. When this process goes without a word, the child notices that nobody is listening, clears up and ends by itself.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { nodeFlags } from '../../../scripts/node-flags.mjs';
import type { Load, RunningSide, Side, SideResult } from '../side.ts';
import type { FromChild, ToChild } from './child-port.ts';
import { makeFolder, removeFolder } from './folder.ts';

export interface ForkedSide extends Omit<Side, 'start'> {
  /** By which `child.ts` knows it. */
  readonly baseline: string;
  /** Presses on the url of a baseline that speaks HTTP; without it the child presses on itself. */
  readonly press?: (url: string, folder: string, load: Load) => Promise<SideResult>;
}

const endWithinMs = 20_000;

export function forkedSide({ baseline, press, ...said }: ForkedSide): Side {
  return { ...said, start: () => startForked(baseline, press) };
}

async function startForked(baseline: string, press: ForkedSide['press']): Promise<RunningSide> {
  const folder = makeFolder();
  const child = new Child(folder);
  try {
    const { url } = await child.ask({ kind: 'start', baseline, folder }, 'started');
    return {
      ...(url === null ? {} : { url }),
      async run(load) {
        await child.ask({ kind: 'prepare', load }, 'prepared');
        if (url !== null && press !== undefined) return press(url, folder, load);
        return (await child.ask({ kind: 'run', load }, 'measured')).result;
      },
      stop: () => child.stop(),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

class Child {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(folder: string) {
    this.#folder = folder;
    const program = join(import.meta.dirname, 'child.ts');
    // With the flags that our own server has. A group of its own: Ctrl-C at the terminal reaches us and not it (F3 is enough).
    const child = fork(program, [], { execArgv: [...nodeFlags, '--import', 'tsx'], detached: true });
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
