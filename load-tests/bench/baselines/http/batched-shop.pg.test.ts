/** That the strongest baseline sells honestly, over HTTP and from its batcher. Does not prove that it is fast. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../../testing/postgres.ts';
import { readCountedBooks, restockCounted } from '../postgres/schema.ts';
import { type BatchedShop, openBatchedShop } from './batched-shop.ts';
import { Batcher } from './batcher.ts';

const units = 20;
const buyers = 200;
const prefix = 'SKU-';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
const url = () => database.url('owner');

describe('the batching shop over HTTP', () => {
  let shop: BatchedShop;
  beforeAll(async () => {
    shop = await openBatchedShop(url(), { sessions: 2, batchSizeMax: 50 });
  });
  afterAll(() => shop.close());

  async function hold(buyer: string, sku: string, quantity: unknown = 1): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${shop.url}/v1/holds`, {
      method: 'POST',
      headers: { 'onhand-buyer': buyer, 'content-type': 'application/json' },
      body: JSON.stringify({ sku, quantity, ttlSeconds: 60 }),
    });
    return { status: response.status, body: await response.text() };
  }

  it('sells every unit once and writes down to whom, before it says so', { timeout: 60_000 }, async () => {
    await shop.restock(prefix, 1, units);
    const names = Array.from({ length: buyers }, (_, index) => `buyer_${index}`);
    const answers = await Promise.all(names.map(async (buyer) => ({ buyer, ...(await hold(buyer, `${prefix}0`)) })));
    const told = answers.filter(({ status }) => status === 201);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(buyers - units);
    const books = await readCountedBooks(url());
    expect(books.available.get(1)).toBe(0);
    expect(books.holds.map(({ buyer }) => buyer).sort()).toEqual(told.map(({ buyer }) => buyer).sort());
    const ids = told.map(({ body }) => (JSON.parse(body) as { readonly holdId: string }).holdId);
    expect(new Set(ids).size).toBe(units);
  });

  it('answers with what was held, and until when', async () => {
    await shop.restock(prefix, 2, units);
    const { body } = await hold('buyer_1', `${prefix}1`, 3);
    expect(JSON.parse(body)).toMatchObject({ lines: [{ sku: `${prefix}1`, quantity: 3 }], status: 'held' });
    expect((await readCountedBooks(url())).holds).toEqual([{ sku: 2, buyer: 'buyer_1', quantity: 3 }]);
  });

  it.each([
    ['an unknown SKU', 'buyer_1', 'nothing', 1],
    ['no buyer', '', `${prefix}0`, 1],
    ['a buyer who writes SQL', `x"},'`, `${prefix}0`, 1],
    ['half a unit', 'buyer_1', `${prefix}0`, 0.5],
    ['less than nothing', 'buyer_1', `${prefix}0`, -1],
    ['a quantity that is text', 'buyer_1', `${prefix}0`, '1'],
  ])('turns away %s', async (_what, buyer, sku, quantity) => {
    await shop.restock(prefix, 1, units);
    expect((await hold(buyer, sku, quantity)).status).toBe(422);
    expect((await readCountedBooks(url())).holds).toEqual([]);
  });
});

describe('the batcher', () => {
  beforeEach(() => Batcher.open(url(), { sessions: 1, batchSizeMax: 1 }).then((batcher) => batcher.close()));

  async function askAll(
    options: { readonly sessions: number; readonly batchSizeMax: number },
    wanted: readonly (readonly [sku: number, quantity: number])[],
  ) {
    const batcher = await Batcher.open(url(), options);
    try {
      return await Promise.all(
        wanted.map(
          ([sku, quantity], index) =>
            new Promise<number | null>((resolve, reject) =>
              batcher.ask({ sku, quantity, buyer: `b${index}`, held: resolve, failed: () => reject(new Error('failed')) }),
            ),
        ),
      );
    } finally {
      await batcher.close();
    }
  }

  it('gives what is left to those whose wish still fits', async () => {
    await restockCounted(url(), { skus: 1, unitsEach: 10 });
    const answers = await askAll({ sessions: 1, batchSizeMax: 100 }, [
      [1, 4],
      [1, 4],
      [1, 4],
      [1, 1],
      [1, 1],
    ]);
    expect(answers.map((id) => id !== null)).toEqual([true, true, false, true, true]);
    expect((await readCountedBooks(url())).available.get(1)).toBe(0);
  });

  it('with many small batches under way, over products that run out at different times, sells what there is', {
    timeout: 60_000,
  }, async () => {
    await restockCounted(url(), { skus: 5, unitsEach: 37 });
    const wanted = Array.from({ length: 400 }, (_, index) => [1 + ((index * 7) % 5), 1 + (index % 3)] as const);
    const answers = await askAll({ sessions: 4, batchSizeMax: 9 }, wanted);
    const { available, holds } = await readCountedBooks(url());
    for (let sku = 1; sku <= 5; sku += 1) {
      const kept = holds.filter((hold) => hold.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);
      expect(kept).toBe(37);
      expect(available.get(sku)).toBe(0);
    }
    expect(holds.map(({ buyer }) => buyer).sort()).toEqual(answers.flatMap((id, index) => (id === null ? [] : [`b${index}`])).sort());
  });
});
