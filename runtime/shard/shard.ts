/**
 * One shard: one owner, one mailbox, one thread of decisions.
 *
 *   send → mailbox → decide on the newest state → open frame → log → acknowledged
 *                                                               ↘ answers, views, effects, rows
 *
 * The frames keep S1 to S3 (`frames.ts`). Here:
 * S4. A fenced owner answers nothing but "not known" and "not ready", and forgets its state.
 * S5. "Not done" is promised only of what was never decided, or was undone and will not be tried again.
 *
 * Does not know what actors mean, nor which log, rows or router it runs on.
 */
import { assert, type Instant } from '../../actors/kernel/index.ts';
import type { AnswerPosition, Envelope, Outcome } from '../router/port.ts';
import { WriteBehind } from '../write-behind/write-behind.ts';
import type { Activation } from './activation.ts';
import { Deadlines } from './deadlines.ts';
import { Effects } from './effects.ts';
import { Frames } from './frames.ts';
import { Mailbox } from './mailbox.ts';
import type { Promised, SealedFrame } from './open-frame.ts';
import { Pending, unavailable } from './pending.ts';
import { replay } from './replay.ts';
import { Residents } from './residents.ts';
import { ShardClock } from './shard-clock.ts';
import type { ShardDeps } from './shard-deps.ts';
import type { ShardPhase, ShardStatus, StandStill } from './shard-status.ts';
import { takeOver } from './take-over.ts';
import { Tickets } from './tickets.ts';
import { type AnyDecision, answerOf, settledBy } from './verdicts.ts';

/** What a shard has only while it owns its log. */
interface Ownership {
  readonly epoch: number;
  readonly clock: ShardClock;
  readonly frames: Frames;
  readonly writeBehind: WriteBehind;
}

export class Shard {
  readonly #deps: ShardDeps;
  readonly #mailbox: Mailbox;
  readonly #residents: Residents;
  readonly #effects: Effects;
  readonly #deadlines: Deadlines;
  readonly #tickets = new Tickets();
  #phase: ShardPhase = 'idle';
  /** `start` has said that the shard serves: only then is a loss news, else `start` itself tells of it. */
  #started = false;
  #owned: Ownership | null = null;
  #pumpQueued = false;
  #sweepQueued = false;
  /** Why nothing is decided right now: the newest frame must be settled first, the log is full, or somebody looks. */
  #blocked = false;
  #frozen = false;
  #logFull = false;
  #draining = false;
  #quiet: (() => void)[] = [];
  #cancelScan: (() => void) | null = null;

