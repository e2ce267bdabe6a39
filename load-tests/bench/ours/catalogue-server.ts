/**
 * Our server on a folder with very many products that nobody has asked for since it started: what one of them costs in
 * memory once it is there, and how fast they come in.
 *
 * Q1. Memory is what is alive after garbage was collected, of the server process alone.
 * Q2. Before each reading the server is started anew on its folder: all products are cold.
 * Q3. As on the day after: the receipts that created the products are forgotten, since whoever keeps a product idle has
 *     not just received it. Their outcomes are taken out of the database as the server itself does a day later.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { clusterDirOf, findLeftover, postgresUrl } from '../../../engines/postgres/index.ts';
import { liveBytes } from '../../../testing/faults/process-memory.ts';
import { adminRequest, type Json, readDoneAnswer, readObject, sendUntilDecided } from '../../api.ts';
import { HttpClient, type HttpRequest, parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';
import { freshDirectory, type ServerUnderTest, startServer } from '../../server.ts';
import { newPrefix, readyWithinMs } from './shop.ts';
import { untilDrained } from './sampler.ts';

export interface Awoken {
  readonly bytesPerActor: number;
  readonly perSecond: number;
}

const skusPerRead = 500;
const readsAtOnce = 8;
const requestTimeoutMs = 30_000;
const prepareWithinMs = 300_000;
const memoryPreload = 'testing/preload/live-memory.ts';

export class CatalogueServer implements AsyncDisposable {
  readonly #server: ServerUnderTest;
  readonly #folder: string;
  readonly #memoryFile: string;
  readonly #skus: readonly string[];
  readonly #client: HttpClient;
  #secretKey = '';

  private constructor(server: ServerUnderTest, folder: string, memoryFile: string, count: number) {
    this.#server = server;
    this.#folder = folder;
    this.#memoryFile = memoryFile;
    const prefix = newPrefix();
    this.#skus = Array.from({ length: count }, (_, index) => `${prefix}${index}`);
    this.#client = new HttpClient({
      address: parseTarget(server.url),
      connectionsMax: 64,
      waitingMax: count + 1_000,
      timeoutMs: requestTimeoutMs,
    });
  }

  static async open(count: number, progress: (line: string) => void): Promise<CatalogueServer> {
    const folder = await freshDirectory();
    const memoryFile = join(folder, 'live-memory');
    const server = await startServer({
      dataDirectory: folder,
      preload: [memoryPreload],
      environment: { ONHAND_TEST_MEMORY: memoryFile },
      readyWithinMs,
    });
    const catalogue = new CatalogueServer(server, folder, memoryFile, count);
    try {
      await catalogue.#receiveAll(progress);
    } catch (error) {
      await catalogue[Symbol.asyncDispose]();
      throw error;
    }
    return catalogue;
  }

  get url(): string {
    return this.#server.url;
  }

  async read(): Promise<Awoken> {
    await this.#server.stop(); // Q2
    await this.#server.start();
    const before = await this.#alive();
    const startedAtMs = nowMs();
    await this.#readAll();
    const seconds = (nowMs() - startedAtMs) / 1_000;
    const after = await this.#alive();
    return { bytesPerActor: (after - before) / this.#skus.length, perSecond: this.#skus.length / seconds };
  }

  async #receiveAll(progress: (line: string) => void): Promise<void> {
    const stores = await this.#server.keys();
    this.#secretKey = (stores.find(({ demo }) => demo) ?? stores[0])?.secretKey ?? '';
    let received = 0;
    const receive = async (sku: string): Promise<void> => {
      await this.#ask(adminRequest(this.#secretKey, 'stock/receive', sku, { sku, quantity: 100 }));
      received += 1;
      if (received % 1_000 === 0) progress(`receiving ${received} of ${this.#skus.length} products`);
    };
    await Promise.all(this.#skus.map(receive));
    await untilDrained(this.url);
    await this.#forgetReceipts();
  }

  /** Q3. */
  async #forgetReceipts(): Promise<void> {
    const engineDir = join(this.#folder, 'postgres');
    const clusterDir = clusterDirOf(engineDir);
    const running = clusterDir === null ? null : findLeftover(clusterDir);
    if (running === null) throw new Error('the Postgres of the server under test was not found');
    const client = new pg.Client({ connectionString: postgresUrl(engineDir, running.port, 'projector') });
    await client.connect();
    try {
      await client.query('delete from onhand.command_outcomes');
    } finally {
      await client.end();
    }
  }

  /** As pages and feeds ask for stock: many at once. */
  async #readAll(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.#secretKey}` };
    const reads: string[][] = [];
    for (let from = 0; from < this.#skus.length; from += skusPerRead) reads.push(this.#skus.slice(from, from + skusPerRead));
    const reader = async (): Promise<void> => {
      for (let read = reads.pop(); read !== undefined; read = reads.pop()) {
        const query = read.map((sku) => `sku=${encodeURIComponent(sku)}`).join('&');
        const { items } = await this.#ask({ method: 'GET', path: `/v1/stock?${query}`, headers });
        if (!Array.isArray(items) || items.length !== read.length) throw new Error('the server does not know all products');
      }
    };
    await Promise.all(Array.from({ length: readsAtOnce }, reader));
  }

  /** Q1. */
  async #alive(): Promise<number> {
    const { pid } = this.#server;
    if (pid === null) throw new Error('the server ended');
    return liveBytes(pid, this.#memoryFile);
  }

  async #ask(request: HttpRequest): Promise<{ readonly [name: string]: Json | undefined }> {
    const answer = await sendUntilDecided(this.#client, request, readDoneAnswer, nowMs() + prepareWithinMs);
    if (answer.kind !== 'done') throw new Error(`${request.method} ${request.path.slice(0, 60)} was answered ${JSON.stringify(answer)}`);
    return readObject(JSON.stringify(answer.body));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.#server[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
