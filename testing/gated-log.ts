/**
 * A memory log whose appends wait for the test's word: what an acknowledgement, a loss or a late landing
 * does to the runtime is chosen, not hoped for.
 */
import type { AppendOutcome, EncodedFrame, Log, Position, Shard } from '../runtime/log/port.ts';
import { MemoryLog } from '../runtime/log/memory.ts';

type Word = 'ack' | 'lose' | 'land unheard' | 'full' | 'not sent';

interface Waiting {
  readonly shard: Shard;
  readonly expected: Position;
  readonly frame: EncodedFrame;
  readonly answer: (outcome: AppendOutcome) => void;
}

export class GatedLog implements Log {
  /** What is in the log; a test may put another one in its place, as a store that was emptied would. */
  stored: MemoryLog;
  readonly waiting: Waiting[] = [];
  /** While false, appends pass straight through. */
  gated = false;

  constructor(clock: { wallMs(): number }) {
    this.stored = new MemoryLog({ clock });
  }

  append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
    if (!this.gated) return this.stored.append(shard, expected, frame);
    return new Promise((answer) => this.waiting.push({ shard, expected, frame, answer }));
  }

  /** Decides the oldest waiting append. `lose` and `land unheard` both answer `unknown`. */
  async say(word: Word): Promise<void> {
    const next = this.waiting.shift();
    if (next === undefined) throw new Error(`no append waits to hear "${word}"`);
    const lands = word === 'ack' || word === 'land unheard';
    const outcome = lands ? await this.stored.append(next.shard, next.expected, next.frame) : null;
    if (word === 'ack') next.answer(outcome!);
    else if (word === 'full') next.answer({ kind: 'full' });
    else if (word === 'not sent') next.answer({ kind: 'unknown', cause: 'never sent', notWritten: true });
    else next.answer({ kind: 'unknown', cause: word });
  }

  read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    return this.stored.read(shard, from);
  }

  tail(shard: Shard): Promise<Position> {
    return this.stored.tail(shard);
  }

  now(): Promise<number> {
    return this.stored.now();
  }

  trim(shard: Shard, below: number): Promise<void> {
    return this.stored.trim(shard, below);
  }

  async close(): Promise<void> {}
}
