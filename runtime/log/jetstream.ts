/**
 * The log on NATS JetStream: one stream per shard, one message per frame.
 *
 * J1. An append expects the *stream's* last sequence (L1). The expectation per subject acknowledged two writers
 *     on three copies; and with a message id a fenced owner's repeat is answered "duplicate", which reads as
 *     success, before the expectation is looked at: neither is used.
 * J2. The hash of the expected frame is compared too: as this adapter saw it acknowledged or read it at that very
 *     sequence, where a message never changes, unless the store is put back or cut: after every loss of the
 *     connection what was known is asked for again.
 * J3. A stream is made only by the append of frame 0, or by an import into an empty one. One that is gone is never
 *     made anew under an owner who still expects frames in it: it would be a log that forgot.
 * J4. What a timeout or a lost connection leaves behind is `unknown` (L3). After a disturbance also a refusal
 *     is: it may be the refusal of our own second sending.
 * J5. Reads and tails go to the stream's leader. They settle nothing all the same: see shard/append.ts.
 *
 * Sequences and frame numbers differ by a constant of each stream, learned from any stored message.
 */
import { jetstreamManager, type JetStreamManager, type MsgRequest, type StoredMsg } from '@nats-io/jetstream';
import { headers, RequestError } from '@nats-io/transport-node';
import { assert, type Instant } from '../../actors/kernel/index.ts';
import { type Clock, systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import type { Logger } from '../logger.ts';
import { durabilityOf, forgetsWithCopies, StoreClock } from './jetstream/server.ts';
import { Disturbed, Link } from './jetstream/link.ts';
import { isNobodyThere, isTimeout, outcomeOf, type PublishAnswer } from './jetstream/answers.ts';
import { readBatched } from './jetstream/batched-read.ts';
import { encodedFrame, frameHeader, frameOf, hashHeader, hashOf, positionOf } from './jetstream/message.ts';
import { findStream, isStreamMissing, makeStream, type StreamNames, streamNames } from './jetstream/streams.ts';
import {
  type AppendOutcome,
  type EncodedFrame,
  type Log,
  LogMisconfigured,
  type LogRoom,
  logStart,
  LogUnavailable,
  type Position,
  type Shard,
} from './port.ts';
import { RoomGauge } from './room-gauge.ts';

export interface JetStreamLogOptions {
  /** `nats://host:port`, several servers of one cluster separated by commas. */
  readonly url: string;
  /** Copies of every stream this log makes; found streams must have at least as many. */
  readonly replicas?: 1 | 3;
  /** How many shards there are: their streams are looked at when the log is opened, and measured for room. */
  readonly shardCount?: number;
  readonly bytesMax?: number;
  readonly appendTimeoutMs?: number;
  /** How long the first connection, and then the first answer, may take, trying again. */
  readonly openWithinMs?: number;
  readonly logger?: Logger;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
  readonly namePrefix?: string;
}

/** What is known of a shard's stream. */
interface Known {
  /** Sequence minus frame number. */
  readonly offset: number;
  /** The newest frame this adapter saw acknowledged or read. */
  readonly position: Position;
  /** How often the connection had been lost when it was learned. */
  readonly losses: number;
}

const namePrefixDefault = 'ONHAND_LOG';
const readsOneByOneMax = 64;
const askAgainMs = 500;
/** Three brokers of 2.9 on a busy machine took more than 15 s to agree on a leader. */
const electionWithinMs = 30_000;
const firstAttemptsMax = 20;
const firstRetryMs = 50;

export class JetStreamLog implements Log {
  readonly #link: Link;
  readonly #manager: JetStreamManager;
  /** The same, for what may be asked again soon when nobody answers. */
  readonly #questions: JetStreamManager;
  readonly #names: StreamNames;
  readonly #replicas: number;
  readonly #appendTimeoutMs: number;
  readonly #known = new Map<Shard, Known>();
  readonly #shards = new Set<Shard>();
  readonly #gauge: RoomGauge;
  readonly #clock: StoreClock;

  private constructor(link: Link, [manager, questions]: readonly [JetStreamManager, JetStreamManager], options: JetStreamLogOptions) {
    this.#link = link;
    this.#questions = questions;
    this.#manager = manager;
    this.#names = streamNames(options.namePrefix ?? namePrefixDefault);
    this.#replicas = options.replicas ?? 1;
    this.#appendTimeoutMs = options.appendTimeoutMs ?? limits.logAppendTimeoutMs;
    this.#clock = new StoreClock(manager, link, options.namePrefix ?? namePrefixDefault, this.#replicas);
    this.#gauge = new RoomGauge({
      bytesMax: options.bytesMax ?? limits.logBytesMax,
      diskFreeBytesMin: 0,
      measureUsedBytes: () => this.#measureUsedBytes(),
      measureFreeBytes: () => this.#measureFreeBytes(),
      clock: options.clock ?? systemClock,
    });
  }

  /** Throws `LogUnavailable`, `LogMisconfigured`. */
  static async open(options: JetStreamLogOptions): Promise<JetStreamLog> {
    const link = await Link.open(options);
    if (forgetsWithCopies(link.version, options.replicas ?? 1)) options.logger?.warn({}, durabilityOf(link.version, options.replicas ?? 1));
    const untilMs = performance.now() + (options.openWithinMs ?? electionWithinMs);
    for (;;) {
      try {
        return await JetStreamLog.#openOn(link, options);
      } catch (error) {
        if (isNobodyThere(error) && performance.now() < untilMs) {
          options.logger?.warn({ err: error }, 'JetStream does not answer yet; asking again');
          await new Promise((resolve) => setTimeout(resolve, askAgainMs));
          continue;
        }
        await link.close();
        throw error instanceof LogMisconfigured
          ? error
          : new LogUnavailable(`JetStream cannot be used: ${String(error)}`, { cause: error });
      }
    }
  }

  static async #openOn(link: Link, options: JetStreamLogOptions): Promise<JetStreamLog> {
    const timeout = options.appendTimeoutMs ?? limits.logAppendTimeoutMs;
    const manager = await jetstreamManager(link.connection, { timeout });
    const questions = await jetstreamManager(link.connection, { timeout: Math.min(timeout, askAgainMs), checkAPI: false });
    const log = new JetStreamLog(link, [manager, questions], options);
    await log.#lookAtStreams(options.shardCount ?? 0);
    return log;
  }

  async #lookAtStreams(shardCount: number): Promise<void> {
    const shards = Array.from({ length: shardCount }, (_, shard) => shard);
    await Promise.all(
      shards.map(async (shard) => {
        if ((await findStream(this.#manager, this.#names, shard, this.#replicas)) !== null) this.#shards.add(shard);
      }),
    );
  }

  async append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
    assert(frame.frame === expected.frame + 1, 'a frame follows the position it expects');
    assert(frame.bytes.byteLength <= limits.frameBytesHardMax, 'a frame is within its limit');
    let lastSequence: number | null;
    try {
      if (!(await this.#gauge.hasRoomFor(frame.bytes.byteLength))) return { kind: 'full' };
      lastSequence = await this.#sequenceOf(shard, expected);
    } catch (error) {
      return { kind: 'unknown', cause: String(error), notWritten: true }; // only questions were asked so far
    }
    if (lastSequence === null) return { kind: 'stale' };
    const outcome = lastSequence === 0 ? await this.#publishFirst(shard, frame) : await this.#publish(shard, lastSequence, frame);
    if (outcome.kind === 'acked') {
      this.#gauge.wrote(frame.bytes.byteLength);
      this.#shards.add(shard);
    }
    return outcome;
  }

  /** The sequence that must be the last one for `expected` to be the tail; null: it is not even there. J2, J3. */
  async #sequenceOf(shard: Shard, expected: Position): Promise<number | null> {
    if (expected.frame === logStart.frame) {
      if (expected.hash !== logStart.hash) return null;
      if ((await this.#lastMessage(shard)) !== null) return null;
      await makeStream(this.#manager, this.#names, shard, this.#replicas);
      return 0;
    }
    const known = this.#remembered(shard);
    if (known !== undefined && known.position.frame === expected.frame && known.position.hash === expected.hash)
      return known.offset + expected.frame;
    const offset = known?.offset ?? (await this.#learnOffset(shard));
    if (offset === null) return null;
    const there = await this.#messageAt(shard, offset + expected.frame);
    return there !== null && hashOf(there) === expected.hash ? offset + expected.frame : null;
  }

  /** A stream that was just made is not yet known to every server of a cluster: nobody listens there for a moment. */
  async #publishFirst(shard: Shard, frame: EncodedFrame): Promise<AppendOutcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#publish(shard, 0, frame);
      const mayBeYoung = outcome.kind === 'unknown' && outcome.notWritten === true && attempt < firstAttemptsMax;
      if (!mayBeYoung) return outcome;
      await new Promise((resolve) => setTimeout(resolve, firstRetryMs));
    }
  }

  async #publish(shard: Shard, lastSequence: number, { frame, hash, bytes }: EncodedFrame): Promise<AppendOutcome> {
    const sent = headers();
    const { losses } = this.#link;
    sent.set('Nats-Expected-Last-Sequence', `${lastSequence}`); // J1
    sent.set('Nats-Expected-Stream', this.#names.stream(shard));
    sent.set(frameHeader, `${frame}`);
    sent.set(hashHeader, hash);
    try {
      const answer = await this.#link.write(this.#names.subject(shard), bytes, sent, this.#appendTimeoutMs);
      const outcome = outcomeOf(answer.json<PublishAnswer>(), this.#replicas, lastSequence + 1);
      if (outcome.kind === 'acked') this.#known.set(shard, { offset: lastSequence + 1 - frame, position: { frame, hash }, losses });
      return outcome;
    } catch (error) {
      // Nobody listened on the subject, or nothing was sent: it cannot have been stored.
      const unheard = error instanceof RequestError && error.isNoResponders();
      if (unheard && lastSequence > 0 && (await this.#isGone(shard))) return { kind: 'stale' }; // J3
      const notWritten = unheard || (error instanceof Disturbed && !error.sent);
      return { kind: 'unknown', cause: String(error), ...(notWritten ? { notWritten: true } : {}) };
    }
  }

  /** The servers are there and know of no such stream: what the owner expects is not in this log any more. */
  async #isGone(shard: Shard): Promise<boolean> {
    try {
      return (await findStream(this.#questions, this.#names, shard, this.#replicas)) === null;
    } catch {
      return false; // nobody can tell now
    }
  }

  async *read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    const last = await this.#asking(() => this.#lastMessage(shard));
    if (last === null) return;
    const first = await this.#asking(() => this.#firstSequence(shard));
    const start = Math.max(first, last.seq - frameOf(last) + Math.max(0, from));
    const oneByOne = Math.min(last.seq, start + readsOneByOneMax - 1);
    yield* this.#readOneByOne(shard, start, oneByOne);
    if (oneByOne === last.seq) return;
    const span = { stream: this.#names.stream(shard), first: oneByOne + 1, last: last.seq };
    const messages = readBatched(this.#link, this.#manager, span)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#asking(() => messages.next());
        if (done === true) return;
        yield encodedFrame(value);
      }
    } finally {
      await messages.return?.();
    }
  }

  /** For the few frames that most reads are about: a consumer would cost more than it brings. */
  async *#readOneByOne(shard: Shard, first: number, last: number): AsyncIterable<EncodedFrame> {
    const waiting = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => this.#messageAt(shard, first + index));
    for (const answer of waiting) answer.catch(() => {}); // the reader may have gone before it comes
    for (const answer of waiting) {
      const message = await this.#asking(() => answer);
      // A hole is left to be found by whoever checks the chain: skipping it here would hide it.
      if (message !== null) yield encodedFrame(message);
    }
  }

  async tail(shard: Shard): Promise<Position> {
    const last = await this.#asking(() => this.#lastMessage(shard));
    return last === null ? logStart : positionOf(last);
  }

  now(): Promise<Instant> {
    return this.#asking(() => this.#clock.now());
  }

  async trim(shard: Shard, below: number): Promise<void> {
    await this.#asking(async () => {
      const last = await this.#lastMessage(shard);
      if (last === null) return;
      const keep = Math.min(last.seq, last.seq - frameOf(last) + below);
      if (keep > 1) await this.#manager.streams.purge(this.#names.stream(shard), { seq: keep });
    });
    this.#gauge.trimmed();
  }

  /** Fills an empty shard with frames that begin anywhere: a log that is restored. */
  async importFrames(shard: Shard, frames: AsyncIterable<EncodedFrame>): Promise<Position> {
    if ((await this.#asking(() => this.#lastMessage(shard))) !== null)
      throw new LogMisconfigured(`Stream ${this.#names.stream(shard)} has frames already: a log is restored only into an empty one.`);
    await this.#asking(() => makeStream(this.#manager, this.#names, shard, this.#replicas));
    let sequence = 0;
    let position = logStart;
    for await (const frame of frames) {
      const outcome = await this.#publish(shard, sequence++, frame);
      if (outcome.kind !== 'acked')
        throw new LogUnavailable(`frame ${frame.frame} of shard ${shard} could not be restored: ${outcome.kind}`);
      position = { frame: frame.frame, hash: frame.hash };
    }
    return position;
  }

  room(): Promise<LogRoom> {
    return this.#asking(() => this.#gauge.room());
  }

  async durability(): Promise<string> {
    return durabilityOf(this.#link.version, this.#replicas);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #measureUsedBytes(): Promise<number> {
    const infos = await Promise.all([...this.#shards].map((shard) => findStream(this.#manager, this.#names, shard, this.#replicas)));
    return infos.reduce((sum, info) => sum + (info?.state.bytes ?? 0), 0);
  }

  /** What the account still grants; what the server itself may store it tells nobody. */
  async #measureFreeBytes(): Promise<number> {
    const { storage, limits: granted } = await this.#manager.getAccountInfo();
    if (granted.max_storage <= 0) return Number.MAX_SAFE_INTEGER;
    return Math.max(0, Math.floor((granted.max_storage - storage) / this.#replicas));
  }

  /** J2. */
  #remembered(shard: Shard): Known | undefined {
    const known = this.#known.get(shard);
    return known?.losses === this.#link.losses ? known : undefined;
  }

  async #learnOffset(shard: Shard): Promise<number | null> {
    const { losses } = this.#link;
    const last = await this.#lastMessage(shard);
    if (last === null) return null;
    const offset = last.seq - frameOf(last);
    this.#known.set(shard, { offset, position: positionOf(last), losses });
    return offset;
  }

  /** Null: there is no stream, or it never had a frame. */
  async #lastMessage(shard: Shard): Promise<StoredMsg | null> {
    const message = await this.#find(shard, { last_by_subj: this.#names.subject(shard) });
    if (message !== null) this.#shards.add(shard);
    return message;
  }

  #messageAt(shard: Shard, seq: number): Promise<StoredMsg | null> {
    return this.#find(shard, { seq });
  }

  async #find(shard: Shard, query: MsgRequest): Promise<StoredMsg | null> {
    const untilMs = performance.now() + this.#appendTimeoutMs;
    for (;;) {
      try {
        return await this.#questions.streams.getMessage(this.#names.stream(shard), query);
      } catch (error) {
        if (isStreamMissing(error)) return null;
        // Only a stream's leader answers, and a young stream, or one that lost its leader, has none for a moment.
        if (!isTimeout(error) || performance.now() >= untilMs) throw error;
      }
    }
  }

  async #firstSequence(shard: Shard): Promise<number> {
    const info = await findStream(this.#manager, this.#names, shard, this.#replicas);
    return info?.state.first_seq ?? 1;
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof LogUnavailable || error instanceof LogMisconfigured) throw error;
      throw new LogUnavailable(`JetStream did not answer: ${String(error)}`, { cause: error });
    }
  }
}
