/**
 * Runs many worlds, in this process or in several, and adds up what they met. A run fails when a world
 * fails, or when it is long enough to have met every kind of fault and some kind never struck.
 */
import { fork } from 'node:child_process';
import { startedBy } from '../../scripts/compile.mjs';
import { type CheckoutTally, noCheckouts } from './checkout-tally.ts';
import { definitions } from './definitions.ts';
import { FaultCounts, type FaultKind } from './faults.ts';
import type { HistoryTally } from './histories.ts';
import { runWorld, type WorldReport } from './world.ts';

export interface RunOptions {
  readonly from: number;
  readonly seeds: number;
  /** Processes; 0: in this one. */
  readonly workers: number;
  readonly onReport?: (report: WorldReport, done: number) => void;
  readonly stopped?: AbortSignal;
  /** Every line of every trace; only in this process. */
  readonly echo?: (line: string) => void;
}

export interface RunSummary {
  readonly from: number;
  readonly seeds: number;
  readonly commands: number;
  readonly commandsLeast: number;
  readonly steps: number;
  readonly frames: number;
  readonly virtualHours: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** What nodes answered, and how often. */
  readonly seen: Readonly<Record<string, number>>;
  /** Linearizability, seen from outside; `worldsDecided`: with at least one SKU that was. */
  readonly histories: HistoryTally & { readonly worldsDecided: number };
  readonly checkouts: CheckoutTally;
  readonly neverStruck: readonly FaultKind[];
  readonly failures: readonly WorldReport[];
  readonly ok: boolean;
}

/** Fewer worlds than this may miss a kind of fault by chance. */
export const seedsToMeetEverything = 100;

/** A message to a worker: run this seed, or, with `null`, end. */
export interface WorkerTask {
  readonly seed: number | null;
}

export async function runSeeds(options: RunOptions): Promise<RunSummary> {
  const tally = new Tally(options);
  const seeds = seedsOf(options);
  if (options.workers === 0) {
    const echo = options.echo === undefined ? {} : { echo: options.echo };
    for (const seed of seeds) tally.add(await runWorld({ seed, definitions, ...echo }));
  } else {
    const program = await startedBy('testing/simulation/worker.ts');
    await Promise.all(Array.from({ length: Math.min(options.workers, options.seeds) }, () => work(program, seeds, tally)));
  }
  return tally.summary();
}

function* seedsOf({ from, seeds, stopped }: RunOptions): Generator<number> {
  for (let seed = from; seed < from + seeds && stopped?.aborted !== true; seed += 1) yield seed;
}

/** One process that runs one seed after the other. */
function work(program: readonly string[], seeds: Iterator<number>, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(program.at(-1)!, { execArgv: program.slice(0, -1) });
    const next = () => {
      const { value, done } = seeds.next();
      const task: WorkerTask = { seed: done === true ? null : value };
      worker.send(task);
    };
    worker.on('message', (report) => {
      tally.add(report as WorldReport);
      next();
    });
    worker.once('error', reject);
    worker.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`a simulation process ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`));
    });
    next();
  });
}

class Tally {
  readonly #options: RunOptions;
  readonly #faults = new FaultCounts();
  readonly #seen: Record<string, number> = {};
  readonly #failures: WorldReport[] = [];
  readonly #undecided: Record<string, number> = {};
  #histories = { skus: 0, linearizable: 0, operations: 0, worldsDecided: 0 };
  readonly #checkouts: Record<keyof CheckoutTally, number> = { ...noCheckouts };
  #done = 0;
  #commands = 0;
  #commandsLeast = Infinity;
  #steps = 0;
  #frames = 0;
  #virtualMs = 0;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  add(report: WorldReport): void {
    this.#done += 1;
    this.#commands += report.commands;
    this.#commandsLeast = Math.min(this.#commandsLeast, report.failure === null ? report.commands : Infinity);
    this.#steps += report.steps;
    this.#frames += report.frames;
    this.#virtualMs += report.virtualMs;
    this.#faults.add(report.faults);
    for (const [what, count] of Object.entries(report.seen)) this.#seen[what] = (this.#seen[what] ?? 0) + count;
    this.#addHistories(report.histories);
    for (const what of Object.keys(noCheckouts) as (keyof CheckoutTally)[]) this.#checkouts[what] += report.checkouts[what];
    if (report.failure !== null) this.#failures.push(report);
    this.#options.onReport?.(report, this.#done);
  }

  #addHistories({ skus, linearizable, operations, undecided }: HistoryTally): void {
    const sum = this.#histories;
    this.#histories = {
      skus: sum.skus + skus,
      linearizable: sum.linearizable + linearizable,
      operations: sum.operations + operations,
      worldsDecided: sum.worldsDecided + (linearizable > 0 ? 1 : 0),
    };
    for (const [why, count] of Object.entries(undecided)) this.#undecided[why] = (this.#undecided[why] ?? 0) + count;
  }

  summary(): RunSummary {
    const neverStruck = this.#faults.never();
    const isComplete = this.#done < seedsToMeetEverything || neverStruck.length === 0;
    return {
      from: this.#options.from,
      seeds: this.#done,
      commands: this.#commands,
      commandsLeast: this.#commandsLeast,
      steps: this.#steps,
      frames: this.#frames,
      virtualHours: Math.round(this.#virtualMs / 36_000) / 100,
      faults: this.#faults.toJson(),
      seen: Object.fromEntries(Object.entries(this.#seen).sort(([one], [other]) => (one < other ? -1 : 1))),
      histories: { ...this.#histories, undecided: this.#undecided },
      checkouts: this.#checkouts,
      neverStruck,
      failures: this.#failures.sort((one, other) => one.seed - other.seed),
      ok: this.#failures.length === 0 && isComplete && this.#done === this.#options.seeds,
    };
  }
}

/** What a person needs of a failed world: what broke, what came before, and how to see it again. */
export function failureText({ seed, failure }: WorldReport): string {
  if (failure === null) return '';
  return [
    `seed ${seed} failed at step ${failure.step}, ${(failure.atMs / 1_000).toFixed(3)} s into the world`,
    `  ${failure.invariant}: ${failure.message}`,
    ...failure.recent.map((line) => `    ${line}`),
    `  again: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}
