/**
 * The state of the outside that all processes of a world share: which store is stalled, full or failing
 * right now, and how long messages take. `calm` begins the fault-free tail.
 */
import { type FaultCounts, type FaultMix, noFaults } from './faults.ts';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export class Weather {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly faults: FaultCounts;
  mix: FaultMix;
  logStalledUntilMs = 0;
  logFullUntilMs = 0;
  rowsStalledUntilMs = 0;
  /** The stores' clocks against true time, ms: honest, but not exact. */
  readonly logClockOffsetMs: number;
  readonly rowsClockOffsetMs: number;

  constructor(scheduler: Scheduler, random: Random, faults: FaultCounts, mix: FaultMix) {
    this.scheduler = scheduler;
    this.random = random;
    this.faults = faults;
    this.mix = mix;
    this.logClockOffsetMs = random.integer(-400, 400);
    this.rowsClockOffsetMs = random.integer(-400, 400);
  }

  calm(): void {
    this.mix = noFaults;
    this.logStalledUntilMs = 0;
    this.logFullUntilMs = 0;
    this.rowsStalledUntilMs = 0;
  }

  /** One way over the local network. */
  hopMs(): number {
    return 0.05 + this.random.delayMs(0.3);
  }

  /** How long until a request sent now is worked on by the log. */
  logArrivalMs(): number {
    const stalledMs = Math.max(0, this.logStalledUntilMs - this.scheduler.nowMs);
    if (stalledMs > 0) this.faults.strike('log_stalled');
    return stalledMs + this.hopMs();
  }

  rowsArrivalMs(): number {
    const stalledMs = Math.max(0, this.rowsStalledUntilMs - this.scheduler.nowMs);
    if (stalledMs > 0) this.faults.strike('rows_stalled');
    return stalledMs + this.hopMs();
  }

  get logFull(): boolean {
    return this.scheduler.nowMs < this.logFullUntilMs;
  }
}
