/**
 * Copies what rows are written from into the archive, then trims the log. One shard after the other, at its own
 * pace; whatever fails is tried again at the next round.
 *
 * T1. Nothing is trimmed that is not archived, nor above the checkpoint that survives a power cut.
 * T2. Frames stay in the log for `logRetentionMs`; when the log is fuller than `logTrimAt`, no longer than they
 *     must: better a shorter log than a stopped shop.
 * T3. A segment is closed when it is full, or when its oldest frame is `archiveSegmentAgeMs` old: small segments
 *     would make reading slow, late ones would keep the log long.
 */
import { assert } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { decodeFrame } from '../frame/codec.ts';
import type { Limits } from '../limits.ts';
import type { EncodedFrame, Log, Position, Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import type { RowStore } from '../rows/port.ts';
import type { Archive } from './archive.ts';

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

export class Archiver {
  readonly #deps: ArchiverDeps;
  readonly #status = new Map<Shard, ArchiveStatus>();
  #stopped = false;
  #cancel: (() => void) | null = null;
  #round: Promise<void> = Promise.resolve();

  constructor(deps: ArchiverDeps) {
    this.#deps = deps;
  }

  get status(): readonly ArchiveStatus[] {
    return [...this.#status.values()];
  }

  start(): void {
    assert(!this.#stopped, 'an archiver starts once');
    this.#cancel = this.#deps.clock.after(this.#deps.limits.archiveIntervalMs, () => {
      this.#round = this.run().finally(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  /** When the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#round;
  }

  /** One round over all shards. */
  async run(): Promise<void> {
    for (let shard = 0; shard < this.#deps.shardCount && !this.#stopped; shard++) {
      try {
        await this.#tend(shard);
      } catch (error) {
        this.#deps.logger.warn({ shard, error: String(error) }, 'could not archive the shard; trying again');
      }
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
    const below = await this.#trimmableBelow(shard, { first, checkpoint: checkpoint.frame }, now, isTight);
    if (below > first) await this.#deps.log.trim(shard, below);
    this.#status.set(shard, { shard, archivedFrame: end.frame, trimmedBelow: Math.max(first, below) });
  }

  async #isTight(): Promise<boolean> {
    const room = await this.#deps.log.room?.();
    return room !== undefined && room.usedBytes >= room.maxBytes * this.#deps.limits.logTrimAt;
  }

  /** T3. */
  async #archive(shard: Shard, from: Position, upTo: number, now: number, isTight: boolean): Promise<Position> {
    const { log, archive, limits } = this.#deps;
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
    const oldest = frames[0];
    if (oldest === undefined || this.#stopped) return end;
    const isOld = decodeFrame(shard, oldest).header.at <= now - limits.archiveSegmentAgeMs;
    return isOld || isTight ? archive.add(shard, end, frames) : end;
  }

  async #firstInLog(shard: Shard): Promise<number> {
    for await (const { frame } of this.#deps.log.read(shard, 0)) return frame;
    return 0;
  }

  /** T1, T2: whole segments, the frame of the checkpoint not among them. Each is read once more before the log
   *  lets go of the only other copy. */
  async #trimmableBelow(shard: Shard, log: { first: number; checkpoint: number }, now: number, isTight: boolean): Promise<number> {
    const { archive, limits } = this.#deps;
    let below = 0;
    for (const segment of await archive.segments(shard)) {
      if (segment.last >= log.checkpoint) break;
      if (segment.last < log.first) continue;
      const { lastAt } = await archive.confirm(segment);
      if (!isTight && lastAt > now - limits.logRetentionMs) break;
      below = segment.last + 1;
    }
    return below;
  }
}
