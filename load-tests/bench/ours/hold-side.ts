/**
 * Our side of the comparisons that are about holds: buyers with tokens take one unit each, over HTTP, one key each.
 *
 * O1. A reading begins on fresh products. A server that has taken very many holds is replaced by a fresh one first,
 *     since all holds are remembered for an hour: a reading must not pay for the readings before it.
 * O2. What is counted is checked: the units held afterwards are at least the answers counted, and at most those plus the
 *     requests that were cut off. Otherwise the reading has a problem.
 * O3. The time to drain (until every acknowledged hold is a row) is measured after the load has ended, and told.
 */
import { holdRequest, pause } from '../../api.ts';
import { nowMs } from '../../measure/now.ts';
import { EffortMeter } from '../../measure/effort.ts';
import { generatorInWords, type HttpWork, press, type Pressed } from '../generator/press.ts';
import type { BenchSettings, Reading } from '../measure.ts';
import type { Load } from '../side.ts';
import { answersBetween, memoryMb, readMetrics, type ServerMetrics } from './metrics.ts';
import { type BenchShop, newPrefix, openShop } from './shop.ts';

export interface HoldLoad extends Load {
  /** How long a hold lives. Without it: longer than any reading. */
  readonly ttlSeconds?: number;
  /** Called every second or so while the load lasts. */
  readonly onSample?: (sample: Sample) => void;
}

export interface Sample {
  readonly second: number;
  readonly holdsPerSecond: number;
  readonly lagMs: number;
  readonly behindFrames: number;
  /** Of the server process; of its database and whatever else it started. */
  readonly serverMb: number;
  readonly othersMb: number;
}

const ttlLongSeconds = 3_600;
/** O1. About 1 GB of holds. */
const holdsPerServerMax = 1_500_000;
const drainWithinMs = 180_000;
const pollMs = 50;
const sampleEveryMs = 1_000;
/** O2 asks for every product: with more of them a part of the truth would cost more than the load. */
const skusCheckedMax = 64;

export class HoldSide implements AsyncDisposable {
  readonly #log: 'postgres' | 'jetstream';
  #shop: BenchShop;
  #taken = 0;

  private constructor(log: 'postgres' | 'jetstream', shop: BenchShop) {
    this.#log = log;
    this.#shop = shop;
  }

  static async open({ log }: Pick<BenchSettings, 'log'>): Promise<HoldSide> {
    return new HoldSide(log, await openShop({ log }));
  }

  get durability(): string {
    return this.#shop.target.durability;
  }

  get shop(): BenchShop {
    return this.#shop;
  }

  generator(connections: number): string {
    return generatorInWords(connections);
  }

