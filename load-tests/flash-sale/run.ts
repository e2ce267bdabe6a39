/**
 * A flash sale from opening to verdict: put stock on sale, open the pages, let the buyers in, wait until
 * every one has ended, read the books, judge.
 *
 * F1. Ends: every buyer has bounded patience, every hold a time to live, every wait a limit.
 * F2. Touches one fresh SKU and nothing else of the store.
 */
import { adminRequest, pause, readDoneAnswer, sendUntilDecided } from '../api.ts';
import { type Verdict, audit } from '../auditor/audit.ts';
import { readBooks, readLevels } from '../auditor/books-reader.ts';
import type { BooksSource } from '../auditor/books-wire.ts';
import type { PurchaseVerdict } from '../auditor/audit-purchases.ts';
import type { Books, Observation } from '../auditor/observations.ts';
import { HttpClient, type HttpTimes, parseTarget } from '../http/client.ts';
import { type Effort, EffortMeter } from '../measure/effort.ts';
import { Latencies } from '../measure/latencies.ts';
import { nowMs } from '../measure/now.ts';
import { Timeline } from '../measure/timeline.ts';
import { Buyer, type BuyerWorld, type SaleEvent, newToken } from './buyer.ts';
import { type PlanOptions, comesAtOnce, planBuyer } from './plan.ts';
import { PurchaseSale } from './purchase-sale.ts';
import { Watcher } from './watcher.ts';

export interface FlashSaleOptions extends PlanOptions {
  readonly stock: number;
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  readonly serverPid: number | null;
  readonly connectionsMax: number;
  readonly patienceMs: number;
  /** After the last expiry: a timer may fire late, a part of a hold asks after its grace. */
  readonly settleGraceMs?: number;
  readonly holdTtlSeconds?: number;
  /** Buyers pay: they check out, instead of holding and having the merchant commit. */
  readonly checkout?: boolean;
  /** The server is this run's own. */
  readonly ownsServer?: boolean;
  readonly progress: (line: string) => void;
  /** Doors close early: buyers not yet arrived never come. */
  readonly doorsClose?: AbortSignal | undefined;
  /** Called at every acknowledged hold and commit. */
  readonly onAcknowledged?: (answer: HttpTimes) => void;
  readonly onDoorsOpen?: (atMs: number) => void;
  /** Waited for when every buyer has ended, before the books are read. */
  readonly beforeBooks?: () => Promise<void>;
}

export interface FlashSaleOutcome {
  readonly verdict: Verdict | PurchaseVerdict;
  readonly sku: string;
  readonly arrived: number;
  readonly sockets: number;
  readonly seconds: number;
  /** Definite answers to hold, commit and release requests. */
  readonly answers: number;
  readonly latencies: Latencies;
  readonly serviceTimes: Latencies;
  readonly pushLatencies: Latencies;
  readonly timeline: Timeline;
  readonly effort: Effort;
  readonly retries: Readonly<Record<'again' | 'lost' | 'cut' | 'twice', number>>;
}

const requestTimeoutMs = 15_000;
const holdTtlSecondsDefault = 120;
const expiringTtlSeconds = 5;
const settleGraceDefaultMs = 20_000;
const socketsOpeningAtOnce = 200;
const watcherReadyMs = 30_000;
const convergeMs = 3_000;

export async function runFlashSale(options: FlashSaleOptions): Promise<FlashSaleOutcome> {
  const run = `sale-${options.seed}-${Math.floor(nowMs()).toString(36)}`;
  const sale = new FlashSale(options, run);
  try {
    return await sale.play();
  } finally {
    sale.close();
  }
}

class FlashSale {
  readonly #options: FlashSaleOptions;
  readonly #sku: string;
  readonly #client: HttpClient;
  readonly #observations: Observation[] = [];
  readonly #latencies = new Latencies();
  readonly #serviceTimes = new Latencies();
  readonly #pushLatencies = new Latencies();
  readonly #retries = { again: 0, lost: 0, cut: 0, twice: 0 };
  readonly #watchers = new Map<number, Watcher>();
  readonly #tokens = new Map<number, string>();
  readonly #run: string;
  /** Null: buyers only hold. */
  readonly #purchases: PurchaseSale | null;
  #timeline = new Timeline(0);
  readonly #counted = new Set<string>();
  #counts = { arrived: 0, left: 0, hold: 0, commit: 0, refusal: 0, release: 0 };

