/**
 * The rows that write-behind is given while one hot product sells: made by the real actor, frame by frame, so that both
 * sides of N9 write the very same rows. Deterministic but for the prefix of the ids, which makes each reading's rows new.
 *
 * A frame holds 64 units, as a busy shard's do; a batch is as many frames as write-behind takes at once.
 */
import { type ActorId, actorId, noUndo, type RowChange, type StampedEvent } from '../../../actors/kernel/index.ts';
import { stockDefinition } from '../../../actors/stock/index.ts';
import { limits } from '../../../runtime/limits.ts';
import type { ActorRow } from '../../../runtime/rows/port.ts';

type StockState = ReturnType<typeof stockDefinition.initial>;
type StockCommand = Parameters<typeof stockDefinition.decide>[1];
type StockEvent = Parameters<typeof stockDefinition.apply>[1];

export interface HoldBatch {
  readonly frames: number;
  readonly actors: readonly ActorRow[];
  /** As write-behind hands them over: several of one row among them, the newest counts. */
  readonly changes: readonly RowChange[];
}

const holdsPerFrame = 64;
const store = 'store_bench';
const ttlMs = 600_000;
const startedAt = 1_700_000_000_000;

export class HoldFrames {
  readonly #id: ActorId;
  readonly #shard: number;
  readonly #prefix: string;
  #state: StockState;
  #at = startedAt;
  #holds = 0;

  constructor(shard: number, prefix: string) {
    this.#shard = shard;
    this.#prefix = prefix;
    this.#id = actorId('stock', store, `${prefix}-${shard}`);
    this.#state = stockDefinition.initial(this.#id);
    this.#do({ type: 'receive', commandId: `${prefix}-first`, fingerprint: '', location: 'main', quantity: 1_000_000 });
  }

  /** At most `writeBehindRowsMax` changes, whole frames. */
  nextBatch(): HoldBatch {
    const changes: RowChange[] = [];
    let frames = 0;
    let rowsOfOne = 0;
    do {
      const frame = this.#frame();
      rowsOfOne = frame.length;
      changes.push(...frame);
      frames += 1;
    } while (changes.length + rowsOfOne <= limits.writeBehindRowsMax);
    return { frames, actors: [this.#actorRow()], changes };
  }

  #frame(): readonly RowChange[] {
    this.#at += 2;
    const events: StampedEvent<StockEvent>[] = [];
    for (let count = 0; count < holdsPerFrame; count += 1) {
      this.#holds += 1;
      const hold = { fingerprint: `1/${ttlMs}`, buyer: `buyer_0193f1c2-0000-7000-8000-${this.#holds % 4_000}`, quantity: 1, ttlMs };
      const holdId = `hold_${this.#prefix}.${this.#shard}.${this.#holds}`;
      events.push(...this.#do({ type: 'hold', holdId, ...hold, nearness: [{ location: 'main', rank: 0 }] }));
    }
    return stockDefinition.rows(this.#id, events, this.#state);
  }

  #do(command: StockCommand): StampedEvent<StockEvent>[] {
    const decision = stockDefinition.decide(this.#state, command, this.#at);
    if (decision.kind !== 'accepted') throw new Error(`the stock answered ${JSON.stringify(decision)}`);
    return decision.events.map((event) => {
      this.#state = stockDefinition.apply(this.#state, event, this.#at, noUndo);
      return { event, version: this.#state.version, at: this.#at };
    });
  }

  #actorRow(): ActorRow {
    const { version } = this.#state;
    return {
      actor: this.#id,
      shard: this.#shard,
      version,
      deadline: stockDefinition.deadline(this.#state),
      owes: false,
      format: stockDefinition.format,
    };
  }
}
