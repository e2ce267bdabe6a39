/**
 * Presses on a shop without a network: so many callers, each with one question at a time; or, in an open loop, as many
 * questions per second as are asked for, whether or not the earlier ones were answered.
 *
 * D1. What is answered after the end is not counted, neither as done nor in the latencies.
 * D2. In an open loop a latency begins when the buyer should have come, not when this process found the time.
 * D3. It returns when nothing is under way any more.
 */
import { Latencies } from '../../measure/latencies.ts';
import type { Load, SideResult } from '../side.ts';

export type Answer = 'done' | 'refused';
/** `number` counts the questions of a run from 0. */
export type Ask = (number: number) => Promise<Answer>;

export async function drive(load: Load, ask: Ask): Promise<SideResult> {
  const run = new Run(load.seconds, ask);
  if (load.buyersPerSecond === undefined) await run.closedLoop(load.connections);
  else await run.openLoop(load.buyersPerSecond);
  return run.result();
}

class Run {
  readonly #ask: Ask;
  readonly #seconds: number;
  readonly #latencies = new Latencies();
  readonly #startedAtMs = performance.now();
  readonly #endsAtMs: number;
  #number = 0;
  #done = 0;
  #refused = 0;
  #failed = 0;

  constructor(seconds: number, ask: Ask) {
    this.#ask = ask;
    this.#seconds = seconds;
    this.#endsAtMs = this.#startedAtMs + seconds * 1_000;
  }

  async closedLoop(callers: number): Promise<void> {
    await Promise.all(Array.from({ length: callers }, () => this.#caller()));
  }

  async openLoop(perSecond: number): Promise<void> {
    const waiting = new Set<Promise<void>>();
    await new Promise<void>((resolve) => {
      const arrive = (): void => {
        const elapsedMs = Math.min(performance.now() - this.#startedAtMs, this.#seconds * 1_000);
        for (const due = Math.floor((elapsedMs * perSecond) / 1_000); this.#number < due; ) {
          const one = this.#one(this.#startedAtMs + (this.#number * 1_000) / perSecond); // D2
          waiting.add(one);
          void one.then(() => waiting.delete(one));
        }
        if (performance.now() < this.#endsAtMs) setTimeout(arrive, 1);
        else resolve();
      };
      arrive();
    });
    await Promise.all(waiting); // D3
  }

  result(): SideResult {
    return {
      perSecond: this.#done / this.#seconds,
      p50Ms: this.#latencies.percentileMs(50) ?? 0,
      p99Ms: this.#latencies.percentileMs(99) ?? 0,
      done: this.#done,
      refused: this.#refused,
      failed: this.#failed,
    };
  }

  async #caller(): Promise<void> {
    while (performance.now() < this.#endsAtMs) await this.#one(performance.now());
  }

  async #one(sinceMs: number): Promise<void> {
    const number = this.#number;
    this.#number += 1;
    let answer: Answer | 'failed';
    try {
      answer = await this.#ask(number);
    } catch {
      answer = 'failed';
    }
    const atMs = performance.now();
    if (atMs > this.#endsAtMs) return; // D1
    if (answer === 'failed') this.#failed += 1;
    else if (answer === 'refused') this.#refused += 1;
    else {
      this.#done += 1;
      this.#latencies.record(atMs - sinceMs);
    }
  }
}
