/**
 * One life of a node: a process, its connections and the node in it. Never reused: after a crash a new
 * host starts.
 *
 * The node is the real one; only the road of its effects is made unsafe here (late, twice, lost), as they
 * would be between machines.
 */
import type { AnyActorDefinition, LiveView } from '../../actors/kernel/index.ts';
import type { Archive } from '../../runtime/archive/archive.ts';
import { Archiver } from '../../runtime/archive/archiver.ts';
import { historyOf } from '../../runtime/archive/history.ts';
import type { Limits } from '../../runtime/limits.ts';
import type { Log } from '../../runtime/log/port.ts';
import type { Logger } from '../../runtime/logger.ts';
import { Node, type NodeOptions } from '../../runtime/node.ts';
import type { AnswerPosition, Envelope, Outcome } from '../../runtime/router/port.ts';
import type { Services } from '../../runtime/router/services.ts';
import type { RowStore } from '../../runtime/rows/port.ts';
import { SimProcess } from './process.ts';
import { type DurableLog, SimLog } from './sim-log.ts';
import { type DamageableRows, SimRows } from './sim-rows.ts';
import type { Trace } from './trace.ts';
import { Violation } from './violation.ts';
import type { Weather } from './weather.ts';

export interface HostDeps {
  readonly weather: Weather;
  readonly trace: Trace;
  readonly durable: DurableLog;
  /** Null: nothing leaves the log. */
  readonly archive: Archive | null;
  readonly store: DamageableRows;
  /** What a process reaches outside of all nodes. */
  readonly services: (process: SimProcess, logger: Logger) => Services;
  readonly definitions: readonly AnyActorDefinition[];
  readonly shardCount: number;
  readonly limits: Limits;
  readonly sabotage: Sabotage;
  readonly published: (host: Host, views: readonly LiveView[], position: AnswerPosition) => void;
  readonly shardLost: (host: Host, shard: number) => void;
  readonly failed: (violation: unknown) => void;
}

/** Broken parts put in place of honest ones, to see whether the auditor notices. */
export interface Sabotage {
  readonly log?: (log: SimLog) => Log;
  readonly rows?: (rows: SimRows) => RowStore;
  readonly definitions?: (definitions: readonly AnyActorDefinition[]) => readonly AnyActorDefinition[];
  readonly send?: (envelope: Envelope, answer: (outcome: Outcome) => void, send: Node['send']) => void;
}

const clusterId = '00000000-0000-4000-8000-000000000001';
const incarnation = '00000000-0000-4000-8000-000000000002';

export class Host {
  readonly name: string;
  readonly process: SimProcess;
  readonly log: SimLog;
  readonly node: Node;
  readonly bornMs: number;
  readonly #deps: HostDeps;
  readonly #archiver: Archiver | null;
  #nonces = 0;

