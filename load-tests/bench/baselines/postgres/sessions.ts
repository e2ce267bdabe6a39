/**
 * A fixed number of sessions with Postgres, opened once and kept. Leaner than a pool that opens, tests and closes: what
 * is compared is the database, not the driver's housekeeping.
 *
 * P1. `use` gives a session to one caller at a time; callers wait in line.
 * P2. Sessions pipeline: what one caller sends without waiting leaves in one packet and is answered in order.
 */
import pg from 'pg';

export class Sessions {
  readonly #all: readonly pg.Client[];
  readonly #idle: pg.Client[];
  readonly #waiting: ((session: pg.Client) => void)[] = [];
  #waitingFrom = 0;

  private constructor(all: readonly pg.Client[]) {
    this.#all = all;
    this.#idle = [...all];
  }

  static async open(url: string, count: number, options = '-c synchronous_commit=on'): Promise<Sessions> {
    const all = Array.from(
      { length: count },
      () => new pg.Client({ connectionString: url, application_name: 'baseline', pipeline: true, options }),
    );
    try {
      await Promise.all(all.map((session) => session.connect()));
    } catch (error) {
      await Promise.allSettled(all.map((session) => session.end()));
      throw error;
    }
    for (const session of all) session.on('error', () => {}); // said by the query that fails
    return new Sessions(all);
  }

  get count(): number {
    return this.#all.length;
  }

  /** P1. */
  async use<Value>(work: (session: pg.Client, index: number) => Promise<Value>): Promise<Value> {
    const session = this.#idle.pop() ?? (await new Promise<pg.Client>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(session, this.#all.indexOf(session));
    } finally {
      this.#release(session);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((session) => session.end()));
  }

  #release(session: pg.Client): void {
    const next = this.#waiting[this.#waitingFrom];
    if (next === undefined) {
      this.#idle.push(session);
      return;
    }
    // a queue that is read from the front without moving the rest each time
    this.#waitingFrom += 1;
    if (this.#waitingFrom === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#waitingFrom = 0;
    }
    next(session);
  }
}
