/**
 * One node: hosts shards, carries commands to them and views from them. In embedded mode it owns them all.
 *
 * A shard object lives for one ownership: when it is lost, a new object tries anew.
 */
import { randomBytes } from 'node:crypto';
import type { AnyActorDefinition, LiveView } from '../actors/kernel/index.ts';
import type { Clock } from './clock.ts';
import { EventNotApplied, LogDamaged } from './frame/frame.ts';
import { type Limits, limits as defaultLimits } from './limits.ts';
import type { Log } from './log/port.ts';
import type { Logger } from './logger.ts';
import type { AnswerPosition, Envelope, LiveFeed, Outcome, Router } from './router/port.ts';
import { noServices, type Services } from './router/services.ts';
import { RowsTooNew, type RowStore } from './rows/port.ts';
import { pause } from './shard/append.ts';
import { unavailable } from './shard/pending.ts';
import type { History } from './shard/rebuild.ts';
import { Shard } from './shard/shard.ts';
import type { ShardStatus } from './shard/shard-status.ts';
import { shardOf } from './shard-of.ts';

export interface NodeOptions {
  readonly clusterId: string;
  readonly incarnation: string;
  readonly shardCount: number;
  readonly definitions: readonly AnyActorDefinition[];
  /** What actors may owe something to that is no actor. */
  readonly services?: Services;
  readonly log: Log;
  /** Archive and log as one, for actors whose rows are damaged. Absent = the log. */
  readonly history?: History;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Limits;
  /** 8 bytes in hex; tests and simulation choose them. */
  readonly nonce?: () => string;
  /** Called when another owner was found on a shard's log, unless it `mayTakeAgain`. Absent: the node tries to take
   *  it over again. */
  readonly onShardLost?: (shard: number) => void;
  readonly mayTakeAgain?: (shard: number) => boolean;
}

type ViewListener = (views: readonly LiveView[], position: AnswerPosition) => void;

