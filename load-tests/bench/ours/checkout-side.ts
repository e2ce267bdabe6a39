/**
 * Our side of the measures about checkouts: buyers with tokens buy one unit each with one request, `POST /v1/checkouts`,
 * which places the order, holds, pays, commits and confirms.
 *
 * K1. Only an answer 201 counts: a confirmed order. 202 says that it is not decided yet.
 * K2. What is counted is checked: the units committed afterwards are at least the answers counted. Otherwise the reading has a problem.
 * K3. A reading begins on fresh products.
 */
import { writeFile } from 'node:fs/promises';
import { type Json } from '../../api.ts';
import { address, checkoutRequest } from '../../checkout-api.ts';
import type { HttpRequest } from '../../http/client.ts';
import { EffortMeter, serverFigure } from '../../measure/effort.ts';
import { generatorInWords, type HttpWork, press, type Pressed } from '../generator/press.ts';
import { type Storm, weather, type Weathered } from '../generator/storm.ts';
import type { BenchSettings, Reading } from '../measure.ts';
import { type ArrivalsLoad, arriveAt, type ArrivedAt, ourFault, unitsProblem } from './arrive-at.ts';
import { type Answers, answersBetween, readMetrics } from './metrics.ts';
import { type Sample, Sampler, untilDrained } from './sampler.ts';
import { type BenchShop, newPrefix, openShop, type ShopOptions } from './shop.ts';

export type WhoTakesTheMoney = 'simulator' | 'memory';

export interface CheckoutLoad {
  readonly connections: number;
  readonly seconds: number;
  readonly onSample?: (sample: Sample) => void;
}

const route = 'POST /v1/checkouts';
/** Enough that no shard has all of them. */
const products = 64;
const wish = { email: 'buyer@bench.example', paymentMethod: 'pm_card_visa' } as const;
const memoryPayments = 'load-tests/bench/preload/payments-in-memory.ts';

export class CheckoutSide implements AsyncDisposable {
  readonly shop: BenchShop;
  readonly money: WhoTakesTheMoney;

  private constructor(shop: BenchShop, money: WhoTakesTheMoney) {
    this.shop = shop;
    this.money = money;
  }

  static async open(
    { log }: Pick<BenchSettings, 'log'>,
    money: WhoTakesTheMoney,
    { preload = [], ...more }: Pick<ShopOptions, 'preload' | 'environment'> = {},
  ): Promise<CheckoutSide> {
    return new CheckoutSide(
      await openShop({ log, preload: [...(money === 'memory' ? [memoryPayments] : []), ...preload], ...more }),
      money,
    );
  }

  generator(connections: number): string {
    return generatorInWords(connections);
  }

  /** Closed loop: as many checkouts under way as there are connections. */
  async read(load: CheckoutLoad): Promise<Reading> {
    const prefix = await this.#putOnSale();
    const { url, serverPid } = this.shop.target;
    const before = await readMetrics(url);
    const effort = new EffortMeter(serverPid);
    const sampler = load.onSample === undefined ? null : new Sampler({ url, pid: serverPid, route }, load.onSample);
    const work = await this.#work(prefix);
    const pressed = await press(work, { url, ...load }).finally(() => sampler?.stop());
    const server = serverFigure(effort.read());
    const drainMs = await untilDrained(url);
    const answers = answersBetween(before, await readMetrics(url), route);
    const undecided = answers.get('202') ?? 0;
    const done = Math.max(0, pressed.done - undecided); // K1
    const problem = await this.#problemOf(prefix, done, pressed.failed, answers);
    const figures = { ...figuresOf(pressed, undecided), drainMs, ...server };
    return { value: done / pressed.seconds, figures, ...(problem === null ? {} : { problem }) };
  }

  /** Open loop (K2). */
  async arrive(load: ArrivalsLoad): Promise<ArrivedAt> {
    const prefix = await this.#putOnSale();
    const unitsOf = () => this.#units(prefix);
    return arriveAt(this.shop, { path: '/v1/checkouts', bodies: bodiesOf(prefix), serverSays, unitsOf }, load);
  }

