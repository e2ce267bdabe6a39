/**
 * The archive of one cluster's log: segments on the media port, per shard one dense chain. What is in it may be
 * trimmed from the log; archive and log together are the whole history.
 *
 * A1. Segments follow one another without a gap, hash to hash. One that a crash left behind beside a longer one
 *     that begins at the same frame is passed over.
 * A2. Reading checks everything: a damaged segment names its frame and is never served.
 */
import { LogDamaged } from '../frame/frame.ts';
import { type EncodedFrame, logStart, type Position, type Shard } from '../log/port.ts';
import type { Media } from '../media/port.ts';
import { decodeSegment, encodeSegment, nameOf, parseName, prefixOf, type SegmentHeader, type SegmentName } from './segment.ts';

/** More than are asked for again and again, which is the newest of each shard and those that its archiver halves by (I7). */
const headersMax = 1_000;

export class Archive {
  readonly #media: Media;
  /** Headers of segments that were written, or read and found right; they never change. */
  readonly #headers = new Map<string, SegmentHeader>();

  constructor(media: Media) {
    this.#media = media;
  }

  /** In order, dense. Throws `LogDamaged`, `MediaUnavailable`. */
  async segments(shard: Shard): Promise<readonly SegmentName[]> {
    const found = (await this.#media.list(prefixOf(shard))).flatMap((name) => parseName(name) ?? []);
    found.sort((one, other) => one.first - other.first || other.last - one.last);
    const chain: SegmentName[] = [];
    for (const segment of found) {
      const last = chain.at(-1);
      if (last !== undefined && segment.last <= last.last) continue; // A1
      if (last !== undefined && segment.first !== last.last + 1)
        throw new LogDamaged(shard, last.last + 1, `the archive has no segment from here to frame ${segment.first - 1}`);
      chain.push(segment);
    }
    return chain;
  }

  /** The last archived frame; `logStart` when there is none. */
  async end(shard: Shard): Promise<Position> {
    const last = (await this.segments(shard)).at(-1);
    if (last === undefined) return logStart;
    const { lastHash } = await this.header(last);
    return { frame: last.last, hash: lastHash };
  }

  async header(segment: SegmentName): Promise<SegmentHeader> {
    return this.#headers.get(nameOf(segment)) ?? (await this.#open(segment)).header;
  }

  /** Reads the segment again, whatever was found before. Throws `LogDamaged`, `MediaUnavailable`. */
  async confirm(segment: SegmentName): Promise<SegmentHeader> {
    return (await this.#open(segment)).header;
  }

  /** Adds frames after `end`. */
  async add(shard: Shard, end: Position, frames: readonly EncodedFrame[]): Promise<Position> {
    const [first, last] = [frames[0]!, frames.at(-1)!];
    const segment = { shard, first: first.frame, last: last.frame };
    const bytes = encodeSegment(shard, end, frames);
    const { header } = decodeSegment(segment, bytes); // what is wrong must be found while the log still has it
    await this.#media.put(nameOf(segment), bytes);
    this.#remember(nameOf(segment), header);
    return { frame: last.frame, hash: last.hash };
  }

  /** Archived frames from number `from` on. Throws `LogDamaged`, `MediaUnavailable`. */
  async *read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    let previousHash: string | null = null;
    for (const segment of await this.segments(shard)) {
      if (segment.last < from) continue;
      const { header, frames } = await this.#open(segment);
      if (previousHash !== null && header.previousHash !== previousHash)
        throw new LogDamaged(shard, segment.first, 'this archive segment does not continue the one before it');
      previousHash = header.lastHash;
      for (const frame of frames) if (frame.frame >= from) yield frame;
    }
  }

  async #open(segment: SegmentName) {
    const name = nameOf(segment);
    const bytes = await this.#media.get(name);
    if (bytes === null) throw new LogDamaged(segment.shard, segment.first, `the archive segment up to frame ${segment.last} is gone`);
    const opened = decodeSegment(segment, bytes);
    this.#remember(name, opened.header);
    return opened;
  }

  #remember(name: string, header: SegmentHeader): void {
    this.#headers.set(name, header);
    if (this.#headers.size <= headersMax) return;
    const [oldest] = this.#headers.keys();
    this.#headers.delete(oldest!);
  }
}
