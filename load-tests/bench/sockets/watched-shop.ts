/** A server of its own with one product on sale and a crowd of open pages; what the measures of the live socket share. */
import { adminRequest, readDoneAnswer, sendUntilDecided } from '../../api.ts';
import { HttpClient, parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';
import { openTarget, type Target } from '../../target.ts';
import { SocketCrowd } from './crowd.ts';

export interface WatchedShopOptions {
  readonly log: 'postgres' | 'jetstream';
  readonly sockets: number;
  /** Whether the pages show the product that is sold, or another one. */
  readonly pagesWatch: 'the product' | 'another product';
  readonly progress: (line: string) => void;
}

const livePath = '/v1/live';
/** The one that is sold; `wrk` numbers SKUs behind a prefix. */
const hotSku = 'bench-hot-0';
const quietSku = 'bench-quiet';
/** Fewer than cores would leave the last socket waiting for its process; more would fight with the server. */
export const crowdProcesses = 2;
const receiveQuantityMax = 1_000_000;
const decideWithinMs = 30_000;

export class WatchedShop implements AsyncDisposable {
  readonly target: Target;
  readonly sku = hotSku;
  readonly client: HttpClient;
  readonly crowd: SocketCrowd;
  #received = 0;
  #serial = 0;

  private constructor(target: Target, client: HttpClient, crowd: SocketCrowd) {
    this.target = target;
    this.client = client;
    this.crowd = crowd;
  }

  static async open({ log, sockets, pagesWatch, progress }: WatchedShopOptions): Promise<WatchedShop> {
    progress('starting a server');
    const target = await openTarget({ log });
    const client = new HttpClient({ address: parseTarget(target.url), connectionsMax: 32, waitingMax: 10_000, timeoutMs: 15_000 });
    try {
      for (const sku of [hotSku, quietSku])
        await decided(client, adminRequest(target.secretKey, 'stock/receive', `open-${sku}`, { sku, quantity: 1 }));
      progress(`opening ${sockets} sockets`);
      const talk = { kind: 'live', key: target.publishableKey, sku: pagesWatch === 'the product' ? hotSku : quietSku } as const;
      const crowd = await SocketCrowd.open({ url: target.url, path: livePath, sockets, processes: crowdProcesses, talk });
      const shop = new WatchedShop(target, client, crowd);
      shop.#received = 1;
      return shop;
    } catch (error) {
      client.close();
      await target[Symbol.asyncDispose]();
      throw error;
    }
  }

  get serverPid(): number {
    const { serverPid } = this.target;
    if (serverPid === null) throw new Error('the server under test is not running');
    return serverPid;
  }

  /** Goods come in, acknowledged; returns how many there were in all. Nobody may hold meanwhile if that is to be `available`. */
  async receive(quantity: number): Promise<number> {
    for (let left = quantity; left > 0; left -= receiveQuantityMax) {
      this.#serial += 1;
      const body = { sku: this.sku, quantity: Math.min(left, receiveQuantityMax) };
      const sent = decided(this.client, adminRequest(this.target.secretKey, 'stock/receive', `bench-receive-${this.#serial}`, body));
      this.#received += body.quantity;
      await sent;
    }
    return this.#received;
  }

  /** What `available` will be after one more unit: to be known before it is sent. */
  get nextAvailable(): number {
    return this.#received + 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crowd[Symbol.asyncDispose]();
    this.client.close();
    await this.target[Symbol.asyncDispose]();
  }
}

async function decided(client: HttpClient, request: ReturnType<typeof adminRequest>): Promise<void> {
  const answer = await sendUntilDecided(client, request, readDoneAnswer, nowMs() + decideWithinMs);
  if (answer.kind !== 'done') throw new Error(`the stock could not be received: ${JSON.stringify(answer)}`);
}