  constructor(deps: ShardDeps) {
    this.#deps = deps;
    this.#mailbox = new Mailbox(deps.limits);
    const halted = () => this.#isGone;
    const now = () => this.now;
    this.#effects = new Effects({ ...deps, halted });
    this.#residents = new Residents({
      ...deps,
      now,
      halted,
      mend: (changes) => this.#owned?.writeBehind.mend(changes),
      projectedFrame: () => this.#owned?.writeBehind.projectedFrame ?? -1,
      onEvicted: (activation) => this.#effects.forget(activation),
      onLoaded: (activation, parked) => this.#onLoaded(activation, parked),
      onLoadFailed: (parked) => this.#onLoadFailed(parked),
    });
    this.#deadlines = new Deadlines({
      clock: deps.clock,
      now,
      find: (key) => this.#residents.get(key),
      residents: () => this.#residents.all(),
      residentCount: () => this.#residents.size,
      halted,
      tick: (activation) => this.#sendTick(activation),
    });
  }

  get #isGone(): boolean {
    return this.#phase === 'halted' || this.#phase === 'fenced';
  }

  // ── life ──────────────────────────────────────────────────────────────────────────────────────

  /** Tries once to become the owner; a shard that did not is of no further use. False when another owner got
   *  in between. Throws what `takeOver` throws. */
  async start(): Promise<boolean> {
    assert(this.#phase === 'idle', `a shard starts once; it is ${this.#phase}`);
    this.#phase = 'taking over';
    try {
      await this.#becomeOwner();
    } finally {
      if (this.#phase === 'taking over') this.halt();
    }
    this.#started = this.status.phase === 'serving';
    return this.#started;
  }

  async #becomeOwner(): Promise<void> {
    const deps = this.#deps;
    const halted = () => this.#isGone;
    const taken = await takeOver({ ...deps, halted });
    if (taken === null || halted()) return;
    const onFenced = (why: string) => this.#fence(why);
    const frames = new Frames(
      {
        ...deps,
        halted,
        onFenced,
        onAcknowledged: (sealed) => this.#onAcknowledged(sealed),
        onAbsent: (promised, touched, why) => this.#onAbsent(promised, touched, why),
      },
      taken.epoch,
      taken.tail,
    );
    const writeBehind = new WriteBehind(
      { ...deps, halted, onFenced: () => onFenced('write-behind lost its checkpoint') },
      taken.checkpoint,
    );
    this.#owned = { epoch: taken.epoch, clock: new ShardClock(deps.clock, taken.at, taken.readAtMs), frames, writeBehind };
    await replay(deps, taken, this.#residents, writeBehind);
    await this.#loadDue();
    if (halted()) return;
    this.#phase = 'serving';
    for (const activation of this.#residents.all()) this.#welcome(activation);
    this.#scanDeadlines();
    this.#pumpLater();
  }

  /** What is due soon or owes something, as far as there is room; the scan for deadlines brings the rest. */
  async #loadDue(): Promise<void> {
    const { rows, shard, limits } = this.#deps;
    const due = await rows.due(shard, this.now + limits.deadlineResidentMs);
    await this.#residents.loadAll(due.slice(0, Math.max(0, limits.residentActorsMax - this.#residents.size)));
  }

  /** As a crash would: nothing more is said or done. */
  halt(): void {
    this.#phase = 'halted';
    this.#forgetEverything((pending) => pending.abandon());
  }

  /** Takes nothing new, decides what is in the mailbox, writes all rows. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#phase !== 'serving') return;
    await this.#becomeQuiet();
    await this.#owned?.writeBehind.caughtUp();
  }

  /** Runs `look` while the shard stands still at one frame with all its rows written (for `verify`). */
  async standStill<T>(look: (still: StandStill) => Promise<T>): Promise<T> {
    assert(this.#phase === 'serving' && !this.#frozen, `shard ${this.#deps.shard} cannot stand still now`);
    this.#frozen = true;
    try {
      await this.#becomeQuiet();
      const { writeBehind, frames } = this.#owned!;
      await writeBehind.caughtUp();
      return await look({ frame: frames.tail.frame, at: this.now, residents: this.#residents.all() });
    } finally {
      this.#frozen = false;
      this.#pumpLater();
    }
  }

  // ── intake ────────────────────────────────────────────────────────────────────────────────────

  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    const { clock } = this.#deps;
    const isClient = envelope.class === 'client';
    if (this.#phase !== 'serving' || (this.#draining && isClient)) return answer(unavailable('not_ready'));
    if (isClient && envelope.frees !== true && this.#takesNothingNew()) return answer(unavailable('overloaded'));
    const pending = new Pending(envelope, clock.monotonicMs() + envelope.waitMs, answer);
    if (!this.#mailbox.offer(pending)) return answer(unavailable('overloaded'));
    this.#sweepLater();
    this.#pumpLater();
  }

  /** W3, and room in the log: intake stops before what frees things no longer fits. */
  #takesNothingNew(): boolean {
    return this.#logFull || this.#owned!.writeBehind.full || this.#deps.logIsNearlyFull();
  }

  #sendTick(activation: Activation): boolean {
    const { id, definition } = activation;
    const envelope: Envelope = { actor: id, command: definition.tick, class: 'internal', waitMs: Number.POSITIVE_INFINITY };
    const answer = (outcome: Outcome) => {
      if (outcome.kind === 'unavailable') this.#deadlines.tickFailed(activation);
      else this.#deadlines.ticked(activation);
    };
    const taken = this.#mailbox.offer(new Pending(envelope, Number.POSITIVE_INFINITY, answer));
    if (taken) this.#pumpLater();
    return taken;
  }

  // ── deciding ──────────────────────────────────────────────────────────────────────────────────

  #pumpLater(): void {
    if (this.#pumpQueued) return;
    this.#pumpQueued = true;
    this.#deps.clock.defer(() => {
      this.#pumpQueued = false;
      if (this.#phase === 'serving') this.#pump();
    });
  }

  #pump(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    let budget = this.#deps.limits.turnCommandsMax;
    while (!this.#frozen && !this.#blocked && budget-- > 0) {
      const pending = this.#mailbox.take();
      if (pending === undefined) break;
      if (pending.answered) continue;
      if (pending.giveUpAt <= nowMs) pending.answer(unavailable('not_done'));
      else if (!this.#step(pending)) {
        this.#mailbox.putBack([pending]);
        this.#blocked = true;
      }
    }
    const { frames } = this.#owned!;
    frames.seal();
    // What waited for room gave up or had nothing to write: nobody else would find out whether there is room again.
    if (!this.#blocked && this.#mailbox.length === 0 && frames.isQuiet) this.#logFull = false;
    if (this.#mailbox.length > 0 && !this.#frozen && !this.#blocked) this.#pumpLater();
    this.#tellQuiet();
  }

  /** False when the command must wait for the next frame. */
  #step(pending: Pending): boolean {
    if (this.#owned!.frames.isFullOfPromises) return false;
    const activation = this.#residents.acquire(pending.envelope.actor, pending.envelope.class);
    if (activation === null) {
      pending.answer(unavailable('overloaded'));
      return true;
    }
    if (activation.residence.kind === 'loading') {
      this.#mailbox.park(pending);
      activation.residence.parked.push(pending);
      return true;
    }
    try {
      return this.#decide(pending, activation);
    } catch (error) {
      this.#reject(pending, activation, error);
      return true;
    }
  }

  #decide(pending: Pending, activation: Activation): boolean {
    const { frames } = this.#owned!;
    const at = frames.openAt ?? this.now;
    const decision = activation.definition.decide(activation.state, pending.envelope.command, at) as AnyDecision;
    const events = decision.kind === 'repeated' ? undefined : decision.events;
    if (events !== undefined && events.length > 0) {
      if (!frames.add(activation, events, at)) return false;
      pending.decided = true;
      this.#deadlines.schedule(activation);
    }
    // Nor is it "not done" what an earlier sending of the same command may have done (S5).
    else if (decision.kind === 'repeated' || decision.kind === 'waiting') pending.decided = true;
    const promised = this.#promise(pending, activation, decision, at);
    if (!frames.keep(promised)) this.#say(promised);
    if (activation.state.version === 0 && activation.lastFrame <= frames.tail.frame) this.#residents.forgetUnborn(activation);
    return true;
  }

  /** A command that throws has changed nothing; it is rejected and the actor goes on. */
  #reject(pending: Pending, activation: Activation, error: unknown): void {
    const { logger, limits } = this.#deps;
    logger.error(
      { actor: activation.key, command: pending.envelope.command.type, error: String(error) },
      'a command broke an invariant and was rejected',
    );
    pending.answer(unavailable('actor_stopped', limits.commandWaitMs));
  }

  #promise(pending: Pending, activation: Activation, decision: AnyDecision, at: Instant): Promised {
    const { frames, epoch } = this.#owned!;
    const { incarnation, shard } = this.#deps;
    const { frame, index } = frames.newest;
    const position: AnswerPosition = { incarnation, shard, epoch, frame, index };
    const answer = answerOf(activation, decision, position, at);
    return { pending, answer, settled: settledBy(activation, decision), position, at };
  }

  #say({ pending, answer, settled, position, at }: Promised): void {
    if (answer.kind === 'ticket') this.#tickets.wait(answer.ticket, pending, this.#deps.limits.ticketsMax);
    else pending.answer(answer);
    for (const one of settled) this.#tickets.settle(one.ticket, one.settled, position, at);
  }

  // ── what became of a frame ────────────────────────────────────────────────────────────────────

  #onAcknowledged({ encoded, open, batch, views, debts }: SealedFrame): void {
    const { frames, writeBehind, epoch } = this.#owned!;
    this.#blocked = false;
    this.#logFull = false;
    for (const promised of open.promised) this.#say(promised);
    writeBehind.offer({ position: frames.tail, bytes: encoded.bytes.byteLength, batch });
    const { incarnation, shard } = this.#deps;
    this.#deps.onViews(views, { incarnation, shard, epoch, frame: encoded.frame, index: 0 });
    for (const { activation, effects } of debts) this.#effects.update(activation, effects);
    frames.seal();
    this.#pumpLater();
    this.#tellQuiet();
  }

  #onAbsent(promised: readonly Promised[], touched: Iterable<Activation>, why: 'settled' | 'full'): void {
    for (const activation of touched) this.#deadlines.schedule(activation);
    const again = promised.map((one) => one.pending).filter((pending) => !pending.answered);
    for (const pending of again) pending.decided = false;
    this.#mailbox.putBack(again);
    this.#blocked = false;
    if (why === 'full') this.#waitForRoom();
    this.#pumpLater();
  }

  /** Clients are told at once; what frees things is tried again until there is room. */
  #waitForRoom(): void {
    this.#deps.logger.error({ shard: this.#deps.shard }, 'the log is full: nothing new is taken');
    const kept: Pending[] = [];
    for (const pending of this.#mailbox.drain()) {
      const { envelope } = pending;
      if (envelope.class === 'client' && envelope.frees !== true) pending.answer(unavailable('overloaded'));
      else kept.push(pending);
    }
    this.#mailbox.putBack(kept);
    this.#logFull = true;
    this.#blocked = true;
    this.#deps.clock.after(this.#deps.limits.logSettleRetryMs, () => {
      if (this.#phase !== 'serving') return;
      this.#logFull = kept.length > 0;
      this.#blocked = false;
      this.#pumpLater();
    });
  }

  /** S4. */
  #fence(why: string): void {
    if (this.#isGone) return;
    this.#deps.logger.warn({ shard: this.#deps.shard, epoch: this.#owned?.epoch, why }, 'fenced: the shard has another owner');
    this.#phase = 'fenced';
    this.#forgetEverything((pending) => pending.answer(unavailable(pending.decided ? 'outcome_unknown' : 'not_ready')));
    if (this.#started) this.#deps.onLost(this.#deps.shard);
  }

  #forgetEverything(tell: (pending: Pending) => void): void {
    const parked = [...this.#residents.loading()].flatMap((activation) =>
      activation.residence.kind === 'loading' ? activation.residence.parked : [],
    );
    const framed = this.#owned?.frames.promised.map((one) => one.pending) ?? [];
    for (const pending of [...framed, ...this.#tickets.drain(), ...this.#mailbox.drain(), ...parked]) tell(pending);
    this.#owned?.frames.drop();
    this.#deadlines.stop();
    this.#cancelScan?.();
    for (const resolve of this.#quiet.splice(0)) resolve();
  }

  // ── actors coming in ──────────────────────────────────────────────────────────────────────────

  #onLoaded(activation: Activation, parked: readonly Pending[]): void {
    this.#mailbox.unpark(parked);
    this.#mailbox.putBack(parked);
    if (this.#phase !== 'serving') return;
    this.#welcome(activation);
    if (parked.length === 0 && activation.state.version === 0) this.#residents.forgetUnborn(activation);
    this.#pumpLater();
  }

  #onLoadFailed(parked: readonly Pending[]): void {
    this.#mailbox.unpark(parked);
    for (const pending of parked) pending.answer(unavailable('rows_unavailable'));
    this.#tellQuiet();
  }

  /** What a freshly loaded actor is due and owes. Its state is acknowledged: it came from rows and log. */
  #welcome(activation: Activation): void {
    if (activation.state.version === 0) return;
    this.#deadlines.schedule(activation);
    const effects = activation.definition.pending(activation.state);
    if (effects.length > 0) this.#effects.update(activation, effects);
  }

  /** Every minute: actors not in memory whose deadline draws near. */
  #scanDeadlines(): void {
    const { clock, limits, rows, shard, logger } = this.#deps;
    this.#cancelScan = clock.after(limits.deadlineScanMs, () => {
      if (this.#phase !== 'serving') return;
      rows
        .due(shard, this.now + limits.deadlineResidentMs)
        .then((due) => {
          if (this.#phase === 'serving') for (const id of due) this.#residents.acquire(id, 'internal');
        })
        .catch((error: unknown) => logger.warn({ shard, error: String(error) }, 'could not look for deadlines; trying again'))
        .finally(() => {
          if (this.#phase === 'serving') this.#scanDeadlines();
        });
    });
  }

  // ── waiting ───────────────────────────────────────────────────────────────────────────────────

  #sweepLater(): void {
    if (this.#sweepQueued) return;
    this.#sweepQueued = true;
    this.#deps.clock.after(this.#deps.limits.waitSweepMs, () => {
      this.#sweepQueued = false;
      if (this.#phase === 'serving' && this.#sweep() > 0) this.#sweepLater();
    });
  }

  /** Tells senders whose time is up what can be promised (S5); returns how many still wait. */
  #sweep(): number {
    const now = this.#deps.clock.monotonicMs();
    let waiting = 0;
    const look = (pending: Pending) => {
      if (pending.answered) return;
      if (pending.giveUpAt > now) waiting += pending.giveUpAt === Number.POSITIVE_INFINITY ? 0 : 1;
      else pending.answer(unavailable(pending.decided ? 'outcome_unknown' : 'not_done'));
    };
    for (const pending of this.#mailbox) look(pending);
    for (const promised of this.#owned!.frames.promised) look(promised.pending);
    for (const { residence } of this.#residents.loading()) if (residence.kind === 'loading') residence.parked.forEach(look);
    return waiting + this.#tickets.sweep(now);
  }

  #becomeQuiet(): Promise<void> {
    if (this.#isQuiet) return Promise.resolve();
    this.#pumpLater();
    return new Promise((resolve) => this.#quiet.push(resolve));
  }

  /** Nothing is on its way to the log; unless frozen, the mailbox is empty too. */
  get #isQuiet(): boolean {
    return this.#owned!.frames.isQuiet && (this.#frozen || this.#mailbox.length === 0);
  }

  #tellQuiet(): void {
    if (this.#quiet.length > 0 && this.#isQuiet) for (const resolve of this.#quiet.splice(0)) resolve();
  }

  // ── what others may look at ───────────────────────────────────────────────────────────────────

  get status(): ShardStatus {
    const owned = this.#owned;
    return {
      shard: this.#deps.shard,
      phase: this.#phase,
      epoch: owned?.epoch ?? 0,
      frame: owned?.frames.tail.frame ?? -1,
      settlingMs: owned?.frames.settlingMs ?? 0,
      mailbox: { client: this.#mailbox.depth('client'), internal: this.#mailbox.depth('internal') },
      residents: this.#residents.size,
      unknown: this.#residents.unknownSize,
      damaged: this.#residents.damaged,
      debts: this.#effects.size,
      promised: owned?.frames.promisedCount ?? 0,
      tickets: this.#tickets.size,
      writeBehind: owned?.writeBehind.backlog ?? { frames: 0, bytes: 0, lagMs: 0 },
      projectedFrame: owned?.writeBehind.projectedFrame ?? -1,
    };
  }

  get residents(): Iterable<Activation> {
    return this.#residents.all();
  }

  /** Shard time; 0 before the shard is owned. */
  get now(): Instant {
    return this.#owned?.clock.now() ?? 0;
  }
}