  async read(load: HoldLoad): Promise<Reading> {
    if (this.#taken > holdsPerServerMax) await this.#renew(); // O1
    const prefix = await this.#shop.putOnSale(load.skus);
    const { url, serverPid } = this.#shop.target;
    const before = await readMetrics(url);
    const effort = new EffortMeter(serverPid);
    const sampler = load.onSample === undefined ? null : new Sampler(url, serverPid, before, load.onSample);
    const pressed = await press(this.#work(prefix, load), { url, ...load }).finally(() => sampler?.stop());
    const { serverCores } = effort.read();
    const drainMs = await untilDrained(url); // O3
    const after = await readMetrics(url);
    this.#taken += pressed.done;
    const answers = answersBetween(before, after);
    const problem = (await this.#problemOf(prefix, load, pressed, answers)) ?? null;
    const figures = figuresOf(pressed, { drainMs, holdsPerFrame: pressed.done / Math.max(1, after.frames - before.frames), serverCores });
    return { value: pressed.perSecond, figures, ...(problem === null ? {} : { problem }) };
  }

  async #renew(): Promise<void> {
    await this.#shop[Symbol.asyncDispose]();
    this.#shop = await openShop({ log: this.#log });
    this.#taken = 0;
    // the program is compiled as it runs: a server must not be slow for being young
    const prefix = await this.#shop.putOnSale(1);
    await press(this.#work(prefix, { skus: 1 }), { url: this.#shop.target.url, connections: 64, seconds: 3 });
  }

  #work(prefix: string, { skus, ttlSeconds = ttlLongSeconds }: Pick<HoldLoad, 'skus' | 'ttlSeconds'>): HttpWork {
    const { tokens, tokensFile, target } = this.#shop;
    const keys = newPrefix();
    let sent = 0;
    return {
      script: 'hold.lua',
      words: [tokensFile, target.publishableKey, keys, prefix, String(skus), String(ttlSeconds)],
      request: () => {
        sent += 1;
        const token = tokens[sent % tokens.length] ?? '';
        const sender = { kind: 'buyer', publishableKey: target.publishableKey, token } as const;
        return holdRequest(sender, `${keys}${sent}`, [{ sku: `${prefix}${sent % skus}`, quantity: 1 }], ttlSeconds);
      },
    };
  }

  /** O2. */
  async #problemOf(
    prefix: string,
    { skus, connections, ttlSeconds }: HoldLoad,
    pressed: Pressed,
    answers: ReadonlyMap<string, number>,
  ): Promise<string | undefined> {
    if (pressed.done === 0) return 'no hold was taken';
    if (pressed.failed > 0) return `${pressed.failed} requests were never answered`;
    const ours = [...answers].find(([code]) => !serverSays.has(code));
    if (ours !== undefined) return `${ours[1]} answers said ${ours[0]}, which is the fault of the benchmark`;
    const acknowledged = answers.get('ok') ?? 0;
    if (acknowledged < pressed.done) return `${pressed.done} holds were counted, but the server gave ${acknowledged}`;
    if (skus > skusCheckedMax || ttlSeconds !== undefined) return undefined;
    const held = await this.#shop.unitsHeld(prefix, skus);
    // one more per connection was under way when the load ended; what was refused may have been done all the same
    const atMost = pressed.done + connections + pressed.refused;
    if (held < pressed.done || held > atMost) return `${pressed.done} holds were counted, but ${held} units are held`;
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shop[Symbol.asyncDispose]();
  }
}

/** What a server may say that has too much to do; anything else that is no hold is a mistake of ours. */
const serverSays = new Set(['ok', 'overloaded', 'not_done', 'outcome_unknown', 'rows_unavailable', 'repeats_full']);

function figuresOf(
  { refused, seconds, p50Ms, p99Ms, generatorCores }: Pressed,
  more: { readonly drainMs: number; readonly holdsPerFrame: number; readonly serverCores: number | null },
): Readonly<Record<string, number>> {
  return {
    p50Ms,
    p99Ms,
    refusedPerSecond: refused / seconds,
    drainMs: more.drainMs,
    holdsPerFrame: more.holdsPerFrame,
    ...(more.serverCores === null ? {} : { serverCores: more.serverCores }),
    ...(generatorCores === null ? {} : { generatorCores }),
  };
}

/** O3. Throws when it takes for ever: then nothing that was measured is worth telling. */
export async function untilDrained(url: string): Promise<number> {
  const startedAtMs = nowMs();
  for (;;) {
    const { behindFrames } = await readMetrics(url);
    const waitedMs = nowMs() - startedAtMs;
    if (behindFrames === 0) return Math.round(waitedMs);
    if (waitedMs > drainWithinMs) throw new Error(`${behindFrames} frames were no rows ${drainWithinMs / 1_000} s after the load`);
    await pause(pollMs);
  }
}

/** Looks at the server once a second while it is pressed. */
class Sampler {
  readonly #timer: NodeJS.Timeout;
  #before: { readonly atMs: number; readonly ok: number };
  #busy = false;

  constructor(url: string, pid: number | null, first: ServerMetrics, tell: (sample: Sample) => void) {
    const startedAtMs = nowMs();
    this.#before = { atMs: startedAtMs, ok: first.holdAnswers.get('ok') ?? 0 };
    const look = async (): Promise<void> => {
      const metrics = await readMetrics(url).catch(() => null);
      if (metrics === null) return; // busy: the next look comes in a second
      const now = { atMs: nowMs(), ok: metrics.holdAnswers.get('ok') ?? 0 };
      const memory = pid === null ? null : memoryMb(pid);
      tell({
        second: Math.round((now.atMs - startedAtMs) / 100) / 10,
        holdsPerSecond: Math.round(((now.ok - this.#before.ok) * 1_000) / (now.atMs - this.#before.atMs)),
        lagMs: Math.round(metrics.lagMs),
        behindFrames: metrics.behindFrames,
        serverMb: Math.round(memory?.server ?? 0),
        othersMb: Math.round(memory?.others ?? 0),
      });
      this.#before = now;
    };
    this.#timer = setInterval(() => {
      if (this.#busy) return;
      this.#busy = true;
      void look().finally(() => (this.#busy = false));
    }, sampleEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
