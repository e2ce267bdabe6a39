/**
 * Our side of the comparisons that are about holds: buyers with tokens take one unit each, over HTTP, one key each.
 *
 * O1. A reading begins on fresh products. A server that has taken very many holds is replaced by a fresh one first,
 *     since all holds are remembered for an hour: a reading must not pay for the readings before it.
 * O2. What is counted is checked: the units held afterwards are at least the answers counted, and at most those plus the
 *     requests that were cut off. Otherwise the reading has a problem.
 * O3. The time to drain (until every acknowledged hold is a row) is measured after the load has ended, and told.
 */
import { holdRequest } from '../../api.ts';
import { EffortMeter, serverFigure } from '../../measure/effort.ts';
import { generatorInWords, type HttpWork, press, type Pressed } from '../generator/press.ts';
import type { BenchSettings, Reading } from '../measure.ts';
import type { Load } from '../side.ts';
import { type ArrivalsLoad, arriveAt, type ArrivedAt, ourFault } from './arrive-at.ts';
import { answersBetween, readMetrics } from './metrics.ts';
import { type Sample, Sampler, untilDrained } from './sampler.ts';
import { type BenchShop, newPrefix, openShop, type ShopOptions } from './shop.ts';

export interface HoldLoad extends Load {
  /** How long a hold lives. Without it: longer than any reading. */
  readonly ttlSeconds?: number;
  /** Called every second or so while the load lasts. */
  readonly onSample?: (sample: Sample) => void;
}

const ttlLongSeconds = 3_600;
/** O1. About 1 GB of holds. */
const holdsPerServerMax = 1_500_000;
const route = 'POST /v1/holds';
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

  /** `more`: of the first server only. */
  static async open({ log }: Pick<BenchSettings, 'log'>, more: Pick<ShopOptions, 'preload' | 'environment'> = {}): Promise<HoldSide> {
    return new HoldSide(log, await openShop({ log, ...more }));
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
    const sampler = load.onSample === undefined ? null : new Sampler({ url, pid: serverPid, route }, load.onSample);
    const pressed = await press(this.#work(prefix, load), { url, ...load }).finally(() => sampler?.stop());
    const server = serverFigure(effort.read());
    const drainMs = await untilDrained(url); // O3
    const after = await readMetrics(url);
    this.#taken += pressed.done;
    const answers = answersBetween(before, after, route);
    const problem = (await this.#problemOf(prefix, load, pressed, answers)) ?? null;
    const holdsPerFrame = pressed.done / Math.max(1, after.frames - before.frames);
    const figures = { ...figuresOf(pressed), drainMs, holdsPerFrame, ...server };
    return { value: pressed.perSecond, figures, ...(problem === null ? {} : { problem }) };
  }

  /** Open loop (O2). */
  async arrive({ skus, ...load }: ArrivalsLoad & Pick<Load, 'skus'>): Promise<ArrivedAt> {
    if (this.#taken > holdsPerServerMax) await this.#renew(); // O1
    const prefix = await this.#shop.putOnSale(skus);
    const bodies = Array.from({ length: skus }, (_, number) =>
      JSON.stringify({ sku: `${prefix}${number}`, quantity: 1, ttlSeconds: ttlLongSeconds }),
    );
    const unitsOf = () => this.#shop.units('held', prefix, skus);
    const arrived = await arriveAt(this.#shop, { path: '/v1/holds', bodies, serverSays, unitsOf }, load);
    this.#taken += arrived.done + arrived.early + arrived.late;
    return arrived;
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
    const fault = ourFault(answers, serverSays);
    if (fault !== null) return fault;
    const acknowledged = answers.get('201') ?? 0;
    if (acknowledged < pressed.done) return `${pressed.done} holds were counted, but the server gave ${acknowledged}`;
    if (skus > skusCheckedMax || ttlSeconds !== undefined) return undefined;
    const held = await this.#shop.units('held', prefix, skus);
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
const serverSays = new Set(['201', 'overloaded', 'not_done', 'outcome_unknown', 'rows_unavailable', 'repeats_full']);

function figuresOf({ refused, seconds, p50Ms, p99Ms, generatorCores }: Pressed): Readonly<Record<string, number>> {
  return { p50Ms, p99Ms, refusedPerSecond: refused / seconds, ...(generatorCores === null ? {} : { generatorCores }) };
}
