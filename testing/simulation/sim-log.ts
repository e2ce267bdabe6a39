/**
 * A log that misbehaves in every way a real one may, and in no other: `DurableLog` is the truth that all
 * processes share, `SimLog` is one process's connection to it.
 *
 * L1 to L3 of the port hold. What may happen to an append that is not plainly answered:
 *   - it landed, and the answer was lost;            - it was lost on the way;
 *   - it lands later, unless somebody wrote meanwhile; - the store stalled, and any of the above.
 * What this does not simulate: a store that loses what it acknowledged (that is `bites.sim.test.ts`).
 */
import {
  logStart,
  LogUnavailable,
  type AppendOutcome,
  type EncodedFrame,
  type Log,
  type Position,
  type Shard,
} from '../../runtime/log/port.ts';
import type { SimProcess } from './process.ts';
import type { Weather } from './weather.ts';

const appendTimeoutMs = 5_000;

export class DurableLog {
  /** What was not trimmed yet, oldest first. */
  readonly #shards: EncodedFrame[][] = [];
  /** Called for every frame in the moment it becomes durable. */
  landed: (shard: Shard, frame: EncodedFrame) => void = () => {};

  /** From this number on, or from the first that is left. */
  framesFrom(shard: Shard, from: number): readonly EncodedFrame[] {
    const frames = this.#frames(shard);
    return frames.slice(Math.max(0, from - (frames[0]?.frame ?? 0)));
  }

  /** Returns how many frames went. */
  trim(shard: Shard, below: number): number {
    const frames = this.#frames(shard);
    const count = Math.min(Math.max(0, below - (frames[0]?.frame ?? 0)), frames.length - 1); // the tail stays
    return frames.splice(0, Math.max(0, count)).length;
  }

  #frames(shard: Shard): EncodedFrame[] {
    return (this.#shards[shard] ??= []);
  }

  tail(shard: Shard): Position {
    return this.#frames(shard).at(-1) ?? logStart;
  }

  append(shard: Shard, expected: Position, frame: EncodedFrame): 'acked' | 'stale' {
    const tail = this.tail(shard);
    if (tail.frame !== expected.frame || tail.hash !== expected.hash) return 'stale';
    this.#frames(shard).push(frame);
    this.landed(shard, frame);
    return 'acked';
  }
}

type AppendFate = 'answered' | 'never_sent' | 'unknown_landed' | 'unknown_lost' | 'unknown_late';

export class SimLog implements Log {
  readonly #durable: DurableLog;
  readonly #process: SimProcess;
  readonly #weather: Weather;
  #appendsInFlight = 0;

  constructor(durable: DurableLog, process: SimProcess, weather: Weather) {
    this.#durable = durable;
    this.#process = process;
    this.#weather = weather;
  }

  get appendsInFlight(): number {
    return this.#appendsInFlight;
  }

