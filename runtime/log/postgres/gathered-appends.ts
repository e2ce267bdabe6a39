/**
 * Appends of different shards travel together: one statement, one commit, one sync of the disk for all of them.
 *
 * H1. Nothing waits for company: what is asked for in one turn leaves at its end, unless all `statementsMax` statements
 *     are on their way; then it waits for the next that comes back, and what is asked for meanwhile goes with it.
 * H2. A statement holds its appends in the order of shards: two owners that race over many shards never wait for each
 *     other in a circle. A shard has one append here; another, asked for meanwhile, goes alone, as from another owner.
 * H3. A large frame goes alone and at once: it would make small ones wait, and what is saved is little beside it.
 * H4. One shard's fault is its own: what the server refused together is asked again, each by itself; and a shard whose
 *     last append failed goes alone until one of its appends is done. A server that is not there is nobody's fault.
 * H5. An unknown fate is that of every append in the statement (L3).
 *
 * Does not know how a statement is made, nor what full or stale means.
 */
import { assert } from '../../../actors/kernel/index.ts';
import type { Shard } from '../port.ts';
import type { Append, Inserted } from './append.ts';

export interface AppendSender {
  /** All or none: what each came to, in their order, or one failure. Never throws. */
  together(appends: readonly Append[]): Promise<readonly Inserted[] | Failed>;
  /** Knows what to do about partitions that are missing. Never throws. */
  alone(append: Append): Promise<Inserted>;
}

export type Failed = Extract<Inserted, { kind: 'failed' }>;

export interface GatheringLimits {
  readonly statementsMax: number;
  readonly bytesPerStatementMax: number;
  /** From so many bytes on a frame is large (H3). */
  readonly largeFrameBytes: number;
}

interface Waiting {
  readonly append: Append;
  readonly done: (inserted: Inserted) => void;
}

export class GatheredAppends {
  readonly #sender: AppendSender;
  readonly #limits: GatheringLimits;
  readonly #endOfTurn: (call: () => void) => void;
  #waiting: Waiting[] = [];
  /** Those with an append that waits or is on its way (H2). */
  readonly #shardsGathered = new Set<Shard>();
  /** H4. */
  readonly #shardsInDoubt = new Set<Shard>();
  #statements = 0;
  #isTurnEnding = false;

  constructor(sender: AppendSender, limits: GatheringLimits, endOfTurn: (call: () => void) => void = setImmediate) {
    assert(limits.statementsMax > 0, 'a statement may be sent');
    assert(limits.largeFrameBytes <= limits.bytesPerStatementMax, 'what is not large fits a statement');
    this.#sender = sender;
    this.#limits = limits;
    this.#endOfTurn = endOfTurn;
  }

  append(append: Append): Promise<Inserted> {
    if (this.#goesAlone(append)) return this.#alone(append);
    this.#shardsGathered.add(append.shard);
    return new Promise((done) => {
      this.#waiting.push({ append, done });
      this.#sendAtEndOfTurn();
    });
  }

  #goesAlone({ shard, frame }: Append): boolean {
    return frame.bytes.byteLength >= this.#limits.largeFrameBytes || this.#shardsGathered.has(shard) || this.#shardsInDoubt.has(shard);
  }

  #sendAtEndOfTurn(): void {
    if (this.#isTurnEnding || this.#statements === this.#limits.statementsMax) return;
    this.#isTurnEnding = true;
    this.#endOfTurn(() => {
      this.#isTurnEnding = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#statements < this.#limits.statementsMax) void this.#together(this.#gather());
  }

  /** The longest waiting first, as many as fit. */
  #gather(): readonly Waiting[] {
    let count = 0;
    let bytes = 0;
    for (const { append } of this.#waiting) {
      bytes += append.frame.bytes.byteLength;
      if (bytes > this.#limits.bytesPerStatementMax) break;
      count += 1;
    }
    assert(count > 0, 'what is not large fits');
    return this.#waiting.splice(0, count).sort((one, other) => one.append.shard - other.append.shard); // H2
  }

  async #together(gathered: readonly Waiting[]): Promise<void> {
    this.#statements += 1;
    const outcome = await this.#sender.together(gathered.map(({ append }) => append));
    this.#statements -= 1;
    for (const [index, waiting] of gathered.entries()) this.#settle(waiting, 'kind' in outcome ? outcome : outcome[index]!);
    if (this.#waiting.length > 0) this.#sendAtEndOfTurn();
  }

  #settle({ append, done }: Waiting, inserted: Inserted): void {
    this.#shardsGathered.delete(append.shard);
    if (inserted.kind !== 'failed' || !inserted.sent) return done(inserted);
    this.#shardsInDoubt.add(append.shard);
    if (inserted.verdict === 'unknown') return done(inserted); // H5
    void this.#alone(append).then(done);
  }

  async #alone(append: Append): Promise<Inserted> {
    const inserted = await this.#sender.alone(append);
    if (inserted.kind !== 'failed') this.#shardsInDoubt.delete(append.shard);
    else if (inserted.sent) this.#shardsInDoubt.add(append.shard);
    return inserted;
  }
}
