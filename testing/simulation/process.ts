/**
 * A process in which a node runs: it can pause, wake and die, and its clock is its own.
 *
 * S1. Nothing runs inside a dead process: timers and completions that were on their way to it vanish.
 * S2. Nothing runs inside a paused process: what reaches it waits, and is released in its old order.
 * S3. Its wall clock may jump and its clocks may run fast or slow; its monotonic clock never goes back.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { FaultCounts } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export type ProcessPhase = 'running' | 'paused' | 'dead';

export class SimProcess {
  readonly name: string;
  readonly clock: SimClock;
  readonly #scheduler: Scheduler;
  #phase: ProcessPhase = 'running';
  #waiting: { label: string; run: () => void }[] = [];
  #turns = 0;

  constructor(name: string, scheduler: Scheduler, settings: ClockSettings, random: Random, faults: FaultCounts) {
    this.name = name;
    this.#scheduler = scheduler;
    this.clock = new SimClock(this, scheduler, settings, random, faults);
  }

  /** How many things have run in here: unchanged means that nothing inside can have changed. */
  get turns(): number {
    return this.#turns;
  }

  get phase(): ProcessPhase {
    return this.#phase;
  }

  /** Brings something to this process after `ms` of true time. Returns the cancellation. */
  deliver(ms: number, label: string, run: () => void): () => void {
    let cancelled = false;
    const arrive = () => {
      if (cancelled || this.#phase === 'dead') return; // S1
      if (this.#phase === 'paused')
        this.#waiting.push({ label, run: arrive }); // S2
      else {
        this.#turns += 1;
        run();
      }
    };
    const cancel = this.#scheduler.after(ms, `${this.name} ${label}`, arrive);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  pause(): void {
    if (this.#phase === 'running') this.#phase = 'paused';
  }

  wake(): void {
    if (this.#phase !== 'paused') return;
    this.#phase = 'running';
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { label, run } of waiting) this.#scheduler.after(0, `${this.name} woken: ${label}`, run);
  }

  die(): void {
    this.#phase = 'dead';
    this.#waiting = [];
  }
}

export interface ClockSettings {
  /** Wall time minus true time, ms. */
  readonly offsetMs: number;
  /** Seconds this clock shows per true second. */
  readonly rate: number;
  /** Timers fire up to this much late. */
  readonly timerLateMs: number;
}

export class SimClock implements Clock {
  readonly #process: SimProcess;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #faults: FaultCounts;
  readonly #rate: number;
  readonly #bornMs: number;
  #offsetMs: number;
  #timerLateMs: number;

  constructor(process: SimProcess, scheduler: Scheduler, settings: ClockSettings, random: Random, faults: FaultCounts) {
    this.#process = process;
    this.#scheduler = scheduler;
    this.#random = random;
    this.#faults = faults;
    this.#rate = settings.rate;
    this.#offsetMs = settings.offsetMs;
    this.#timerLateMs = settings.timerLateMs;
    this.#bornMs = scheduler.nowMs;
  }

  wallMs(): number {
    return Math.floor(this.#bornMs + this.monotonicMs() + this.#offsetMs);
  }

  monotonicMs(): number {
    return (this.#scheduler.nowMs - this.#bornMs) * this.#rate; // S3
  }

  after(ms: number, call: () => void): () => void {
    const late = this.#timerLateMs > 0 && this.#random.chance(0.2) ? this.#random.between(0, this.#timerLateMs) : 0;
    if (late > 0) this.#faults.strike('timer_delayed');
    return this.#process.deliver(ms / this.#rate + late, `timer ${Math.round(ms)}ms`, call);
  }

  defer(call: () => void): void {
    this.#process.deliver(0, 'deferred', call);
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** The wall shows the truth again and timers are on time: what a fault-free tail begins with. */
  repair(): void {
    this.#offsetMs = this.#scheduler.nowMs - this.#bornMs - this.monotonicMs();
    this.#timerLateMs = 0;
  }
}