  append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
    // The bytes leave now: what the caller does to its buffer afterwards is its own affair.
    const sent: EncodedFrame = { frame: frame.frame, hash: frame.hash, bytes: frame.bytes.slice() };
    this.#appendsInFlight += 1;
    return new Promise((resolve) => {
      let answered = false;
      const answer = (ms: number, outcome: AppendOutcome) =>
        this.#process.deliver(ms, `append ${shard}/${frame.frame} ${outcome.kind}`, () => {
          if (answered) return;
          answered = true;
          this.#appendsInFlight -= 1;
          resolve(outcome);
        });
      this.#send(shard, expected, sent, answer);
    });
  }

  #send(shard: Shard, expected: Position, frame: EncodedFrame, answer: (ms: number, outcome: AppendOutcome) => void): void {
    const { faults, random, scheduler } = this.#weather;
    const arrivalMs = this.#weather.logArrivalMs();
    const fate = this.#fate();
    const arrive = () => this.#arrive(shard, expected, frame);
    const label = `log append ${shard}/${frame.frame}`;
    const unknown: AppendOutcome = { kind: 'unknown', cause: fate };
    switch (fate) {
      case 'answered':
        scheduler.after(arrivalMs, label, () => answer(this.#weather.hopMs(), arrive()));
        break;
      case 'never_sent':
        faults.strike('append_never_sent');
        answer(random.between(0, 5), { kind: 'unknown', cause: fate, notWritten: true });
        break;
      case 'unknown_landed':
        scheduler.after(arrivalMs, label, () => {
          if (arrive().kind === 'acked') faults.strike('append_unknown_landed');
        });
        answer(Math.min(appendTimeoutMs, arrivalMs + random.between(0, 50)), unknown);
        break;
      case 'unknown_lost':
        faults.strike('append_unknown_lost');
        answer(random.between(0, 50), unknown);
        break;
      case 'unknown_late':
        // Late enough to meet the barrier that settles it, or much later.
        scheduler.after(arrivalMs + (random.chance(0.5) ? random.between(0, 3) : random.between(1, 3_000)), `${label} late`, () => {
          faults.strike(arrive().kind === 'acked' ? 'append_unknown_landed_late' : 'append_unknown_fenced_late');
        });
        answer(random.between(0, 20), unknown);
        break;
    }
    if (arrivalMs > appendTimeoutMs) answer(appendTimeoutMs, { kind: 'unknown', cause: 'timeout' });
  }

  #arrive(shard: Shard, expected: Position, frame: EncodedFrame): AppendOutcome {
    const { faults, random } = this.#weather;
    // A sender that died may have died before the bytes left its machine.
    if (this.#process.phase === 'dead' && random.chance(0.5)) return { kind: 'unknown', cause: 'sender died' };
    if (this.#weather.logFull) {
      faults.strike('log_full');
      return { kind: 'full' };
    }
    const kind = this.#durable.append(shard, expected, frame);
    if (kind === 'stale') faults.strike('append_fenced');
    return { kind };
  }

  #fate(): AppendFate {
    const { mix, random } = this.#weather;
    if (!random.chance(mix.appendUnknown)) return 'answered';
    return random.pick<AppendFate>(['never_sent', 'unknown_landed', 'unknown_lost', 'unknown_late']);
  }

  async *read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    const frames = await this.#ask(`read ${shard}`, () => this.#durable.framesFrom(shard, from));
    const breaksAt = this.#readFails() ? this.#weather.random.integer(0, frames.length) : null;
    for (const [index, frame] of frames.entries()) {
      if (index === breaksAt) break;
      if (index > 0 && index % 100 === 0) await this.#ask(`read ${shard} on`, () => null);
      yield { frame: frame.frame, hash: frame.hash, bytes: frame.bytes.slice() };
    }
    if (breaksAt !== null) throw new LogUnavailable('the connection broke while reading');
  }

  tail(shard: Shard): Promise<Position> {
    return this.#ask(`tail ${shard}`, () => {
      if (this.#readFails()) throw new LogUnavailable('the connection broke while asking for the tail');
      const { frame, hash } = this.#durable.tail(shard);
      return { frame, hash };
    });
  }

  now(): Promise<number> {
    return this.#ask('log now', () => Math.floor(this.#weather.scheduler.nowMs + this.#weather.logClockOffsetMs));
  }

  trim(shard: Shard, below: number): Promise<void> {
    return this.#ask(`trim ${shard} below ${below}`, () => {
      if (this.#durable.trim(shard, below) > 0) this.#weather.faults.strike('log_trimmed');
    });
  }

  async close(): Promise<void> {}

  #readFails(): boolean {
    const { faults, mix, random } = this.#weather;
    if (!random.chance(mix.logReadFails)) return false;
    faults.strike('log_read_failed');
    return true;
  }

  #ask<Result>(label: string, work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#weather.scheduler.after(this.#weather.logArrivalMs(), `log ${label}`, () => {
        let settle: () => void;
        try {
          const result = work();
          settle = () => resolve(result);
        } catch (fault) {
          const problem = fault instanceof Error ? fault : new Error(String(fault));
          settle = () => reject(problem);
        }
        this.#process.deliver(this.#weather.hopMs(), `log ${label} answered`, settle);
      });
    });
  }
}