  /** Buyers who ask again and again. Each order that one of them heard of exists once, or there is a problem (K2). */
  async weather(
    load: Pick<Storm, 'buyers' | 'againMs' | 'seconds' | 'rampSeconds'>,
  ): Promise<Weathered & { readonly generatorCores: number; readonly serverCores?: number; readonly problem?: string }> {
    const prefix = await this.#putOnSale();
    const { target } = this.shop;
    const effort = new EffortMeter(target.serverPid);
    const weathered = { ...(await weather({ ...load, url: target.url, request: this.#requests(prefix) })), ...coresOf(effort) };
    await untilDrained(target.url);
    // the last ones were asked for when nobody listened any more
    const problem = unitsProblem(await this.#units(prefix), weathered.created, load.buyers);
    return problem === null ? weathered : { ...weathered, problem };
  }

  /** K2. */
  #units(prefix: string): Promise<number> {
    return this.shop.units('committed', prefix, products);
  }

  async #putOnSale(): Promise<string> {
    const prefix = await this.shop.putOnSale(products); // K3
    await this.shop.price(prefix, products);
    return prefix;
  }

  async #work(prefix: string): Promise<HttpWork> {
    const { tokensFile, target } = this.shop;
    const file = `${tokensFile}-bodies`;
    await writeFile(file, `${bodiesOf(prefix).join('\n')}\n`);
    const words = ['/v1/checkouts', tokensFile, target.publishableKey, newPrefix(), file];
    return { script: 'post.lua', words, request: this.#requests(prefix) };
  }

  #requests(prefix: string): () => HttpRequest {
    const { tokens, target } = this.shop;
    const keys = newPrefix();
    let sent = 0;
    return () => {
      sent += 1;
      const sender = { kind: 'buyer', publishableKey: target.publishableKey, token: tokens[sent % tokens.length] ?? '' } as const;
      return checkoutRequest(sender, `${keys}${sent}`, { ...wish, lines: [{ sku: `${prefix}${sent % products}`, quantity: 1 }] });
    };
  }

  async #problemOf(prefix: string, done: number, failed: number, answers: Answers): Promise<string | null> {
    if (done === 0) return `no order was confirmed: ${inWords(answers)}`;
    if (failed > 0) return `${failed} requests were never answered`;
    return ourFault(answers, serverSays) ?? unitsProblem(await this.#units(prefix), done, Number.POSITIVE_INFINITY);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shop[Symbol.asyncDispose]();
  }
}

/** A generator in this process takes its share of the machine, which nobody has who is pressed from elsewhere. */
function coresOf(effort: EffortMeter): { readonly generatorCores: number; readonly serverCores?: number } {
  const read = effort.read();
  return { generatorCores: read.generatorCores, ...serverFigure(read) };
}

/** What a server may say that has too much to do. */
const serverSays = new Set([
  '201',
  '202',
  'overloaded',
  'not_done',
  'outcome_unknown',
  'rows_unavailable',
  'repeats_full',
  'price_unavailable',
  'checkout_expired',
]);

function bodiesOf(prefix: string): string[] {
  return Array.from({ length: products }, (_, number) => JSON.stringify(bodyOf(`${prefix}${number}`)));
}

function bodyOf(sku: string): Json {
  return { ...wish, lines: [{ sku, quantity: 1 }], shippingAddress: { ...address } };
}

function figuresOf({ p50Ms, p99Ms, refused, seconds, generatorCores }: Pressed, undecided: number): Readonly<Record<string, number>> {
  return {
    p50Ms,
    p99Ms,
    refusedPerSecond: refused / seconds,
    undecidedPerSecond: undecided / seconds,
    ...(generatorCores === null ? {} : { generatorCores }),
  };
}

function inWords(answers: Answers): string {
  return [...answers].map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'nothing was answered';
}
