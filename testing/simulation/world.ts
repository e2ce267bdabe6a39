/**
 * One simulated world from one seed: shop, clients, nodes, stores and faults under one virtual clock, and
 * an auditor who looks after every step.
 *
 * A step: the next event in virtual time runs, every promise that can settle settles, the auditor checks.
 */
import type { AnyActorDefinition } from '../../actors/kernel/index.ts';
import { Archive } from '../../runtime/archive/archive.ts';
import { MemoryMedia } from '../../runtime/media/memory.ts';
import { MemoryRowStore } from '../../runtime/rows/memory.ts';
import type { Act } from './acts.ts';
import { Auditor } from './auditor.ts';
import { Chaos } from './chaos.ts';
import type { LastRead } from './checkout-books.ts';
import { type CheckoutTally, noCheckouts, tallyOf } from './checkout-tally.ts';
import { Checkouts } from './checkouts.ts';
import { Clients } from './clients.ts';
import { Contest } from './contest.ts';
import { drawMix, FaultCounts, type FaultKind } from './faults.ts';
import { checkLastReads, checkMemory, checkMovements, checkSameEverywhere, lastActs, nextDeadline, unfinished } from './finish.ts';
import { checkHistory } from './history-check.ts';
import { type HistoryTally, noHistories } from './histories.ts';
import { Host, type HostDeps, type Sabotage } from './host.ts';
import { Outside } from './outside.ts';
import { Random } from './random.ts';
import { Scheduler, settle } from './scheduler.ts';
import { drawScale, type Scale } from './scale.ts';
import { drawShop, type Shop } from './shop.ts';
import { DurableLog } from './sim-log.ts';
import { checkTimelines } from './timelines.ts';
import { Trace } from './trace.ts';
import { hold, Violation } from './violation.ts';
import { Weather } from './weather.ts';
import { Workload } from './workload.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly definitions: readonly AnyActorDefinition[];
  readonly sabotage?: Sabotage;
  /** Whether the log is archived and trimmed; absent: as the seed has it. */
  readonly archives?: boolean;
  /** Every line of the trace as it happens. */
  readonly echo?: (line: string) => void;
}

export interface Failure {
  readonly invariant: string;
  readonly message: string;
  readonly step: number;
  readonly atMs: number;
  readonly recent: readonly string[];
}

export interface WorldReport {
  readonly seed: number;
  readonly steps: number;
  readonly commands: number;
  readonly frames: number;
  readonly virtualMs: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly seen: Readonly<Record<string, number>>;
  /** Of a world that came to its end. */
  readonly histories: HistoryTally;
  /** Likewise. */
  readonly checkouts: CheckoutTally;
  /** Two runs of a seed with the same digest did the same things in the same order. */
  readonly digest: string;
  readonly failure: Failure | null;
}

/** Comparing all of memory with the log is dear; a prime, so that it falls everywhere. */
const stepsBetweenMemoryChecks = 997;
const startMs = 1_700_000_000_000;
const servesWithinMs = 10_000;
const multiHoldsAnsweredWithinMs = 120_000;
const readsWithinMs = 15_000;
/** Copies of messages and effects that are still on their way. */
const stragglersWithinMs = 10_000;
const endsWithinMs = 2_400_000;

export function runWorld(options: WorldOptions): Promise<WorldReport> {
  return new World(options).run();
}

class World {
  readonly #seed: number;
  readonly #random: Random;
  readonly #scheduler = new Scheduler(startMs);
  readonly #trace: Trace;
  readonly #faults = new FaultCounts();
  readonly #weather: Weather;
  readonly #shop: Shop;
  readonly #scale: Scale;
  readonly #workload: Workload;
  readonly #auditor: Auditor;
  readonly #clients: Clients;
  readonly #chaos: Chaos;
  readonly #store: MemoryRowStore;
  readonly #durable = new DurableLog();
  readonly #archive: Archive | null;
  readonly #hostDeps: HostDeps;
  #hosts: Host[] = [];
  #current: Host | null = null;
  #hostsBorn = 0;
  readonly #contest: Contest;
  readonly #outside: Outside;
  readonly #checkouts: Checkouts;
  #histories = noHistories;
  #tally = noCheckouts;
  #failure: Failure | null = null;

