/** Looks at the server once a second while it is pressed, and waits afterwards until all it acknowledged is rows. */
import { pause } from '../../api.ts';
import { nowMs } from '../../measure/now.ts';
import { answerCount, memoryMb, readMetrics } from './metrics.ts';

export interface Sample {
  readonly second: number;
  /** Answers of the watched route with status 201. */
  readonly perSecond: number;
  readonly lagMs: number;
  readonly behindFrames: number;
  /** Of the server process; of its database and whatever else it started. */
  readonly serverMb: number;
  readonly othersMb: number;
}

export interface Watched {
  readonly url: string;
  readonly pid: number | null;
  /** Such as `POST /v1/holds`. */
  readonly route: string;
}

const sampleEveryMs = 1_000;
/** After a look that was late the next tick comes early; so short a time says nothing of a second. */
const sampleLeastMs = 900;
const drainWithinMs = 180_000;
const drainPollMs = 50;

export class Sampler {
  readonly #watched: Watched;
  readonly #tell: (sample: Sample) => void;
  readonly #startedAtMs = nowMs();
  readonly #timer: NodeJS.Timeout;
  #before: { readonly atMs: number; readonly done: number } | null = null;
  #busy = false;

  constructor(watched: Watched, tell: (sample: Sample) => void) {
    this.#watched = watched;
    this.#tell = tell;
    this.#timer = setInterval(() => this.#tick(), sampleEveryMs);
    this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A server that is too busy to say how it is: the next look comes in a second. */
  #tick(): void {
    if (this.#busy) return;
    this.#busy = true;
    void this.#look()
      .catch(() => {})
      .finally(() => (this.#busy = false));
  }

  async #look(): Promise<void> {
    const { url, pid, route } = this.#watched;
    const metrics = await readMetrics(url);
    const before = this.#before;
    const now = { atMs: nowMs(), done: answerCount(metrics, route, '201') };
    if (before !== null && now.atMs - before.atMs < sampleLeastMs) return;
    this.#before = now;
    if (before === null) return;
    const memory = pid === null ? null : memoryMb(pid);
    this.#tell({
      second: Math.round((now.atMs - this.#startedAtMs) / 100) / 10,
      perSecond: Math.round(((now.done - before.done) * 1_000) / (now.atMs - before.atMs)),
      lagMs: Math.round(metrics.lagMs),
      behindFrames: metrics.behindFrames,
      serverMb: Math.round(memory?.server ?? 0),
      othersMb: Math.round(memory?.others ?? 0),
    });
  }
}

/** Throws when it takes for ever: then nothing that was measured is worth telling. */
export async function untilDrained(url: string): Promise<number> {
  const startedAtMs = nowMs();
  for (;;) {
    const { behindFrames } = await readMetrics(url);
    const waitedMs = nowMs() - startedAtMs;
    if (behindFrames === 0) return Math.round(waitedMs);
    if (waitedMs > drainWithinMs) throw new Error(`${behindFrames} frames were no rows ${drainWithinMs / 1_000} s after the load`);
    await pause(drainPollMs);
  }
}
