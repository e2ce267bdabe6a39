/**
 * The log in memory: the twin of the real ones, for tests and the seeded simulation. It is as durable as
 * the process. Deterministic: no timers, no randomness, no clock but the one it is given.
 *
 * Keeps L1 (an append fits the tail exactly) and L2 (bytes are copied on the way in and on the way out, so
 * nobody can change what was acknowledged). Never answers `unknown` (L3): whoever wants that wraps it.
 */
import { assert } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { type AppendOutcome, type EncodedFrame, type Log, type LogRoom, logStart, type Position, type Shard } from './port.ts';

export interface MemoryLogOptions {
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Sum of frame bytes over all shards; beyond it appends answer `full`. */
  readonly bytesMax?: number;
}

interface Chain {
  /** Number of the oldest frame kept; `frames[i]` has number `first + i`. */
  first: number;
  frames: EncodedFrame[];
}

export class MemoryLog implements Log {
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #bytesMax: number;
  readonly #chains = new Map<Shard, Chain>();
  #bytesUsed = 0;

  constructor(options: MemoryLogOptions) {
    this.#clock = options.clock;
    this.#bytesMax = options.bytesMax ?? Number.MAX_SAFE_INTEGER;
  }

  async append(shard: Shard, expected: Position, frame: EncodedFrame): Promise<AppendOutcome> {
    assert(frame.frame === expected.frame + 1, 'a frame follows the position it expects');
    const tail = this.#tail(shard);
    if (tail.frame !== expected.frame || tail.hash !== expected.hash) return { kind: 'stale' }; // L1
    if (this.#bytesUsed + frame.bytes.byteLength > this.#bytesMax) return { kind: 'full' };
    this.#chain(shard).frames.push(copyOf(frame));
    this.#bytesUsed += frame.bytes.byteLength;
    return { kind: 'acked' };
  }

  read(shard: Shard, from: number): AsyncIterable<EncodedFrame> {
    const chain = this.#chain(shard);
    // The slice is the tail as it was when asked: appends and trims after this are not seen.
    const frames = chain.frames.slice(Math.max(0, from - chain.first));
    return copiesOf(frames);
  }

  async tail(shard: Shard): Promise<Position> {
    return this.#tail(shard);
  }

  async now(): Promise<number> {
    return Math.floor(this.#clock.wallMs());
  }

  async trim(shard: Shard, below: number): Promise<void> {
    const chain = this.#chain(shard);
    const dropped = Math.min(below - chain.first, chain.frames.length - 1); // the last frame always stays
    if (dropped <= 0) return;
    for (const frame of chain.frames.splice(0, dropped)) this.#bytesUsed -= frame.bytes.byteLength;
    chain.first += dropped;
    assert(this.#bytesUsed >= 0, 'trimming never frees more than was written');
  }

  async room(): Promise<LogRoom> {
    return { usedBytes: this.#bytesUsed, maxBytes: this.#bytesMax };
  }

  async durability(): Promise<string> {
    return 'memory: lost when the process ends';
  }

  async close(): Promise<void> {}

  #tail(shard: Shard): Position {
    const last = this.#chains.get(shard)?.frames.at(-1);
    return last === undefined ? logStart : { frame: last.frame, hash: last.hash };
  }

  #chain(shard: Shard): Chain {
    let chain = this.#chains.get(shard);
    if (chain === undefined) {
      chain = { first: 0, frames: [] };
      this.#chains.set(shard, chain);
    }
    return chain;
  }
}

function copyOf(frame: EncodedFrame): EncodedFrame {
  return { frame: frame.frame, hash: frame.hash, bytes: Uint8Array.from(frame.bytes) };
}

async function* copiesOf(frames: readonly EncodedFrame[]): AsyncIterable<EncodedFrame> {
  for (const frame of frames) yield copyOf(frame);
}