  constructor({ seed, definitions, sabotage = {}, archives, echo }: WorldOptions) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#trace = new Trace(echo ?? null);
    this.#shop = drawShop(this.#random.fork());
    this.#scale = drawScale(this.#random.fork());
    const { shardCount, limits } = this.#scale;
    this.#weather = new Weather(this.#scheduler, this.#random.fork(), this.#faults, drawMix(this.#random.fork()));
    this.#workload = new Workload(this.#random.fork(), this.#shop);
    this.#auditor = new Auditor({ definitions, shardCount, shop: this.#shop, limits, nowMs: () => this.#scheduler.nowMs });
    this.#store = new MemoryRowStore({ kinds: definitions, clock: { wallMs: () => this.#scheduler.nowMs } });
    const durable = this.#durable;
    durable.landed = (shard, frame) => this.#guard(() => this.#auditor.landed(shard, frame));
    const auditor = this.#auditor;
    const witness = {
      wanted: (act: Act) => auditor.wanted(act),
      sent: (...args: Parameters<Auditor['sent']>) => auditor.sent(...args),
      heard: (...args: Parameters<Auditor['heard']>) => auditor.heard(...args),
      left: (...args: Parameters<Auditor['left']>) => this.#guard(() => auditor.left(...args)),
      passed: (...args: Parameters<Auditor['passed']>) => this.#guard(() => auditor.passed(...args)),
      told: (...args: Parameters<Auditor['told']>) => this.#guard(() => auditor.told(...args)),
    };
    this.#clients = new Clients({
      weather: this.#weather,
      trace: this.#trace,
      shardCount,
      witness,
      route: () => (this.#current?.isAlive ? this.#current : null),
    });
    this.#outside = new Outside({
      weather: this.#weather,
      random: this.#random.fork(),
      route: () => (this.#current?.isAlive ? this.#current : null),
      asked: (call, ask) => this.#guard(() => auditor.checkouts.asked(call, ask)),
    });
    this.#archive = (archives ?? this.#scale.archives) ? new Archive(new MemoryMedia()) : null;
    this.#hostDeps = {
      weather: this.#weather,
      trace: this.#trace,
      durable,
      archive: this.#archive,
      store: this.#store,
      services: (process, logger) => this.#outside.servicesFor(process, logger),
      definitions,
      shardCount,
      limits,
      sabotage,
      published: (...args) => this.#guard(() => auditor.published(...args)),
      shardLost: (host, shard) => this.#shardLost(host, shard),
      failed: (problem) => this.#fail(problem),
    };
    this.#chaos = new Chaos(this.#weather, this.#random.fork(), {
      current: () => this.#current,
      startHost: (clockOffsetMs) => this.#startHost(clockOffsetMs),
      flood: () => this.#flood(),
      burst: () => this.#burst(),
    });
    this.#contest = new Contest(this.#random.fork(), this.#shop, (wanted) => this.#workload.act(wanted));
    this.#checkouts = new Checkouts({
      random: this.#random.fork(),
      shop: this.#shop,
      share: this.#scale.checkoutShare,
      act: (wanted) => this.#workload.act(wanted),
      ownHold: (product, buyer) => this.#workload.ownHold(product, buyer),
      finishAction: (intentId, verdict, afterMs) =>
        void this.#scheduler.after(afterMs, `bank: ${verdict} ${intentId}`, () => this.#outside.finishAction(intentId, verdict)),
    });
  }

  async run(): Promise<WorldReport> {
    try {
      this.#startHost(0);
      await this.#trade();
      await this.#calmDown();
      await this.#comeToAnEnd();
    } catch (problem) {
      this.#fail(problem);
    }
    for (const host of this.#hosts) host.process.die();
    return {
      seed: this.#seed,
      steps: this.#scheduler.steps,
      commands: this.#workload.made,
      frames: this.#auditor.fold.framesCount,
      virtualMs: this.#scheduler.nowMs - startMs,
      faults: this.#faults.toJson(),
      seen: Object.fromEntries(this.#auditor.seen),
      histories: this.#histories,
      checkouts: this.#tally,
      digest: this.#trace.digest(),
      failure: this.#failure,
    };
  }

  // ── the three parts of a world's life ─────────────────────────────────────────────────────────

  /** Clients want things while faults strike. */
  async #trade(): Promise<void> {
    for (const act of [...this.#workload.opening(), this.#contest.opening(), ...this.#checkouts.opening()]) this.#want(act);
    this.#chaos.begin();
    for (let wanted = 0; wanted < this.#scale.commands; wanted += 1) {
      await this.#runFor(this.#random.delayMs(this.#scale.gapMs));
      // Some people try once and go away, whatever they are told.
      for (const act of this.#next()) this.#want(this.#random.chance(0.15) ? { ...act, isOnce: true } : act);
    }
  }

  #next(): readonly Act[] {
    if (this.#contest.isNext) return [this.#contest.next()];
    return this.#checkouts.isNext ? this.#checkouts.next() : [this.#workload.next()];
  }

  /** The faults stop. One node remains, and it must serve everybody soon (I8). */
  async #calmDown(): Promise<void> {
    this.#trace.line(this.#scheduler.nowMs, '── no more faults ──');
    this.#chaos.end();
    this.#weather.calm();
    this.#outside.calm();
    for (const host of this.#hosts) if (host !== this.#current && host.isAlive) this.#end(host);
    const host = this.#current?.isAlive ? this.#current : this.#startHost(0);
    host.wake();
    host.process.clock.repair();
    await this.#until(
      servesWithinMs,
      () => host.node.ready.ready,
      'I8',
      () => `not ready: ${host.node.ready.why.join('; ')}`,
    );
    const open = () => this.#clients.openActs.map((act) => `#${act.number} ${act.command.type} ${act.actor.kind}/${act.actor.id}`);
    await this.#until(
      this.#scale.answersWithinMs,
      () => this.#clients.openActs.every((act) => act.actor.kind === 'hold' || act.actor.kind === 'order'),
      'I8',
      () => `no verdict yet: ${open().join(', ')}`,
    );
    await this.#until(
      Math.max(multiHoldsAnsweredWithinMs, this.#scale.answersWithinMs),
      () => this.#clients.openActs.length === 0,
      'I8',
      () => `no verdict yet: ${open().join(', ')}`,
    );
    await this.#runFor(stragglersWithinMs);
  }

  /** Every deadline passes; then all accounts are compared (I9). */
  async #comeToAnEnd(): Promise<void> {
    const host = this.#current as Host;
    const at = () => host.node.shard(0).now;
    const isQuiet = () => {
      const next = nextDeadline(this.#auditor);
      hold(
        next === null || at() - next <= this.#scale.overdueMaxMs,
        'I9',
        () => `a deadline is ${at() - (next ?? 0)} ms overdue without any fault`,
      );
      return (next === null || next > at() + endsWithinMs) && unfinished(this.#auditor, at()).length === 0;
    };
    await this.#until(
      endsWithinMs,
      isQuiet,
      'I9',
      () => `not at an end: ${unfinished(this.#auditor, at()).join('; ') || `next deadline ${nextDeadline(this.#auditor)} at ${at()}`}`,
    );
    const reads = await this.#readEverything();
    const isProjected = () => host.node.status.every(({ writeBehind }) => writeBehind.frames === 0);
    await this.#until(servesWithinMs, isProjected, 'I8', () => `rows lag behind: ${JSON.stringify(host.node.status)}`);
    this.#auditor.notDone.check(this.#auditor.fold);
    checkLastReads(this.#auditor, this.#shop, reads);
    this.#auditor.books.check(reads, this.#outside.totals(), this.#auditor.fold);
    await checkTimelines(this.#auditor.fold, this.#store, this.#scale.shardCount);
    await checkSameEverywhere(this.#auditor, host, this.#store);
    await checkMovements(this.#store, this.#scale.shardCount);
    if (this.#archive !== null) await checkHistory(this.#auditor, this.#durable, this.#archive, this.#hostDeps);
    this.#histories = this.#auditor.histories.check();
    this.#tally = tallyOf(this.#auditor.books.replies, this.#outside.totals());
  }

  async #readEverything(): Promise<readonly LastRead[]> {
    const reads: LastRead[] = [];
    const acts = lastActs(this.#auditor, this.#shop, this.#workload);
    for (const act of acts) {
      this.#clients.want(act, (verdict) => {
        if (verdict !== null) reads.push({ act, verdict });
      });
      await this.#runFor(2);
    }
    await this.#until(
      readsWithinMs,
      () => reads.length === acts.length,
      'I8',
      () => `${acts.length - reads.length} last reads were not answered`,
    );
    return reads;
  }

  // ── steps ─────────────────────────────────────────────────────────────────────────────────────

  async #runFor(ms: number): Promise<void> {
    const untilMs = this.#scheduler.nowMs + ms;
    while (await this.#step(untilMs));
  }

  async #until(withinMs: number, isDone: () => boolean, invariant: string, why: () => string): Promise<void> {
    const untilMs = this.#scheduler.nowMs + withinMs;
    for (let goesOn = true; goesOn && !isDone(); ) goesOn = await this.#step(untilMs);
    hold(isDone(), invariant, () => `after ${withinMs} ms without faults: ${why()}`);
  }

  /** False when nothing more happens until then. */
  async #step(untilMs: number): Promise<boolean> {
    if (this.#failure !== null) throw new Violation('stopped', 'the world has failed already');
    const event = this.#scheduler.next(untilMs);
    if (event === null) return false;
    this.#trace.line(event.atMs, event.label);
    await settle();
    this.#auditor.check(this.#hosts);
    if (this.#scheduler.steps % stepsBetweenMemoryChecks === 0) {
      for (const host of this.#hosts) if (host.isAlive) checkMemory(this.#auditor, host);
    }
    return true;
  }

  #guard(look: () => void): void {
    try {
      look();
    } catch (problem) {
      this.#fail(problem);
    }
  }

  /** The first failure counts. */
  #fail(problem: unknown): void {
    if (this.#failure !== null) return;
    const invariant = problem instanceof Violation ? problem.invariant : 'program';
    const message =
      problem instanceof Violation ? problem.message : problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
    this.#failure = {
      invariant,
      message,
      step: this.#scheduler.steps,
      atMs: this.#scheduler.nowMs - startMs,
      recent: this.#trace.recent(),
    };
  }

  // ── nodes ─────────────────────────────────────────────────────────────────────────────────────

  #startHost(clockOffsetMs: number): Host {
    this.#hosts = this.#hosts.filter((host) => host.isAlive);
    const host = new Host((this.#hostsBorn += 1), this.#hostDeps, clockOffsetMs);
    this.#hosts.push(host);
    this.#current = host;
    host.start();
    return host;
  }

  #end(host: Host): void {
    host.process.die();
    host.node.halt();
  }

  /** Only the node that messages go to tries again; the others have been replaced. */
  #shardLost(host: Host, shard: number): void {
    if (host === this.#current) host.retake(shard, this.#random.between(10, 1_000));
  }

  // ── traffic ───────────────────────────────────────────────────────────────────────────────────

  #want(act: Act): void {
    this.#clients.want(act, (verdict) => {
      this.#workload.learn(act, verdict);
      this.#checkouts.learn(act, verdict);
    });
  }

  #flood(): void {
    for (let count = 0; count < this.#scale.floodCommands; count += 1) this.#want(this.#workload.unknown());
  }

  #burst(): void {
    const product = this.#random.pick(this.#shop.products);
    for (let count = 0; count < this.#scale.burstCommands; count += 1) this.#want(this.#workload.burst(product));
  }
}
