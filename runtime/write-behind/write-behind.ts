/**
 * Write-behind of one shard: acknowledged frames become rows, in order, in batches, with the checkpoint in
 * the same transaction. The log is the truth; rows may be late but never wrong.
 *
 * W1. Frames are written in order, each exactly once: a batch goes from the checkpoint to a later frame.
 * W2. What is not known to be written stays here; it is written again or found to be written.
 * W3. At most `writeBehindFramesMax` frames and `writeBehindBytesMax` bytes wait, and rows that answer are at
 *     most `writeBehindLagMaxMs` late; beyond that the shard takes in nothing new (I7). Rows that are away do
 *     not stop the shop by being late: where the log is elsewhere, it sells on until the room is used up, and
 *     the time to catch up is counted from when they are back.
 * W4. Rows that are mended are written before any frame that was offered later, each batch by itself, at the
 *     checkpoint as it is. A mend whose fate is unknown is written again: it says the same each time. It puts right
 *     rows in the place of wrong ones: at no moment is there none, which would read as an actor that never was.
 * W5. A batch takes what has come within the flush time, which ends for all shards at the same moment: batches that are
 *     asked for together travel together. Frames that come while another batch is written wait for
 *     theirs, unless more wait than one batch holds, or somebody waits for the rows: a transaction for every few rows
 *     costs the database more than the rows do.
 * W6. A batch that took long means that rows are work: then the next is gathered for longer. Of an actor that changes
 *     several times meanwhile, as an order does, only the last rows are written. Rows are later for it, by that much at most.
 *     Where most rows are new, as with plain holds, little is saved by it: those are written evenly.
 * W7. Making a batch ready takes the thread, and whoever comes meanwhile waits for it: so a batch has at most
 *     `writeBehindNewRowsMax` rows that are new, which no other change of the batch can make fewer.
 */
