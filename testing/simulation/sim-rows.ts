/**
 * One process's connection to the rows: the memory twin behind a network and a Postgres that stall, fail
 * and lose answers. R1 to R4 of the port hold, because the twin holds them.
 */
import type { ActorId, Instant, Row } from '../../actors/kernel/index.ts';
import type { Shard } from '../../runtime/log/port.ts';
import type { MemoryRowStore } from '../../runtime/rows/memory.ts';
import {
  type Checkpoint,
  type LoadedActor,
  type RowBatch,
  type RowStore,
  RowsUnavailable,
  type WriteOutcome,
} from '../../runtime/rows/port.ts';
import type { SimProcess } from './process.ts';
import type { Weather } from './weather.ts';

const statementTimeoutMs = 3_000;

export type DamageableRows = RowStore & Pick<MemoryRowStore, 'damage'>;

/** By kind of actor: table, column that names the actor, and what the row says afterwards. */
const damages: Readonly<Record<string, readonly (readonly [table: string, column: string, change: Row])[]>> = {
  stock: [
    ['actors', 'actor_id', { version: 1_000_000 }],
    ['stock_skus', 'sku', { policy: 'continue', safety_stock: { main: 3 } }],
    ['stock_skus', 'sku', { version: 1_000_000 }],
  ],
  hold: [
    ['actors', 'actor_id', { version: 0 }],
    ['holds', 'hold_id', { status: 'committed', buyer: 'nobody' }],
  ],
  order: [
    ['actors', 'actor_id', { version: 1_000_000 }],
    ['orders', 'order_id', { total_minor: 1, captured_minor: 1 }],
  ],
  any: [['actors', 'actor_id', { version: 1_000_000 }]],
};

export class SimRows implements RowStore {
  readonly #store: DamageableRows;
  readonly #process: SimProcess;
  readonly #weather: Weather;

  constructor(store: DamageableRows, process: SimProcess, weather: Weather) {
    this.#store = store;
    this.#process = process;
    this.#weather = weather;
  }

  claim(shard: Shard, epoch: number): Promise<Checkpoint> {
    return this.#ask(`claim ${shard}`, 'rows_claim_failed', () => this.#store.claim(shard, epoch));
  }

  checkpoint(shard: Shard): Promise<Checkpoint | null> {
    return this.#ask(`checkpoint ${shard}`, 'rows_load_failed', () => this.#store.checkpoint(shard));
  }

  durableCheckpoint(shard: Shard): Promise<Checkpoint | null> {
    return this.#ask(`durable checkpoint ${shard}`, 'rows_load_failed', () => this.#store.durableCheckpoint(shard));
  }

  load(kind: string, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>> {
    this.#damageOneOf(kind, actors);
    return this.#ask(`load ${kind}`, 'rows_load_failed', () => this.#store.load(kind, actors, now));
  }

  /** A bit has turned in what is about to be read: in the line of an actor, or in its main row. */
  #damageOneOf(kind: string, actors: readonly ActorId[]): void {
    const { faults, mix, random } = this.#weather;
    if (actors.length === 0 || !random.chance(mix.rowDamaged)) return;
    const { store, id } = random.pick(actors);
    const [table, column, change] = random.pick(damages[kind] ?? damages['any']!);
    const isIts = (row: Row) => row['store_id'] === store && row[column] === id && (table !== 'actors' || row['kind'] === kind);
    if (this.#store.damage(table, isIts, change)) faults.strike('row_damaged');
  }

  due(shard: Shard, before: Instant): Promise<readonly ActorId[]> {
    return this.#ask(`due ${shard}`, 'rows_load_failed', () => this.#store.due(shard, before));
  }

  async *scan(...asked: Parameters<RowStore['scan']>): ReturnType<RowStore['scan']> {
    yield* this.#store.scan(...asked);
  }

  async *strays(table: string): ReturnType<RowStore['strays']> {
    yield* this.#store.strays(table);
  }

  forget(now: Instant): Promise<number> {
    return this.#ask('forget', 'rows_load_failed', () => this.#store.forget(now));
  }

  now(): Promise<Instant> {
    const { scheduler, rowsClockOffsetMs } = this.#weather;
    return this.#ask('now', null, async () => Math.floor(scheduler.nowMs + rowsClockOffsetMs));
  }

  write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    const { faults, mix, random, scheduler } = this.#weather;
    const arrivalMs = this.#weather.rowsArrivalMs();
    const answerLost = random.chance(mix.rowsUnknown);
    const label = `rows write ${shard} to ${to.frame}`;
    return new Promise((resolve) => {
      // Whichever answer comes first counts; a promise ignores the others.
      const answer = (ms: number, outcome: WriteOutcome) =>
        void this.#process.deliver(ms, `${label} ${outcome.kind}`, () => resolve(outcome));
      if (answerLost && random.chance(0.5)) {
        faults.strike('rows_write_unknown_lost');
        answer(random.between(0, 100), { kind: 'unknown', cause: 'connection lost before commit' });
        return;
      }
      const committedAfterMs = arrivalMs + (answerLost ? random.between(0, 500) : 0);
      scheduler.after(committedAfterMs, label, () => void this.#commit(shard, from, to, batch, answerLost, answer));
      if (answerLost) answer(random.between(0, 100), { kind: 'unknown', cause: 'connection lost during commit' });
      else if (arrivalMs > statementTimeoutMs) answer(statementTimeoutMs, { kind: 'unknown', cause: 'timeout' });
    });
  }

  async #commit(
    shard: Shard,
    from: Checkpoint,
    to: Checkpoint,
    batch: RowBatch,
    answerLost: boolean,
    answer: (ms: number, outcome: WriteOutcome) => void,
  ): Promise<void> {
    const { faults } = this.#weather;
    const outcome = await this.#store.write(shard, from, to, batch);
    if (outcome.kind === 'fenced') faults.strike('projector_fenced');
    if (answerLost) faults.strike('rows_write_unknown_committed');
    else answer(this.#weather.hopMs(), outcome);
  }

  async close(): Promise<void> {}

  #ask<Result>(label: string, fault: 'rows_load_failed' | 'rows_claim_failed' | null, work: () => Promise<Result>): Promise<Result> {
    const { faults, mix, random, scheduler } = this.#weather;
    const arrivalMs = this.#weather.rowsArrivalMs();
    const fails = fault !== null && random.chance(mix.rowsLoadFails);
    return new Promise((resolve, reject) => {
      const fail = (ms: number, why: string) =>
        void this.#process.deliver(ms, `rows ${label} failed`, () => reject(new RowsUnavailable(why)));
      if (fails) {
        faults.strike(fault);
        fail(random.between(0, 100), 'connection lost');
        return;
      }
      if (arrivalMs > statementTimeoutMs) fail(statementTimeoutMs, 'timeout');
      scheduler.after(arrivalMs, `rows ${label}`, () => {
        work().then(
          (result) => this.#process.deliver(this.#weather.hopMs(), `rows ${label} answered`, () => resolve(result)),
          (problem: Error) => this.#process.deliver(this.#weather.hopMs(), `rows ${label} failed`, () => reject(problem)),
        );
      });
    });
  }
}
