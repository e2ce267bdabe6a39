/** Strikes: when and where the faults of a world's mix happen that are not tied to one message or append. */
import type { Host } from './host.ts';
import type { Random } from './random.ts';
import type { Weather } from './weather.ts';

/** What chaos may do to a world. */
export interface Victims {
  current(): Host | null;
  /** A new host that tries to own every shard; messages go to it from now on. */
  startHost(clockOffsetMs: number): Host;
  flood(): void;
  burst(): void;
}

const hourMs = 3_600_000;

export class Chaos {
  readonly #weather: Weather;
  readonly #random: Random;
  readonly #victims: Victims;
  #isOver = false;

  constructor(weather: Weather, random: Random, victims: Victims) {
    this.#weather = weather;
    this.#random = random;
    this.#victims = victims;
  }

  begin(): void {
    const { mix } = this.#weather;
    this.#every(mix.crashEveryMs, 'crash', () => this.#crash());
    this.#every(mix.pauseEveryMs, 'pause', () => this.#pause());
    this.#every(mix.clockJumpEveryMs, 'clock jump', () => this.#jump());
    this.#every(mix.floodEveryMs, 'flood', () => this.#flood());
    this.#every(mix.burstEveryMs, 'burst', () => this.#burst());
    this.#every(mix.logStallEveryMs, 'log stall', (now) => (this.#weather.logStalledUntilMs = now + this.#random.between(100, 9_000)));
    this.#every(mix.logFullEveryMs, 'log full', (now) => (this.#weather.logFullUntilMs = now + this.#random.between(100, 4_000)));
    this.#every(mix.rowsStallEveryMs, 'rows stall', (now) => (this.#weather.rowsStalledUntilMs = now + this.#random.between(100, 9_000)));
  }

  end(): void {
    this.#isOver = true;
  }

  #every(meanMs: number, what: string, strike: (nowMs: number) => void): void {
    if (meanMs === Infinity) return;
    this.#later(this.#random.delayMs(meanMs), what, () => {
      strike(this.#weather.scheduler.nowMs);
      this.#every(meanMs, what, strike);
    });
  }

  #later(ms: number, what: string, run: () => void): void {
    this.#weather.scheduler.after(ms, `chaos: ${what}`, () => {
      if (!this.#isOver) run();
    });
  }

  #crash(): void {
    this.#victims.current()?.crash();
    this.#later(this.#random.between(10, 3_000), 'restart', () => this.#restart());
  }

  #restart(): void {
    const { faults, mix } = this.#weather;
    const current = this.#victims.current();
    if (current !== null && current.isAlive) return;
    faults.strike('node_restarted');
    const loser = this.#victims.startHost(this.#bootOffsetMs());
    if (!this.#random.chance(mix.takeOverRace)) return;
    faults.strike('take_over_raced');
    this.#victims.startHost(this.#bootOffsetMs());
    this.#later(this.#random.between(1_000, 10_000), 'loser dies', () => {
      if (loser.isAlive) loser.crash();
    });
  }

  /** A hang: shorter than anybody notices, or long enough for another node to take the shards. */
  #pause(): void {
    const paused = this.#victims.current();
    if (paused === null || paused.process.phase !== 'running') return;
    paused.pause();
    const sleepMs = this.#random.between(50, 12_000);
    const isTakenOver = this.#random.chance(0.6);
    if (isTakenOver) this.#later(this.#random.between(10, sleepMs), 'take over', () => this.#takeFrom(paused));
    this.#later(sleepMs, 'wake', () => this.#wake(paused));
  }

  #takeFrom(paused: Host): void {
    if (paused !== this.#victims.current() || paused.process.phase !== 'paused') return;
    this.#weather.faults.strike('shards_taken_from_paused_node');
    this.#victims.startHost(this.#bootOffsetMs());
  }

  #wake(paused: Host): void {
    if (!paused.isAlive) return;
    const isZombie = paused !== this.#victims.current();
    if (isZombie) this.#weather.faults.strike('zombie_woken');
    paused.wake();
    if (!isZombie) return;
    this.#later(this.#random.between(1_000, 8_000), 'zombie dies', () => {
      if (paused.isAlive) paused.crash();
    });
  }

  #jump(): void {
    const host = this.#victims.current();
    if (host === null) return;
    this.#weather.faults.strike('wall_clock_jumped');
    const byMs = this.#random.pick([hourMs, -hourMs, 60_000, -5_000]);
    host.process.clock.jump(byMs);
    this.#later(this.#random.between(500, 8_000), 'clock repaired', () => host.process.clock.jump(-byMs));
  }

  #flood(): void {
    this.#weather.faults.strike('flood_of_unknown_skus');
    this.#victims.flood();
  }

  #burst(): void {
    this.#weather.faults.strike('overload_burst');
    this.#victims.burst();
  }

  /** Machines start with a wall clock near the truth. */
  #bootOffsetMs(): number {
    return this.#random.integer(-500, 500);
  }
}