  constructor(number: number, deps: HostDeps, clockOffsetMs: number) {
    const { weather } = deps;
    this.name = `node${number}`;
    this.#deps = deps;
    this.bornMs = weather.scheduler.nowMs;
    const rate = weather.random.chance(0.5) ? 1 : weather.random.between(0.9995, 1.0005);
    if (rate !== 1) weather.faults.strike('clock_rate_differs');
    this.process = new SimProcess(
      this.name,
      weather.scheduler,
      { offsetMs: clockOffsetMs, rate, timerLateMs: weather.mix.timerLateMs },
      weather.random.fork(),
      weather.faults,
    );
    this.log = new SimLog(deps.durable, this.process, weather);
    const rows = new SimRows(deps.store, this.process, weather);
    const log = deps.sabotage.log?.(this.log) ?? this.log;
    const { clock } = this.process;
    const { archive, shardCount, limits } = deps;
    this.#archiver = archive === null ? null : new Archiver({ log, rows, archive, shardCount, clock, limits, logger: this.#logger() });
    this.node = new UnsafeNode(
      {
        clusterId,
        incarnation,
        shardCount,
        definitions: deps.sabotage.definitions?.(deps.definitions) ?? deps.definitions,
        services: deps.services(this.process, this.#logger()),
        log,
        ...(archive === null ? {} : { history: historyOf(log, archive) }),
        rows: deps.sabotage.rows?.(rows) ?? rows,
        clock,
        limits,
        logger: this.#logger(),
        nonce: () => `${number.toString(16).padStart(8, '0')}${(this.#nonces += 1).toString(16).padStart(8, '0')}`,
        onShardLost: (shard) => deps.shardLost(this, shard),
      },
      this.process,
      weather,
    );
    this.node.live.subscribe((views, position) => deps.published(this, views, position));
  }

  get isAlive(): boolean {
    return this.process.phase !== 'dead';
  }

  start(): void {
    this.#note('starts');
    this.process.deliver(0, 'start', () => {
      this.node.start().then(() => this.#note('serves'), this.#deps.failed);
      this.#archiver?.start();
    });
  }

  /** Tries to own a shard again that another node took. */
  retake(shard: number, afterMs: number): void {
    this.process.deliver(afterMs, `retake ${shard}`, () => {
      const isLost = this.node.status.some((status) => status.shard === shard && status.phase === 'fenced');
      if (isLost) this.node.takeOver(shard).catch(this.#deps.failed);
    });
  }

  receive(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    this.process.deliver(0, `${envelope.command.type} arrives`, () => {
      const { send } = this.#deps.sabotage;
      if (send === undefined) this.node.send(envelope, answer);
      else send(envelope, answer, this.node.send.bind(this.node));
    });
  }

  crash(): void {
    const { faults } = this.#deps.weather;
    faults.strike('node_crashed');
    if (this.log.appendsInFlight > 0) faults.strike('node_crashed_with_append_in_flight');
    this.#note(`crashes with ${this.log.appendsInFlight} appends in flight`);
    this.process.die();
    this.node.halt();
  }

  pause(): void {
    this.#deps.weather.faults.strike('node_paused');
    this.#note('is paused');
    this.process.pause();
  }

  wake(): void {
    if (this.process.phase === 'paused') this.#note('is woken');
    this.process.wake();
  }

  #note(what: string): void {
    this.#deps.trace.line(this.#deps.weather.scheduler.nowMs, `${this.name} ${what}`);
  }

  #logger(): Logger {
    const note = (level: string) => (fields: object, message: string) => this.#note(`${level}: ${message} ${JSON.stringify(fields)}`);
    return {
      debug: () => {},
      info: note('info'),
      warn: note('warn'),
      error: (fields, message) => {
        note('error')(fields, message);
        if (message.includes('invariant'))
          this.#deps.failed(new Violation('assertion', `${this.name}: ${message} ${JSON.stringify(fields)}`));
      },
    };
  }
}

/** The node as it is, except that what it sends itself goes over a bad road. */
class UnsafeNode extends Node {
  readonly #process: SimProcess;
  readonly #weather: Weather;

  constructor(options: NodeOptions, process: SimProcess, weather: Weather) {
    super(options);
    this.#process = process;
    this.#weather = weather;
  }

  override send(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    const { faults, mix, random } = this.#weather;
    if (envelope.class !== 'internal' || !random.chance(mix.effectAstray)) return super.send(envelope, answer);
    const send = (to: (outcome: Outcome) => void) => super.send(envelope, to);
    switch (random.pick(['late', 'twice', 'lost', 'answer lost'] as const)) {
      case 'late':
        faults.strike('effect_delayed');
        this.#process.deliver(random.between(1, 6_000), `${envelope.command.type} late`, () => send(answer));
        break;
      case 'twice':
        faults.strike('effect_duplicated');
        send(answer);
        this.#process.deliver(random.between(0, 6_000), `${envelope.command.type} again`, () => send(() => {}));
        break;
      case 'lost':
        faults.strike('effect_lost');
        this.#silence(envelope, answer);
        break;
      case 'answer lost':
        faults.strike('effect_lost');
        send(() => {});
        this.#silence(envelope, answer);
        break;
    }
  }

  #silence(envelope: Envelope, answer: (outcome: Outcome) => void): void {
    this.#process.deliver(envelope.waitMs, 'silence', () => answer({ kind: 'unavailable', code: 'outcome_unknown', retryAfterMs: 1_000 }));
  }
}
