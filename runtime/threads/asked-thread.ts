/**
 * A program in a thread of its own that is asked and answers: what takes long, beside the actors and not between their
 * commands, makes nobody's stock late. `serve-asks.ts` is the other end.
 *
 * H1. A thread that ends by itself, or does not start, is started again after `restartAfterMs`. Until there is one nothing is
 *     sent, and who asks is told so. Who asks while it is started for the first time, or again, waits for that.
 * H2. What it was asked and did not answer is told as `ended`: it may have been done, or not.
 * H3. It keeps no process alive, and what is loaded before the program is not loaded into it.
 * H4. Where the program is, is asked at each start: a server may outlive the file it began with.
 */
import { Worker } from 'node:worker_threads';
import { BrokenInvariant } from '../../actors/kernel/index.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Answered, Asked } from './messages.ts';
import { together } from './together.ts';

/** How Node is to start the program. */
export interface ThreadProgram {
  readonly file: string;
  readonly argv: readonly string[];
}

export interface AskedThreadOptions {
  /** For people and for tools that list threads. */
  readonly name: string;
  /** H4. */
  readonly program: () => Promise<ThreadProgram>;
  /** What the program finds as `workerData`: plain data. */
  readonly data: unknown;
  /** How much of what it makes may be short-lived, in its heap. */
  readonly youngGenerationMb: number;
  readonly logger: Logger;
  readonly clock?: Pick<Clock, 'after'>;
}

export type Told<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** H1: there is no thread, nothing was sent. */
  | { readonly kind: 'away' }
  /** H2. */
  | { readonly kind: 'ended' };

export const restartAfterMs = 1_000;

interface Waiting<Answer> {
  readonly tell: (told: Told<Answer>) => void;
  readonly fail: (error: Error) => void;
}

export class AskedThread<Ask, Answer> {
  readonly #options: AskedThreadOptions;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  readonly #say = together<Asked<Ask>>((asked) => this.#worker?.postMessage(asked));
  /** Null: not there yet, or not any more. */
  #worker: Worker | null = null;
  #attempted: Promise<void>;
  #cancelRestart = (): void => {};
  #asked = 0;
  #isClosed = false;

  constructor(options: AskedThreadOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#attempted = this.#start();
  }

  /** Resolves when the last start was attempted, whether it succeeded or not. */
  get attempted(): Promise<void> {
    return this.#attempted;
  }

  /** Rejects with a mistake of ours that the program made over this. */
  async ask(ask: Ask): Promise<Told<Answer>> {
    if (this.#worker === null) await this.#attempted;
    if (this.#worker === null) return { kind: 'away' }; // H1
    const id = (this.#asked += 1);
    return new Promise((tell, fail) => {
      this.#waiting.set(id, { tell, fail });
      this.#say({ id, ask });
    });
  }

  /** What is under way is cut off: `ended`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRestart();
    await this.#worker?.terminate();
  }

  /** H1, H4. */
  async #start(): Promise<void> {
    try {
      const program = await this.#options.program();
      if (!this.#isClosed) this.#worker = this.#started(program);
    } catch (error) {
      this.#startLater({ error: String(error) }, `the thread of ${this.#options.name} did not start and is tried again`);
    }
  }

  #started({ file, argv }: ThreadProgram): Worker {
    const { name, data, logger, youngGenerationMb } = this.#options;
    const worker = new Worker(file, {
      name,
      argv: [...argv],
      execArgv: [], // H3: no flags of this process, such as what is loaded before it
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    worker.unref(); // H3
    worker.on('message', (answers: readonly Answered<Answer>[]) => {
      for (const one of answers) this.#answered(one);
    });
    worker.on('error', (error) => logger.error({ error: String(error) }, `the thread of ${name} failed`));
    worker.once('exit', () => this.#ended());
    return worker;
  }

  #startLater(why: object, message: string): void {
    if (this.#isClosed) return;
    this.#options.logger.warn({ ...why, restartAfterMs }, message);
    this.#cancelRestart = this.#clock.after(restartAfterMs, () => {
      this.#attempted = this.#start();
    });
  }

  #answered(answered: Answered<Answer>): void {
    const waiting = this.#waiting.get(answered.id);
    this.#waiting.delete(answered.id);
    if ('answer' in answered) waiting?.tell({ kind: 'answered', answer: answered.answer });
    else waiting?.fail(new BrokenInvariant(`${this.#options.name}: ${answered.mistake}`));
  }

  #ended(): void {
    this.#worker = null;
    for (const { tell } of this.#waiting.values()) tell({ kind: 'ended' }); // H2
    this.#waiting.clear();
    this.#startLater({}, `the thread of ${this.#options.name} ended and is started again`);
  }
}
