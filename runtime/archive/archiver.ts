/**
 * Copies what rows are written from into the archive, then trims the log. One shard after the other, spread over
 * the interval; whatever fails is tried again when its turn comes again.
 *
 * T1. Nothing is trimmed that is not archived, nor above the checkpoint that survives a power cut.
 * T2. Frames stay in the log for `logRetentionMs`; when the log is fuller than `logTrimAt`, no longer than they
 *     must: better a shorter log than a stopped shop.
 * T3. A segment is closed when it is full, or when its oldest frame is `archiveSegmentAgeMs` old: small segments
 *     would make reading slow, late ones would keep the log long.
 * T4. Buyers are served by the same thread: a shard's frames are read when they are likely to fill a segment, not at each
 *     turn, and a segment is opened again when the log is about to let go of its frames, not before.
 */
import { assert, type Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { decodeFrameHeader } from '../frame/codec.ts';
import type { Limits } from '../limits.ts';
import type { EncodedFrame, Log, Position, Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import type { RowStore } from '../rows/port.ts';
import type { Archive } from './archive.ts';
import type { SegmentName } from './segment.ts';

export interface ArchiverDeps {
  readonly log: Log;
  readonly rows: Pick<RowStore, 'durableCheckpoint' | 'now'>;
  readonly archive: Archive;
  readonly shardCount: number;
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Limits;
  readonly logger: Logger;
}

export interface ArchiveStatus {
  readonly shard: Shard;
  readonly archivedFrame: number;
  readonly trimmedBelow: number;
}

/** What the last look found after the archive's end: too little for a segment. */
interface Leftover {
  readonly after: number;
  readonly bytesPerFrame: number;
  readonly oldestAt: Instant;
}

export class Archiver {
  readonly #deps: ArchiverDeps;
  readonly #leftovers = new Map<Shard, Leftover>();
  readonly #status = new Map<Shard, ArchiveStatus>();
  #stopped = false;
  #cancel: (() => void) | null = null;
  #turn: Promise<void> = Promise.resolve();
  #next: Shard = 0;

  constructor(deps: ArchiverDeps) {
    this.#deps = deps;
  }

  get status(): readonly ArchiveStatus[] {
    return [...this.#status.values()];
  }

  /** Each shard has its turn once in `archiveIntervalMs`. */
  start(): void {
    assert(!this.#stopped, 'an archiver starts once');
    const { clock, limits, shardCount } = this.#deps;
    this.#cancel = clock.after(limits.archiveIntervalMs / shardCount, () => {
      const shard = this.#next;
      this.#next = (shard + 1) % shardCount;
      this.#turn = this.#tryToTend(shard).finally(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  /** When the turn that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#turn;
  }

  /** One turn of every shard. */
  async run(): Promise<void> {
    for (let shard = 0; shard < this.#deps.shardCount && !this.#stopped; shard++) await this.#tryToTend(shard);
  }

  async #tryToTend(shard: Shard): Promise<void> {
    try {
      await this.#tend(shard);
    } catch (error) {
      this.#deps.logger.warn({ shard, error: String(error) }, 'could not archive the shard; trying again');
    }
  }

  async #tend(shard: Shard): Promise<void> {
    const { rows, archive } = this.#deps;
    const checkpoint = await rows.durableCheckpoint(shard);
    if (checkpoint === null || checkpoint.frame < 0) return;
    const isTight = await this.#isTight();
    const now = Math.min(await rows.now(), await this.#deps.log.now()); // the later clock may be the wrong one
    const end = await this.#archive(shard, await archive.end(shard), checkpoint.frame, now, isTight);
    const first = await this.#firstInLog(shard);
    const due = await this.#dueToGo(shard, { first, checkpoint: checkpoint.frame }, now, isTight);
    this.#status.set(shard, { shard, archivedFrame: end.frame, trimmedBelow: await this.#trim(shard, first, due) });
  }

  async #isTight(): Promise<boolean> {
    const room = await this.#deps.log.room?.();
    return room !== undefined && room.usedBytes >= room.maxBytes * this.#deps.limits.logTrimAt;
  }

  /** T3, T4. */
  async #archive(shard: Shard, from: Position, upTo: number, now: Instant, isTight: boolean): Promise<Position> {
    const { log, archive, limits } = this.#deps;
    if (!isTight && !this.#isWorthALook(shard, from.frame, upTo, now)) return from;
    let end = from;
    let frames: EncodedFrame[] = [];
    let bytes = 0;
    for await (const stored of log.read(shard, end.frame + 1)) {
      if (stored.frame > upTo || this.#stopped) break;
      frames.push(stored);
      bytes += stored.bytes.byteLength;
      if (bytes < limits.archiveSegmentBytes) continue;
      end = await archive.add(shard, end, frames);
      [frames, bytes] = [[], 0];
    }
    this.#leftovers.delete(shard);
    const oldest = frames[0];
    if (oldest === undefined || this.#stopped) return end;
    const oldestAt = decodeFrameHeader(shard, oldest).at;
    if (isTight || this.#isOld(oldestAt, now)) return archive.add(shard, end, frames);
    this.#leftovers.set(shard, { after: end.frame, bytesPerFrame: bytes / frames.length, oldestAt });
    return end;
  }

  #isWorthALook(shard: Shard, after: number, upTo: number, now: Instant): boolean {
    const left = this.#leftovers.get(shard);
    if (left === undefined || left.after !== after) return true;
    return (upTo - after) * left.bytesPerFrame >= this.#deps.limits.archiveSegmentBytes || this.#isOld(left.oldestAt, now);
  }

  #isOld(at: Instant, now: Instant): boolean {
    return at <= now - this.#deps.limits.archiveSegmentAgeMs;
  }

  async #firstInLog(shard: Shard): Promise<number> {
    for await (const { frame } of this.#deps.log.read(shard, 0)) return frame;
    return 0;
  }

  /** T1, T2: whole segments that begin the log, the frame of the checkpoint not among them. Time never goes back along the
   *  chain, so halving finds the last that is due, however many wait for the log to let them go (T4). */
  async #dueToGo(shard: Shard, log: { first: number; checkpoint: number }, now: Instant, isTight: boolean): Promise<SegmentName[]> {
    const { archive, limits } = this.#deps;
    const passed = (await archive.segments(shard)).filter(({ last }) => last >= log.first && last < log.checkpoint);
    if (isTight) return passed;
    let [due, notDue] = [0, passed.length];
    while (due < notDue) {
      const middle = (due + notDue) >> 1;
      const { lastAt } = await archive.header(passed[middle]!);
      if (lastAt > now - limits.logRetentionMs) notDue = middle;
      else due = middle + 1;
    }
    return passed.slice(0, due);
  }

  /** Where the log begins afterwards. Each segment is read once more before the log lets go of the only other copy (T1), and
   *  not before it would (T4). */
  async #trim(shard: Shard, first: number, due: readonly SegmentName[]): Promise<number> {
    const { log, archive } = this.#deps;
    const end = due.length === 0 ? first : due.at(-1)!.last + 1;
    const below = (await log.trimReach?.(end)) ?? end;
    if (below <= first) return first;
    for (const segment of due) if (segment.first < below) await archive.confirm(segment);
    await log.trim(shard, below);
    return below;
  }
}