export class Node implements Router {
  readonly #options: NodeOptions;
  readonly #limits: Limits;
  readonly #definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly #shards: (Shard | null)[];
  readonly #listeners = new Set<ViewListener>();
  #phase: 'idle' | 'running' | 'draining' | 'halted' = 'idle';
  #logNearlyFull = false;
  readonly #timers = new Map<string, () => void>();
  /** Why a shard is not served, by shard. */
  readonly #troubles = new Map<number, string>();
  readonly live: LiveFeed = {
    subscribe: (listener) => {
      this.#listeners.add(listener);
      return () => this.#listeners.delete(listener);
    },
  };

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLimits;
    this.#definitions = new Map(options.definitions.map((definition) => [definition.kind, definition]));
    this.#shards = Array.from({ length: options.shardCount }, () => null);
  }

  get shardCount(): number {
    return this.#options.shardCount;
  }

  /** Takes over every shard. Operating faults are tried again until they pass; a shard with an event that cannot be
   *  applied is left out; throws `LogDamaged`, `RowsTooNew` when the data must not be served at all. */
  async start(): Promise<void> {
    this.#phase = 'running';
    this.#watchRoom();
    this.#forgetLater();
    const starts = this.#shards.map((_, shard) => this.takeOver(shard));
    const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      this.halt();
      throw failed.reason;
    }
  }

  /** Tries to own a shard until it does, cannot for a reason that stays, or the node stops. Throws `LogDamaged`, `RowsTooNew`. */
  async takeOver(shard: number): Promise<void> {
    const { clock, logger } = this.#options;
    while (this.#phase === 'running') {
      const attempt = this.#newShard(shard);
      this.#shards[shard] = attempt;
      try {
        if (await attempt.start()) {
          this.#troubles.delete(shard);
          return;
        }
        this.#troubles.set(shard, 'another owner took it');
      } catch (error) {
        const isNews = this.#troubles.get(shard) !== String(error);
        this.#troubles.set(shard, String(error));
        if (error instanceof EventNotApplied) return this.#giveUp(shard, error);
        if (error instanceof LogDamaged || error instanceof RowsTooNew) throw error;
        if (isNews) logger.warn({ shard, error: String(error) }, 'could not take over the shard; trying again');
      }
      await pause(clock, this.#limits.takeOverRetryMs);
    }
  }

  /** The shard stays unserved and every other one served; readiness says why. Trying again would only write
   *  one more EPOCH frame each time. */
  #giveUp(shard: number, error: EventNotApplied): void {
    this.#options.logger.error({ shard, frame: error.frame, error: String(error) }, 'the shard cannot be served');
  }

  #newShard(shard: number): Shard {
    const { clusterId, incarnation, shardCount, services = noServices, log, history, rows, clock, logger } = this.#options;
    return new Shard({
      shard,
      shardCount,
      clusterId,
      incarnation,
      nonce: this.#options.nonce?.() ?? randomBytes(8).toString('hex'),
      definitions: this.#definitions,
      services,
      log,
      ...(history === undefined ? {} : { history }),
      rows,
      router: this,
      clock,
      limits: this.#limits,
      logger,
      logIsNearlyFull: () => this.#logNearlyFull,
      onViews: (views, position) => this.#publish(views, position),
      onLost: (lost) => this.#onLost(lost),
    });
  }

  #onLost(shard: number): void {
    this.#troubles.set(shard, 'another owner took it');
    const { onShardLost, mayTakeAgain } = this.#options;
    if (onShardLost !== undefined && mayTakeAgain?.(shard) !== true) return onShardLost(shard);
    this.takeOver(shard).catch((error: unknown) =>
      this.#options.logger.error({ shard, error: String(error) }, 'the shard cannot be served'),
    );
  }

  #publish(views: readonly LiveView[], position: AnswerPosition): void {
    if (views.length > 0) for (const listener of this.#listeners) listener(views, position);
  }

  #watchRoom(): void {
    const { log, logger } = this.#options;
    if (log.room === undefined) return;
    log
      .room()
      .then(({ usedBytes, maxBytes }) => {
        const isNearlyFull = usedBytes >= maxBytes * this.#limits.logFullAt;
        if (isNearlyFull && !this.#logNearlyFull) logger.error({ usedBytes, maxBytes }, 'the log is nearly full: nothing new is taken');
        this.#logNearlyFull = isNearlyFull;
      })
      .catch((error: unknown) => logger.debug({ error: String(error) }, 'the room in the log could not be measured'))
      .finally(() => this.#later('room', this.#limits.logRoomPollMs, () => this.#watchRoom()));
  }

  /** Rows of repeats that nobody can ask for any more are deleted, now and then. By shard time: a wall clock
   *  that jumps ahead must not make anybody forget (I5). */
  #forgetLater(): void {
    const { rows, logger } = this.#options;
    this.#later('forget', this.#limits.forgetRowsMs, () => {
      const slowest = Math.min(...this.#shards.map((shard) => shard?.now ?? 0));
      rows
        .forget(slowest)
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'old rows could not be forgotten; trying again'))
        .finally(() => this.#forgetLater());
    });
  }

  /** Timers of the node itself: none outlives it, or the process would wait for them. */
  #later(name: string, ms: number, call: () => void): void {
    if (this.#phase === 'halted') return;
    this.#timers.set(name, this.#options.clock.after(ms, call));
  }

  send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    if (!this.#definitions.has(envelope.actor.kind)) return this.#refuseUnknown(envelope, answer);
    const shard = this.#shards[shardOf(envelope.actor, this.shardCount)];
    if (shard === null || shard === undefined) answer(unavailable('not_ready'));
    else shard.send(envelope, answer);
  }

  /** An effect for an actor that only a newer version has, or a part that was not wired: no reason to end the process. */
  #refuseUnknown({ actor, command }: Envelope, answer: (outcome: Outcome) => void): void {
    this.#options.logger.error({ kind: actor.kind, command: command.type }, 'there is no actor of this kind; the command was refused');
    answer(unavailable('actor_stopped', this.#limits.commandWaitMs));
  }

  /** Serves nothing new, finishes what was taken, writes all rows, then stops; within `drainWithinMs`, also when
   *  the log or Postgres is away. What is then unfinished was not acknowledged, or is replayed by the next owner. */
  async drain(): Promise<void> {
    this.#phase = 'draining';
    const drained = Promise.all(this.#shards.map(async (shard) => shard?.drain()));
    const late = new Promise<'late'>((resolve) => this.#later('drain', this.#limits.drainWithinMs, () => resolve('late')));
    if ((await Promise.race([drained, late])) === 'late') this.#options.logger.warn({}, 'the shards could not be drained in time');
    this.halt();
  }

  /** As a crash would. */
  halt(): void {
    this.#phase = 'halted';
    for (const cancel of this.#timers.values()) cancel();
    for (const shard of this.#shards) shard?.halt();
  }

  get ready(): { readonly ready: boolean; readonly why: readonly string[] } {
    const why = this.status.flatMap((shard) => this.#hindrance(shard) ?? []);
    return { ready: this.#phase === 'running' && why.length === 0, why: this.#phase === 'running' ? why : [`the node is ${this.#phase}`] };
  }

  #hindrance({ shard, phase, settlingMs }: ShardStatus): string | null {
    if (phase !== 'serving') return `shard ${shard} is ${phase}${this.#trouble(shard)}`;
    if (settlingMs > this.#limits.logAppendTimeoutMs) return `shard ${shard} waits for the log`;
    return null;
  }

  #trouble(shard: number): string {
    const trouble = this.#troubles.get(shard);
    return trouble === undefined ? '' : `: ${trouble}`;
  }

  get status(): readonly ShardStatus[] {
    return this.#shards.flatMap((shard) => (shard === null ? [] : [shard.status]));
  }

  shard(shard: number): Shard {
    const found = this.#shards[shard];
    if (found === null || found === undefined) throw new RangeError(`no shard ${shard}`);
    return found;
  }
}
