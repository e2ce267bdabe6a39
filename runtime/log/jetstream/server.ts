/** What the server behind the log can and cannot promise, and what time it has. */
import { DiscardPolicy, type JetStreamManager, StorageType } from '@nats-io/jetstream';
import { Empty, headers } from '@nats-io/transport-node';
import type { Instant } from '../../../actors/kernel/index.ts';
import { LogUnavailable } from '../port.ts';
import type { Link } from './link.ts';

const answerWithinMs = 3_000;

/**
 * The store's clock: the instant it stamps onto a message. Servers before 2.10 tell the time in no answer, so
 * a message is put into a stream that keeps one and read back; asked only when a shard is taken over.
 */
export class StoreClock {
  readonly #manager: JetStreamManager;
  readonly #link: Link;
  readonly #stream: string;
  readonly #replicas: number;
  #made: Promise<unknown> | null = null;

  constructor(manager: JetStreamManager, link: Link, prefix: string, replicas: number) {
    this.#manager = manager;
    this.#link = link;
    this.#stream = `${prefix}_CLOCK`;
    this.#replicas = replicas;
  }

  async now(): Promise<Instant> {
    await this.#make();
    try {
      return await this.#stamp();
    } catch (error) {
      this.#made = null; // a store that was emptied has no such stream any more
      throw error;
    }
  }

  async #stamp(): Promise<Instant> {
    const answer = await this.#link.write(this.#subject, Empty, headers(), answerWithinMs);
    const { seq } = answer.json<{ seq?: number }>();
    if (seq === undefined) throw new LogUnavailable('the broker did not stamp a message');
    const stamped = await this.#manager.streams.getMessage(this.#stream, { seq });
    if (stamped === null) throw new LogUnavailable('the broker lost the message it stamped');
    return stamped.time.getTime();
  }

  get #subject(): string {
    return `${this.#stream.toLowerCase().replaceAll('_', '.')}`;
  }

  /** Keeps some, so that those who ask at once still find theirs. */
  async #make(): Promise<void> {
    this.#made ??= this.#manager.streams.add({
      name: this.#stream,
      subjects: [this.#subject],
      storage: StorageType.Memory,
      discard: DiscardPolicy.Old,
      max_msgs: 1_000,
      num_replicas: this.#replicas,
    });
    try {
      await this.#made;
    } catch (error) {
      this.#made = null;
      throw error;
    }
  }
}

/** What "acknowledged" means on this server. Its sync interval is told to nobody, so that it can only be named. */
export function durabilityOf(version: string, replicas: number): string {
  const copies = replicas === 1 ? '1 copy' : `${replicas} copies`;
  const where = `JetStream on nats-server ${version}, ${copies}`;
  if (forgetsWithCopies(version, replicas)) return `${where}: ${forgetful}`;
  const killed = replicas === 1 ? 'survives killed processes' : 'survives killed processes and the loss of a minority of the servers';
  if (isBefore210(version)) return `${where}: ${killed}, not a power cut of all of them`;
  return `${where}: ${killed}; survives a power cut only where the servers run with sync_interval: always`;
}

const forgetful =
  'survives killed processes of the shop, NOT of the servers: before 2.10 three of them forget what they acknowledged when one is killed and another pauses (seen). Take a newer nats-server, or 1 copy';

/** Seen with 2.9.10: a server that came back with an old copy is made the leader, and the others throw away what they have more. */
export function forgetsWithCopies(version: string, replicas: number): boolean {
  return replicas > 1 && isBefore210(version);
}

function isBefore210(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 2 || (major === 2 && minor < 10);
}
