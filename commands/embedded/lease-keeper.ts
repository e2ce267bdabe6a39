/**
 * Keeps the advisory lock on the embedded log for as long as the process lives.
 *
 * The lock goes with its connection, and that goes when Postgres restarts. It is taken again as soon as the
 * server is back; until then nothing can be appended either, since log and lease are in the same server. If
 * another process was faster, this one has lost the log: its appends are refused by the other's EPOCH frames,
 * and it must end.
 */
import { EngineError } from '../../engines/engine-error.ts';
import { type Lease, takeLease } from '../../engines/postgres/index.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';

const retryMs = 100;

export interface KeptLease {
  /** Settles when another process has the lock. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

/** Throws `EngineError` when somebody else holds it now. */
export async function keepLease(url: string, folder: string, clock: Clock, logger: Logger): Promise<KeptLease> {
  const first = await takeLease(url);
  if (first === null)
    throw new EngineError(
      'folder_live',
      `${folder} is being served by another process.`,
      'Stop that one, or name another folder with --data.',
    );
  const keeper = new Keeper(url, clock, logger, first);
  return { lost: keeper.lost, release: () => keeper.release() };
}

class Keeper {
  readonly #url: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly lost: Promise<void>;
  #lose: () => void = () => {};
  #lease: Lease | null = null;
  #released = false;

  constructor(url: string, clock: Clock, logger: Logger, first: Lease) {
    this.#url = url;
    this.#clock = clock;
    this.#logger = logger;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#watch(first);
  }

  async release(): Promise<void> {
    this.#released = true;
    await this.#lease?.release();
  }

  #watch(lease: Lease): void {
    this.#lease = lease;
    void lease.ended.then(() => {
      this.#lease = null;
      if (!this.#released) this.#takeAgain();
    });
  }

  #takeAgain(): void {
    if (this.#released) return;
    takeLease(this.#url)
      .then((lease) => {
        if (lease === null) return this.#lose();
        if (this.#released) return void lease.release();
        this.#logger.info({}, 'the lease on the log is ours again');
        this.#watch(lease);
      })
      .catch(() => {
        this.#clock.after(retryMs, () => this.#takeAgain());
      });
  }
}
