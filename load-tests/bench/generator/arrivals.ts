/**
 * Buyers who arrive at a steady rate whether or not the ones before them were answered (open loop). Each asks once.
 *
 * A1. A latency begins at the instant at which its buyer was to arrive, not when this process found the time.
 * A2. Who finds no free connection is turned away at the door and counted: the load that was asked for and the load that
 *     reached the server are both told.
 * A3. What is answered in the first `rampSeconds`, while the line is still forming, counts as early.
 * A4. Returns when nobody waits for an answer any more. What is answered after the end counts as late, not as done.
 */
import { HttpClient, type HttpRequest, parseTarget } from '../../http/client.ts';
import { Latencies } from '../../measure/latencies.ts';
import { nowMs } from '../../measure/now.ts';

export interface Arrivals {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** Before those seconds. */
  readonly rampSeconds?: number;
  readonly connections: number;
  readonly request: () => HttpRequest;
}

export interface Arrived {
  /** Asked for. */
  readonly arrived: number;
  /** A2. */
  readonly turnedAway: number;
  readonly done: number;
  readonly early: number;
  readonly late: number;
  readonly refused: number;
  readonly failed: number;
  readonly donePerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What counts as done: a confirmed order, a hold. */
const created = 201;
const answerTimeoutMs = 15_000;
const turnMs = 5;

export async function arrive(arrivals: Arrivals): Promise<Arrived> {
  const crowd = new Crowd(arrivals);
  await crowd.letIn();
  return crowd.report();
}

class Crowd {
  readonly #arrivals: Arrivals;
  readonly #client: HttpClient;
  readonly #latencies = new Latencies();
  readonly #startedAtMs = nowMs();
  readonly #countedFromMs: number;
  readonly #endsAtMs: number;
  readonly #counts = { arrived: 0, turnedAway: 0, done: 0, early: 0, late: 0, refused: 0, failed: 0 };
  readonly #waiting = new Set<Promise<void>>();

  constructor(arrivals: Arrivals) {
    this.#arrivals = arrivals;
    const { url, connections, seconds, rampSeconds = 0 } = arrivals;
    this.#countedFromMs = this.#startedAtMs + rampSeconds * 1_000;
    this.#endsAtMs = this.#countedFromMs + seconds * 1_000;
    this.#client = new HttpClient({
      address: parseTarget(url),
      connectionsMax: connections,
      waitingMax: connections,
      timeoutMs: answerTimeoutMs,
    });
  }

  async letIn(): Promise<void> {
    const { perSecond } = this.#arrivals;
    const all = Math.floor((perSecond * (this.#endsAtMs - this.#startedAtMs)) / 1_000);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const due = Math.min(all, Math.floor(((nowMs() - this.#startedAtMs) * perSecond) / 1_000));
        while (this.#counts.arrived < due) this.#one(this.#startedAtMs + (this.#counts.arrived * 1_000) / perSecond); // A1
        if (this.#counts.arrived < all) return;
        clearInterval(timer);
        resolve();
      }, turnMs);
    });
    await Promise.all(this.#waiting); // A4
    this.#client.close();
  }

  #one(dueAtMs: number): void {
    this.#counts.arrived += 1;
    if (this.#client.inFlight >= this.#arrivals.connections) {
      this.#counts.turnedAway += 1; // A2
      return;
    }
    const asked = this.#ask(dueAtMs).finally(() => this.#waiting.delete(asked));
    this.#waiting.add(asked);
  }

  async #ask(dueAtMs: number): Promise<void> {
    const outcome = await this.#client.request(this.#arrivals.request());
    if (outcome.kind === 'lost') this.#counts.failed += 1;
    else if (outcome.status !== created) this.#counts.refused += 1;
    else if (outcome.endedAtMs < this.#countedFromMs)
      this.#counts.early += 1; // A3
    else if (outcome.endedAtMs > this.#endsAtMs)
      this.#counts.late += 1; // A4
    else {
      this.#counts.done += 1;
      this.#latencies.record(outcome.endedAtMs - dueAtMs);
    }
  }

  report(): Arrived {
    return {
      ...this.#counts,
      donePerSecond: this.#counts.done / this.#arrivals.seconds,
      p50Ms: this.#latencies.percentileMs(50) ?? 0,
      p99Ms: this.#latencies.percentileMs(99) ?? 0,
    };
  }
}
