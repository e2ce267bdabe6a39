/**
 * The disk under the log of a real server takes 500 ms for a frame (FAULTS 25): buyers wait longer or hear 503 with
 * `Retry-After`, no queue grows without bound, nothing acknowledged is lost, and the end of the fault is the end of it.
 */
import { expect, test } from 'vitest';
import { HttpClient, type HttpOutcome, parseTarget } from '../../load-tests/http/client.ts';
import { holdRequest } from '../../load-tests/api.ts';
import { startServer } from '../../load-tests/server.ts';
import { verifyFolder } from '../../load-tests/verify-folder.ts';
import type { ShardStatus } from '../../runtime/shard/shard-status.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { until } from '../until.ts';
import { Merchant } from './merchant.ts';
import { residentBytes } from './process-memory.ts';
import { SlowDisk } from './slow-disk.ts';

const sku = 'slow';
const opening = 1_000_000;
const frameTakesMs = 500;
const slowForMs = 5_000;
const buyersAtOnce = 600;
/** Few, so that some hundred buyers meet them. */
const small = { mailboxClientMax: 100, framePromisesMax: 100 };
const memoryGrowsMaxBytes = 128 * 1024 * 1024;

/** Buyers who ask again as soon as they have their answer, or, told to wait, a moment later. */
class Buyers {
  readonly answers: HttpOutcome[] = [];
  readonly #client: HttpClient;
  readonly #merchant: Merchant;
  readonly #done: Promise<unknown>;
  #stopped = false;

  constructor(merchant: Merchant) {
    this.#merchant = merchant;
    this.#client = new HttpClient({
      address: parseTarget(merchant.url),
      connectionsMax: buyersAtOnce,
      waitingMax: buyersAtOnce,
      timeoutMs: 20_000,
    });
    this.#done = Promise.all(Array.from({ length: buyersAtOnce }, (_, buyer) => this.#buy(buyer)));
  }

  async #buy(buyer: number): Promise<void> {
    const sender = { kind: 'merchant', secretKey: this.#merchant.secretKey } as const;
    for (let round = 0; !this.#stopped; round++) {
      const answer = await this.#client.request(holdRequest(sender, `buyer ${buyer} round ${round}`, [{ sku, quantity: 1 }], 600));
      this.answers.push(answer);
      if (answer.kind !== 'answered' || answer.status !== 201) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
    this.#client.close();
  }
}

function waitedMs(answers: readonly HttpOutcome[]): number[] {
  return answers.map(({ sentAtMs, endedAtMs }) => endedAtMs - sentAtMs).sort((a, b) => a - b);
}

async function shardsOf(url: string): Promise<readonly ShardStatus[]> {
  return ((await (await fetch(`${url}/readyz`)).json()) as { readonly shards: readonly ShardStatus[] }).shards;
}

test('a log on a slow disk makes buyers wait or come again, and is as quick as before afterwards', { timeout: 120_000 }, async () => {
  await using server = await startServer({
    prepare: prepareFolder,
    preload: ['testing/preload/small-limits.ts'],
    environment: { ONHAND_TEST_LIMITS: JSON.stringify(small) },
  });
  const merchant = await Merchant.of(server);
  await merchant.receive(sku, opening);
  {
    await using disk = await SlowDisk.under(server.dataDirectory);
    await disk.takes(frameTakesMs);
    const buyers = new Buyers(merchant);
    await until(
      'some were served',
      () => buyers.answers.length,
      (count) => count > buyersAtOnce,
      20_000,
    );
    const memoryBefore = residentBytes(server.pid!);
    const queued: number[] = [];
    const startedAtMs = performance.now();
    await until(
      'the disk was slow for long enough',
      async () => {
        for (const { mailbox, promised } of await shardsOf(server.url)) queued.push(mailbox.client, promised);
        return performance.now() - startedAtMs;
      },
      (lastedMs) => lastedMs > slowForMs,
      slowForMs * 4,
    );
    const memoryGrew = residentBytes(server.pid!) - memoryBefore;
    await buyers.stop();
    const heard = buyers.answers.flatMap((answer) => (answer.kind === 'answered' ? [answer] : []));
    expect(heard).toHaveLength(buyers.answers.length); // nobody was left without an answer
    const served = heard.filter(({ status }) => status === 201);
    const refused = heard.filter(({ status }) => status === 503);
    expect(served.length + refused.length).toBe(heard.length);
    expect(served.length).toBeGreaterThan(buyersAtOnce / 2);
    expect(waitedMs(served)[Math.floor(served.length / 2)]).toBeGreaterThan(frameTakesMs / 2);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, body } of refused) {
      expect(JSON.parse(body)).toMatchObject({ code: 'overloaded' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(Math.max(...queued)).toBeLessThanOrEqual(2 * small.framePromisesMax); // I7: one frame on its way, one that fills
    expect(memoryGrew).toBeLessThan(memoryGrowsMaxBytes);
    expect(opening - (await merchant.available(sku))).toBe(served.length);
    await disk.takes(0);
  }
  await until(
    'a unit is held at once again',
    async () => {
      const { status, sentAtMs, answeredAtMs } = await merchant.hold(sku);
      return status === 201 ? answeredAtMs - sentAtMs : Number.POSITIVE_INFINITY;
    },
    (tookMs) => tookMs < frameTakesMs / 2,
  );
  await server.stop();
  expect(await verifyFolder(server.dataDirectory)).toMatchObject({ exitCode: 0 });
});
