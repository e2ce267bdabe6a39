/**
 * A node that keeps its log on real nats-servers and its rows in a real Postgres behind a proxy: both can be
 * paused, killed, emptied, filled or cut off while buyers buy. Nodes may end and begin; the stores stay.
 */
import { randomUUID } from 'node:crypto';
import { definitions, definitionsByKind } from '../../commands/embedded/definitions.ts';
import { type NatsServers, startNats } from '../../engines/nats/index.ts';
import { Archive } from '../../runtime/archive/archive.ts';
import { type ArchiveStatus, Archiver } from '../../runtime/archive/archiver.ts';
import { historyOf } from '../../runtime/archive/history.ts';
import { systemClock } from '../../runtime/clock.ts';
import { limits, type Limits } from '../../runtime/limits.ts';
import { JetStreamLog } from '../../runtime/log/jetstream.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { MemoryMedia } from '../../runtime/media/memory.ts';
import { Node } from '../../runtime/node.ts';
import { PostgresRowStore } from '../../runtime/rows/postgres.ts';
import { type Books, verifyRunning, type VerifyReport } from '../../runtime/verify/report.ts';
import { Crowd, receiptOf, sendStock } from '../crowd.ts';
import { type LossyProxy, lossyProxy } from '../lossy-proxy.ts';
import { type TestDatabase, testDatabase } from '../postgres.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';

export interface BrokerWorldOptions {
  readonly replicas?: 1 | 3;
  readonly storeBytesMax?: number;
  readonly limits?: Partial<Limits>;
}

export interface BrokerStores {
  readonly natsUrl: string;
  readonly rowsUrl: string;
  readonly clusterId: string;
  readonly incarnation: string;
  readonly shardCount: number;
}

interface Parts {
  readonly nats: NatsServers;
  readonly database: TestDatabase;
  readonly link: LossyProxy;
  readonly folder: Disposable;
}

const shardCount = 4;
const opening = 1_000_000;
/** I8: 5 s after the broker is back, on a machine that may be busy with other tests. */
const servedWithinMs = 30_000;

export class BrokerWorld implements AsyncDisposable {
  readonly nats: NatsServers;
  readonly rowsLink: LossyProxy;
  readonly lost: number[] = [];
  readonly archive = new Archive(new MemoryMedia());
  readonly #database: TestDatabase;
  readonly #folder: Disposable;
  readonly #options: BrokerWorldOptions;
  readonly #cluster = { clusterId: randomUUID(), incarnation: randomUUID(), shardCount };
  #node: Node | null = null;
  #log: JetStreamLog | null = null;
  #rows: PostgresRowStore | null = null;

  private constructor(options: BrokerWorldOptions, parts: Parts) {
    this.#options = options;
    this.nats = parts.nats;
    this.#database = parts.database;
    this.rowsLink = parts.link;
    this.#folder = parts.folder;
  }

  static async open(options: BrokerWorldOptions = {}): Promise<BrokerWorld> {
    const database = await testDatabase();
    const { hostname, port } = new URL(database.url('projector'));
    const link = await lossyProxy({ host: hostname, port: Number(port) });
    const folder = temporaryFolder();
    const storeBytesMax = options.storeBytesMax === undefined ? {} : { storeBytesMax: options.storeBytesMax };
    const nats = await startNats({ dataDir: folder.path, replicas: options.replicas ?? 1, ...storeBytesMax });
    return new BrokerWorld(options, { nats, database, link, folder });
  }

  get node(): Node {
    if (this.#node === null) throw new Error('no node runs in this world');
    return this.#node;
  }

  get log(): JetStreamLog {
    if (this.#log === null) throw new Error('no node runs in this world');
    return this.#log;
  }

  /** A node as a process of its own would be: with its own connections. Resolves when it serves. */
  async startNode(): Promise<Node> {
    const node = await this.newNode();
    await node.start();
    return node;
  }

  async newNode(): Promise<Node> {
    await this.endNode();
    this.#log = await JetStreamLog.open({ url: this.nats.url, replicas: this.#options.replicas ?? 1, shardCount });
    this.#rows = new PostgresRowStore({ url: this.rowsLink.url(this.#database.url('projector')), kinds: definitions });
    this.#node = new Node({
      ...this.#cluster,
      definitions,
      log: this.#log,
      rows: this.#rows,
      clock: systemClock,
      logger: silentLogger,
      limits: { ...limits, ...this.#options.limits },
      onShardLost: (shard) => this.lost.push(shard),
      mayTakeAgain: () => true,
    });
    return this.#node;
  }

  /** As a crash would: nothing is drained. */
  async endNode(): Promise<void> {
    this.#node?.halt();
    await Promise.all([this.#log?.close(), this.#rows?.close()]);
    [this.#node, this.#log, this.#rows] = [null, null, null];
  }

  async drainNode(): Promise<void> {
    await this.node.drain();
    await this.endNode();
  }

  async openSku(sku: string): Promise<void> {
    const outcome = await sendStock(this.node, 'shop', sku, receiptOf(`open ${sku}`, opening));
    if (outcome.kind !== 'reply') throw new Error(`${sku} could not be opened: ${JSON.stringify(outcome)}`);
  }

  crowd(sku: string, buyersAtOnce = 10): Crowd {
    return new Crowd(this.node, { buyersAtOnce, store: 'shop', sku });
  }

  /** So many more units are acknowledged than there are now. */
  async served(crowd: Crowd, more: number, withinMs = servedWithinMs): Promise<void> {
    const before = crowd.acknowledged.size;
    await until(
      `${more} more holds than ${before} are acknowledged`,
      () => crowd.acknowledged.size,
      (size) => size >= before + more,
      withinMs,
    );
  }

  /** What another process needs to be a node of the same cluster. */
  get stores(): BrokerStores {
    return { natsUrl: this.nats.url, rowsUrl: this.#database.url('projector'), ...this.#cluster };
  }

  async held(sku: string): Promise<number> {
    const outcome = await sendStock(this.node, 'shop', sku, { type: 'read' });
    if (outcome.kind !== 'reply') throw new Error(`${sku} cannot be read: ${JSON.stringify(outcome)}`);
    const { levels } = outcome.reply as { readonly levels: readonly { readonly held: number }[] };
    return levels.reduce((sum, level) => sum + level.held, 0);
  }

  /** One round that leaves in the log as little as may be left there. */
  async archiveAll(): Promise<readonly ArchiveStatus[]> {
    const archiver = new Archiver({
      log: this.log,
      rows: this.#rows!,
      archive: this.archive,
      shardCount,
      clock: systemClock,
      limits: { ...limits, archiveSegmentBytes: 4_096, logTrimAt: 0 },
      logger: silentLogger,
    });
    await archiver.run();
    return archiver.status;
  }

  verify(): Promise<VerifyReport> {
    const books: Books = {
      log: historyOf(this.log, this.archive),
      rows: this.#rows!,
      definitions: definitionsByKind,
      limits,
      shardCount,
      now: () => systemClock.wallMs(),
    };
    return verifyRunning(this.node, books, null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endNode();
    await this.nats.stop();
    await this.rowsLink[Symbol.asyncDispose]();
    await this.#database[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }
}
