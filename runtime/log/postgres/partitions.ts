/**
 * The partitions of the log: which hold what, and that they are there before they are needed.
 *
 * T1. The partition after the current one is made when half of the current one is written; appends never wait for it.
 */
import { assert } from '../../../actors/kernel/index.ts';
import type { Shard } from '../port.ts';

export interface PartitionStore {
  framesPerPartition(): Promise<number>;
  /** Does nothing where it is there. */
  make(shard: Shard, frame: number): Promise<unknown>;
}

export class Partitions {
  readonly #store: PartitionStore;
  /** Known to exist or being made, by `shard/number`. */
  readonly #known = new Map<string, Promise<unknown>>();
  #framesPerPartition: number | null = null;

  constructor(store: PartitionStore) {
    this.#store = store;
  }

  /** Known once a frame was prepared for. */
  get framesPerPartition(): number {
    assert(this.#framesPerPartition !== null, 'a partition was prepared');
    return this.#framesPerPartition;
  }

  /** T1. Waits only for the partition that the frame itself needs. */
  async prepare(shard: Shard, frame: number): Promise<void> {
    const span = await this.#span();
    await this.#partition(shard, frame, span);
    // Not awaited. If it fails, the next append tries again.
    this.#partition(shard, frame + Math.ceil(span / 2), span).catch(() => {});
  }

  /** After the server missed one: nothing that was known is believed. False when it could not be made. */
  async prepareAgain(shard: Shard, frame: number): Promise<boolean> {
    this.#known.clear();
    return this.prepare(shard, frame).then(
      () => true,
      () => false,
    );
  }

  /** The first frame of the partition that `frame` is in: what is below it fills whole ones. */
  async beginningOf(frame: number): Promise<number> {
    return frame - (frame % (await this.#span()));
  }

  async #span(): Promise<number> {
    return (this.#framesPerPartition ??= await this.#store.framesPerPartition());
  }

  #partition(shard: Shard, frame: number, span: number): Promise<unknown> {
    const key = `${shard}/${Math.floor(frame / span)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = this.#store.make(shard, frame);
    made.catch(() => this.#known.delete(key));
    this.#known.set(key, made);
    return made;
  }
}