  constructor(options: FlashSaleOptions, run: string) {
    this.#options = options;
    this.#run = run;
    this.#sku = run;
    this.#purchases = options.checkout === true ? this.#purchaseSale(options) : null;
    this.#client = new HttpClient({
      address: parseTarget(options.url),
      connectionsMax: options.connectionsMax,
      waitingMax: options.buyers * 2 + 1_000,
      timeoutMs: requestTimeoutMs,
    });
  }

  #purchaseSale({ url, secretKey, stock, ownsServer = false, progress }: FlashSaleOptions): PurchaseSale {
    return new PurchaseSale({ source: { url, secretKey }, sku: this.#sku, stock, run: this.#run, ownsServer, progress });
  }

  close(): void {
    this.#client.close();
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  async play(): Promise<FlashSaleOutcome> {
    await this.#putOnSale();
    await this.#purchases?.prepare(this.#client);
    await this.#openPages();
    if (comesAtOnce(this.#options)) await this.#makeTokens();
    this.#options.progress(`${this.#watchers.size} pages open, ${this.#options.stock} units of ${this.#sku} on sale; doors open`);
    const startedAtMs = nowMs();
    this.#timeline = new Timeline(startedAtMs);
    const effort = new EffortMeter(this.#options.serverPid);
    const ticker = setInterval(() => this.#tick(startedAtMs), 1_000);
    this.#options.onDoorsOpen?.(startedAtMs);
    await this.#letBuyersIn().finally(() => clearInterval(ticker));
    const seconds = (nowMs() - startedAtMs) / 1_000;
    const effortSpent = effort.read();
    await this.#options.beforeBooks?.();
    this.#options.progress('every buyer has ended; reading the books');
    const verdict = await this.#judge();
    return {
      verdict,
      sku: this.#sku,
      arrived: this.#counts.arrived,
      sockets: this.#watchers.size,
      seconds,
      answers: this.#latencies.count,
      latencies: this.#latencies,
      serviceTimes: this.#serviceTimes,
      pushLatencies: this.#pushLatencies,
      timeline: this.#timeline,
      effort: effortSpent,
      retries: this.#retries,
    };
  }

  /** Receives the stock, twice under one key: the merchant's connection stutters too. */
  async #putOnSale(): Promise<void> {
    const request = adminRequest(this.#options.secretKey, 'stock/receive', `${this.#run}-receive`, {
      sku: this.#sku,
      quantity: this.#options.stock,
    });
    const untilMs = nowMs() + 30_000;
    for (let time = 1; time <= 2; time += 1) {
      const answer = await sendUntilDecided(this.#client, request, readDoneAnswer, untilMs);
      if (answer.kind !== 'done') throw new Error(`the stock could not be received: ${describe(answer)}`);
    }
  }

  async #openPages(): Promise<void> {
    const watchers = Array.from({ length: this.#options.buyers }, (_, index) => planBuyer(this.#options, index)).filter(
      (plan) => plan.watches,
    );
    for (let from = 0; from < watchers.length; from += socketsOpeningAtOnce) {
      const batch = watchers.slice(from, from + socketsOpeningAtOnce).map((plan) => this.#openPage(plan.index, plan.seed));
      const ready = await Promise.all(batch.map((watcher) => watcher.ready(watcherReadyMs)));
      if (ready.includes(false))
        throw new Error(`${ready.filter((one) => !one).length} live sockets had no snapshot within ${watcherReadyMs} ms`);
    }
  }

  /** A crowd that storms the doors at once has its tokens from waiting in front of them; others come with their arrival. */
  async #makeTokens(): Promise<void> {
    const untilMs = nowMs() + this.#options.patienceMs;
    const world = {
      client: this.#client,
      publishableKey: this.#options.publishableKey,
      observe: (observation: Observation) => this.#observe(observation),
    };
    const make = async (_: unknown, buyer: number): Promise<void> => {
      const token = await newToken(world, buyer, untilMs);
      if (token !== null) this.#tokens.set(buyer, token);
      if (this.#tokens.size % 100 === 0)
        this.#options.progress(`${this.#tokens.size} of ${this.#options.buyers} buyers in front of the doors`);
    };
    await Promise.all(Array.from({ length: this.#options.buyers }, make));
  }

  #openPage(buyer: number, seed: number): Watcher {
    const watcher = new Watcher({
      url: `${this.#options.url.replace(/^http/, 'ws')}/v1/live`,
      publishableKey: this.#options.publishableKey,
      sku: this.#sku,
      stock: this.#options.stock,
      seed,
      onPush: (latencyMs) => this.#pushLatencies.record(latencyMs),
      onWrong: (what) => this.#observations.push({ kind: 'pushWrong', buyer, what }),
    });
    this.#watchers.set(buyer, watcher);
    watcher.open();
    return watcher;
  }

  async #letBuyersIn(): Promise<void> {
    const world = this.#world();
    const startedAtMs = nowMs();
    const running: Promise<void>[] = [];
    for (let index = 0; index < this.#options.buyers; index += 1) {
      const plan = planBuyer(this.#options, index);
      const waitMs = startedAtMs + plan.arrivesAfterMs - nowMs();
      if (waitMs > 0) await pause(waitMs);
      if (this.#options.doorsClose?.aborted === true) break;
      this.#counts.arrived += 1;
      const watcher = this.#watchers.get(index) ?? null;
      running.push(this.#purchases?.shop(world, plan, watcher) ?? new Buyer(world, plan, watcher).run());
    }
    await Promise.all(running);
  }

  #world(): BuyerWorld {
    const { publishableKey, secretKey, patienceMs } = this.#options;
    return {
      client: this.#client,
      publishableKey,
      secretKey,
      sku: this.#sku,
      run: this.#run,
      holdTtlSeconds: this.#options.holdTtlSeconds ?? holdTtlSecondsDefault,
      expiringTtlSeconds,
      patienceMs,
      observe: (observation) => this.#observe(observation),
      measure: (event, subject, answer) => this.#measure(event, subject, answer),
      countRetry: (why) => {
        this.#retries[why] += 1;
      },
      tokens: this.#tokens,
    };
  }

  #observe(observation: Observation): void {
    this.#observations.push(observation);
    if (observation.kind === 'left') this.#counts.left += 1;
  }

  /** Every answer counts for latency; the second answer to a request sent twice is not a second event. */
  #measure(event: SaleEvent, subject: string, answer: HttpTimes): void {
    const latencyMs = answer.endedAtMs - answer.askedAtMs;
    this.#latencies.record(latencyMs);
    this.#serviceTimes.record(answer.endedAtMs - answer.sentAtMs);
    const name = `${event} ${subject}`;
    if (this.#counted.has(name)) return;
    this.#counted.add(name);
    this.#counts[event] += 1;
    if (event === 'hold' || event === 'commit') this.#options.onAcknowledged?.(answer);
    if (event !== 'release') this.#timeline.record(event, answer.endedAtMs, latencyMs);
  }

  #tick(startedAtMs: number): void {
    const second = Math.round((nowMs() - startedAtMs) / 1_000);
    this.#sampleStock();
    const { arrived, left, hold, commit, refusal } = this.#counts;
    this.#options.progress(
      `${second} s: ${arrived} arrived, ${arrived - left} inside, ${hold} holds, ${commit} bought, ${refusal} refusals, p99 ${this.#latencies.percentileMs(99) ?? '–'} ms`,
    );
  }

  /** As the newest page shows it and as buyers were told; nothing is asked for it. */
  #sampleStock(): void {
    let newest: Watcher['shown'] = null;
    for (const { shown } of this.#watchers.values()) {
      if (shown !== null && (newest === null || shown.version > newest.version)) newest = shown;
    }
    const committed = this.#counts.commit;
    const available = newest?.available ?? null;
    const held = available === null ? null : Math.max(0, this.#options.stock - available - committed);
    this.#timeline.sample(nowMs(), { available, held, committed });
  }

  async #judge(): Promise<Verdict | PurchaseVerdict> {
    const source: BooksSource = { url: this.#options.url, secretKey: this.#options.secretKey };
    if (this.#purchases !== null) return this.#purchases.judge(this.#observations, () => this.#settledBooks(source));
    await this.#settle(source);
    const holdIds = this.#observations.flatMap((observation) => (observation.kind === 'holdAcknowledged' ? [observation.holdId] : []));
    const books = await this.#booksSeenByPages(source, holdIds);
    return audit({ sku: this.#sku, stock: this.#options.stock }, this.#observations, books);
  }

  async #settledBooks(source: BooksSource): Promise<Books> {
    await this.#settle(source);
    return this.#booksSeenByPages(source, []);
  }

  async #booksSeenByPages(source: BooksSource, holdIds: readonly string[]): Promise<Books> {
    const books = await readBooks(source, this.#sku, holdIds);
    await this.#comparePages(books.levels.reduce((total, level) => total + Math.max(0, level.available), 0));
    return books;
  }

  /** Until nothing is held any more, but no longer than the last hold may live: what is held then leaked. */
  async #settle(source: BooksSource): Promise<void> {
    const untilMs = Math.max(nowMs(), lastExpiryLeftAlone(this.#observations)) + (this.#options.settleGraceMs ?? settleGraceDefaultMs);
    while (nowMs() < untilMs) {
      const levels = await readLevels(source, this.#sku);
      if (levels.every((level) => level.held === 0)) return;
      await pause(200);
    }
  }

  /** Every open page must come to show what the books say. */
  async #comparePages(available: number): Promise<void> {
    const differing = (): number[] =>
      [...this.#watchers].filter(([, watcher]) => watcher.shown?.available !== available).map(([buyer]) => buyer);
    const untilMs = nowMs() + convergeMs;
    while (differing().length > 0 && nowMs() < untilMs) await pause(50);
    for (const buyer of differing())
      this.#observations.push({ kind: 'pushWrong', buyer, what: 'a page did not come to show what the books say' });
  }
}

/** Committed and released holds have ended before; only those left to themselves have to be waited for. */
function lastExpiryLeftAlone(observations: readonly Observation[]): number {
  const ended = new Set<string>();
  for (const observation of observations) {
    if (observation.kind === 'commitAcknowledged' || observation.kind === 'releaseAcknowledged') ended.add(observation.holdId);
  }
  let lastMs = 0;
  for (const observation of observations) {
    if (observation.kind === 'holdAcknowledged' && !ended.has(observation.holdId)) lastMs = Math.max(lastMs, observation.expiresAtMs);
  }
  return lastMs;
}

function describe(answer: { readonly kind: string; readonly status?: number; readonly code?: string; readonly reason?: string }): string {
  return [answer.kind, answer.status, answer.code, answer.reason].filter((part) => part !== undefined && part !== '').join(' ');
}
