/** A server of its own with one product on sale and a crowd of open pages; what the measures of the live socket share. */
import { adminRequest, readDoneAnswer, sendUntilDecided } from '../../api.ts';
import { HttpClient, parseTarget } from '../../http/client.ts';
import { nowMs } from '../../measure/now.ts';
import { openTarget, type Target } from '../../target.ts';
import type { BenchSettings } from '../measure.ts';
import { SocketCrowd } from './crowd.ts';

/** Whether the pages show the product that is sold, or another one. */
export type PagesWatch = 'the product' | 'another product';

export const livePath = '/v1/live';
/** The one that is sold; `wrk` numbers SKUs behind a prefix. */
const hotSku = 'bench-hot-0';
const quietSku = 'bench-quiet';
/** Fewer than cores would leave the last socket waiting for its process; more would fight with the server. */
export const crowdProcesses = 2;
const receiveQuantityMax = 1_000_000;
const decideWithinMs = 30_000;

export interface Pages {
  readonly sockets: number;
  readonly watch: PagesWatch;
  /** Whether it is asked when all have seen a change. */
  readonly follow: boolean;
}

export async function openShop(settings: BenchSettings, { sockets, watch, follow }: Pages): Promise<WatchedShop> {
  settings.progress('starting a server');
  const target = await openTarget({ log: settings.log });
  const client = new HttpClient({ address: parseTarget(target.url), connectionsMax: 32, waitingMax: 10_000, timeoutMs: 15_000 });
  try {
    for (const sku of [hotSku, quietSku]) await receive(client, target.secretKey, { key: `open-${sku}`, sku, quantity: 1 });
    settings.progress(`opening ${sockets} sockets`);
    const talk = { kind: 'live', key: target.publishableKey, sku: watch === 'the product' ? hotSku : quietSku, follows: follow } as const;
    const crowd = await SocketCrowd.open({ url: target.url, path: livePath, sockets, processes: crowdProcesses, talk });
    return new WatchedShop(target, client, crowd);
  } catch (error) {
    client.close();
    await target[Symbol.asyncDispose]();
    throw error;
  }
}

export class WatchedShop implements AsyncDisposable {
  readonly target: Target;
  readonly sku = hotSku;
  readonly client: HttpClient;
  readonly crowd: SocketCrowd;
  /** One unit of each product made it known. */
  #received = 1;
  #serial = 0;

  constructor(target: Target, client: HttpClient, crowd: SocketCrowd) {
    this.target = target;
    this.client = client;
    this.crowd = crowd;
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
      const part = Math.min(left, receiveQuantityMax);
      const sent = receive(this.client, this.target.secretKey, { key: `bench-receive-${this.#serial}`, sku: this.sku, quantity: part });
      this.#received += part; // before it is acknowledged: the next one is sent meanwhile
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

export interface Receipt {
  readonly key: string;
  readonly sku: string;
  readonly quantity: number;
}

/** Goods have come in, acknowledged. */
export async function receive(client: HttpClient, secretKey: string, { key, sku, quantity }: Receipt): Promise<void> {
  const request = adminRequest(secretKey, 'stock/receive', key, { sku, quantity });
  const answer = await sendUntilDecided(client, request, readDoneAnswer, nowMs() + decideWithinMs);
  if (answer.kind !== 'done') throw new Error(`the stock could not be received: ${JSON.stringify(answer)}`);
}