import { assert, type RowChange } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import type { Position, Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import { type ActorRow, type Checkpoint, type RowBatch, RowsUnavailable, type RowStore } from '../rows/port.ts';
import { pause } from '../shard/append.ts';
import { Fifo } from '../shard/fifo.ts';

export interface ProjectedFrame {
  readonly position: Position;
  readonly bytes: number;
  readonly batch: RowBatch;
}

export interface WriteBehindDeps {
  readonly shard: Shard;
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly halted: () => boolean;
  readonly onFenced: () => void;
}

interface Queued extends ProjectedFrame {
  readonly offeredAtMs: number;
  readonly newRows: number;
}

interface Batch {
  readonly to: Checkpoint;
  readonly frames: number;
  /** Nothing else waited when it was put together. */
  readonly isAll: boolean;
  /** Many of its rows may have been written before (W6). */
  readonly rewrites: boolean;
  readonly batch: RowBatch;
}

const mending = { frames: 0, isAll: false, rewrites: false } as const;

/** Of all rows of a batch: with fewer that are not new, gathering saves little. Of checkouts more than half are not, of holds
 *  from next to none in large frames to a third in small ones, which were then written in one piece every 1.5 s. */
const rewrittenShareMin = 2 / 5;

export class WriteBehind {
  readonly #deps: WriteBehindDeps;
  readonly #queue = new Fifo<Queued>();
  readonly #mends = new Fifo<readonly RowChange[]>();
  #bytes = 0;
  #checkpoint: Checkpoint;
  #newest: Position;
  #phase: 'idle' | 'waiting' | 'writing' | 'fenced' = 'idle';
  /** W6: the newest batch took long, and some of its rows are likely to be written again. */
  #gathers = false;
  #stopWaiting: (() => void) | null = null;
  /** The last write did not get through; and since when they do again. */
  #rowsAway = false;
  #rowsBackAtMs = 0;
  #caughtUp: (() => void)[] = [];

  /** `checkpoint`: what `claim` returned. */
  constructor(deps: WriteBehindDeps, checkpoint: Checkpoint) {
    this.#deps = deps;
    this.#checkpoint = checkpoint;
    this.#newest = checkpoint;
  }

  /** The newest frame whose rows are known to be written. */
  get projectedFrame(): number {
    return this.#checkpoint.frame;
  }

  get backlog(): { readonly frames: number; readonly bytes: number; readonly lagMs: number } {
    const oldest = this.#queue.peek();
    return {
      frames: this.#queue.length,
      bytes: this.#bytes,
      lagMs: oldest === undefined ? 0 : this.#deps.clock.monotonicMs() - oldest.offeredAtMs,
    };
  }

  /** W3: no room for more decisions. */
  get full(): boolean {
    const { limits } = this.#deps;
    const { frames, bytes } = this.backlog;
    return frames >= limits.writeBehindFramesMax || bytes >= limits.writeBehindBytesMax || this.#slowMs >= limits.writeBehindLagMaxMs;
  }

  /** For how long the oldest frame has waited for rows that were there to take it. */
  get #slowMs(): number {
    const oldest = this.#queue.peek();
    if (oldest === undefined || this.#rowsAway) return 0;
    return this.#deps.clock.monotonicMs() - Math.max(oldest.offeredAtMs, this.#rowsBackAtMs);
  }

  offer(frame: ProjectedFrame): void {
    this.#newest = frame.position;
    this.#bytes += frame.bytes;
    this.#queue.push({ ...frame, offeredAtMs: this.#deps.clock.monotonicMs(), newRows: newRowsOf(frame.batch.changes) });
    if (this.#phase === 'idle') this.#waitThenWrite();
  }

  /** Resolves when everything offered so far is written. Never, if the shard is fenced or halted. */
  caughtUp(): Promise<void> {
    if (this.#queue.length === 0 && this.#mends.length === 0 && this.#phase !== 'writing') return Promise.resolve();
    this.#stopWaiting?.();
    return new Promise((resolve) => {
      this.#caughtUp.push(resolve);
      if (this.#phase === 'waiting') this.#write();
    });
  }

  /** W4: rows that were found damaged, as they should be. */
  mend(changes: readonly RowChange[]): void {
    for (let from = 0; from < changes.length; from += this.#deps.limits.writeBehindRowsMax) {
      this.#mends.push(changes.slice(from, from + this.#deps.limits.writeBehindRowsMax));
    }
    if (changes.length > 0 && this.#phase === 'idle') this.#waitThenWrite();
  }

  /** Writes corrections at the checkpoint, which stays where it is; done again when the repair frame is
   *  replayed again. Only before anything is offered. Throws `RowsUnavailable`. */
  async correct(changes: readonly RowChange[]): Promise<void> {
    assert(this.#queue.length === 0, 'rows are corrected before frames are projected');
    for (let from = 0; from < changes.length; from += this.#deps.limits.writeBehindRowsMax) {
      const slice = changes.slice(from, from + this.#deps.limits.writeBehindRowsMax);
      const outcome = await this.#deps.rows.write(this.#deps.shard, this.#checkpoint, this.#checkpoint, { actors: [], changes: slice });
      if (outcome.kind !== 'written') throw new RowsUnavailable(`rows could not be corrected: ${outcome.kind}`);
    }
  }

  #waitThenWrite(): void {
    this.#phase = 'waiting';
    const { clock, limits } = this.#deps;
    const everyMs = this.#gathers ? limits.writeBehindGatherMs : limits.writeBehindFlushMs;
    this.#stopWaiting = clock.after(everyMs - (clock.monotonicMs() % everyMs), () => {
      if (!this.#deps.halted() && this.#phase === 'waiting') this.#write();
    });
  }

  #write(): void {
    this.#stopWaiting = null;
    this.#phase = 'writing';
    void this.#writeAll().catch((error: unknown) => {
      if (!this.#deps.halted())
        this.#deps.logger.error({ shard: this.#deps.shard, error: String(error) }, 'write-behind stopped on a broken invariant');
      this.#fence();
    });
  }

  async #writeAll(): Promise<void> {
    for (let batch = this.#nextBatch(); batch !== null; batch = this.#nextBatch()) {
      const askedAtMs = this.#deps.clock.monotonicMs();
      const outcome = await this.#writeOne(batch);
      this.#gathers = batch.rewrites && this.#deps.clock.monotonicMs() - askedAtMs >= this.#deps.limits.writeBehindSlowMs; // W6
      if (outcome !== 'written') return outcome === 'fenced' ? this.#fence() : undefined;
      this.#checkpoint = batch.to;
      if (batch.frames === 0) this.#mends.shift();
      for (let done = 0; done < batch.frames; done++) this.#bytes -= this.#queue.shift()!.bytes;
      if (batch.isAll && this.#queue.length > 0 && this.#mends.length === 0 && this.#caughtUp.length === 0) return this.#waitThenWrite(); // W5
    }
    this.#phase = 'idle';
    for (const resolve of this.#caughtUp.splice(0)) resolve();
  }

  #nextBatch(): Batch | null {
    const mend = this.#mends.peek();
    if (mend !== undefined) return { ...mending, to: this.#checkpoint, batch: { actors: [], changes: mend, force: true } }; // W4
    const actors = new Map<string, ActorRow>();
    const changes: RowBatch['changes'][number][] = [];
    let to: Checkpoint | null = null;
    let frames = 0;
    let newRows = 0;
    const { writeBehindRowsMax, writeBehindNewRowsMax } = this.#deps.limits;
    for (const queued of this.#queue) {
      const rows = changes.length + queued.batch.changes.length;
      const fits = rows <= writeBehindRowsMax && newRows + queued.newRows <= writeBehindNewRowsMax; // W7
      if (frames > 0 && !fits) break;
      newRows += queued.newRows;
      for (const row of queued.batch.actors) {
        const key = `${row.actor.kind}/${row.actor.store}/${row.actor.id}`;
        actors.set(key, actors.get(key)?.isNew === true ? { ...row, isNew: true } : row);
      }
      for (const change of queued.batch.changes) changes.push(change);
      to = { ...queued.position, epoch: this.#checkpoint.epoch };
      frames++;
    }
    if (to === null) return null;
    const rewrites = changes.length - newRows >= changes.length * rewrittenShareMin;
    return { to, frames, isAll: frames === this.#queue.length, rewrites, batch: { actors: [...actors.values()], changes } };
  }

  async #writeOne({ to, batch }: { readonly to: Checkpoint; readonly batch: RowBatch }): Promise<'written' | 'fenced' | 'halted'> {
    const { rows, shard, clock, limits, logger, halted } = this.#deps;
    for (;;) {
      let cause: string;
      try {
        const outcome = await rows.write(shard, this.#checkpoint, to, batch);
        if (halted()) return 'halted';
        this.#rowsAnswered(outcome.kind !== 'unknown');
        if (outcome.kind !== 'unknown') return outcome.kind;
        cause = outcome.cause;
        const stored = await rows.checkpoint(shard);
        if (halted()) return 'halted';
        const verdict = this.#settle(stored, to);
        if (verdict !== 'again') return verdict;
      } catch (error) {
        if (halted()) return 'halted';
        cause = String(error);
        this.#rowsAnswered(false);
      }
      logger.warn({ shard, frame: to.frame, cause }, 'write-behind could not write; trying again');
      await pause(clock, limits.writeBehindRetryMs);
      if (halted()) return 'halted';
    }
  }

  #rowsAnswered(theyDid: boolean): void {
    if (theyDid && this.#rowsAway) this.#rowsBackAtMs = this.#deps.clock.monotonicMs();
    this.#rowsAway = !theyDid;
  }

  /** After an unknown COMMIT: the stored checkpoint says what became of it. */
  #settle(stored: Checkpoint | null, to: Checkpoint): 'written' | 'fenced' | 'again' {
    if (stored === null || stored.epoch !== this.#checkpoint.epoch) return 'fenced';
    if (stored.frame === this.#checkpoint.frame && stored.hash === this.#checkpoint.hash) return 'again'; // also a mend (W4)
    if (stored.frame === to.frame && stored.hash === to.hash) return 'written';
    return 'fenced';
  }

  #fence(): void {
    this.#phase = 'fenced';
    if (!this.#deps.halted()) this.#deps.onFenced();
  }

  get newest(): Position {
    return this.#newest;
  }
}

function newRowsOf(changes: readonly RowChange[]): number {
  let count = 0;
  for (const { isNew } of changes) if (isNew === true) count += 1;
  return count;
}
