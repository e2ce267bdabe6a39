/**
 * Many buyers at once at a real server: numbers without gap, a code with one use, buyers who ask again every 50 ms
 * (FAULTS 52), and a payment provider that is away or out of its mind in the middle.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerUnderTest, startServer } from '../../../load-tests/server.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { disagreements } from './audit.ts';
import { type Buyer, codeOf, type Heard, isDefinite, Shop, type Wish } from './shop.ts';

const opening = { 'jar-buttons': 1_000, 'book-naps': 1_000, 'jar-honey': 1_000, 'bottle-ink': 1_000 };
const servedWithinMs = 60_000;

let server: ServerUnderTest;
let shop: Shop;

beforeAll(async () => {
  server = await startServer({ prepare: prepareFolder });
  shop = await Shop.of(server);
  for (const [sku, units] of Object.entries(opening)) await shop.stock(sku, units);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function bought(buyer: Buyer, wish: Wish, withinMs = servedWithinMs): Promise<Heard> {
  const key = randomUUID();
  return shop.settled(() => shop.checkout(buyer, wish, key), withinMs);
}

function counted(heard: readonly Heard[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of heard) counts[codeOf(each)] = (counts[codeOf(each)] ?? 0) + 1;
  return counts;
}

test('200 orders at once have 200 numbers, none twice and none left out', async () => {
  const heard = await Promise.all((await shop.buyers(200)).map((buyer) => bought(buyer, { lines: [{ sku: 'jar-buttons', quantity: 1 }] })));
  expect(counted(heard)).toEqual({ confirmed: 200 });
  const numbers = heard.map(({ body }) => Number(body['number'])).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
});

test('one use of a code and fifty buyers: one order has it', async () => {
  const terms = { discountId: 'welcome', usesMax: 1 };
  expect((await shop.call('PUT', '/v1/admin/pricing/codes/ONCE', { body: terms })).status).toBe(200);
  const wish = { lines: [{ sku: 'book-naps', quantity: 1 }], codes: ['once'] };
  // the first to have it is declined: the use goes back with everything else
  const [unlucky, ...buyers] = (await shop.buyers(51)) as [Buyer, ...Buyer[]];
  expect(codeOf(await bought(unlucky, { ...wish, paymentMethod: 'pm_card_chargeDeclined' }))).toBe('payment_failed');
  const heard = await Promise.all(buyers.map((buyer) => bought(buyer, wish)));
  expect(counted(heard)).toEqual({ confirmed: 1, coupon_used_up: 49 });
  const [winner] = heard.filter(({ status }) => status === 201);
  expect(winner!.body['discounts']).toMatchObject([{ code: 'ONCE' }]);
  expect((await shop.call('GET', '/v1/admin/pricing/codes/ONCE')).body).toMatchObject({ used: 1, held: 0, left: 0 });
});

/** Sends again every 50 ms, whether or not there was an answer, until there is a definite one. */
async function stormed(buyer: Buyer, wish: Wish): Promise<{ readonly heard: Heard; readonly asked: number }> {
  const key = randomUUID();
  const answers: Heard[] = [];
  const startedAtMs = performance.now();
  let asked = 0;
  while (answers.length === 0) {
    if (performance.now() - startedAtMs > servedWithinMs) throw new Error(`no definite answer to ${asked} requests`);
    asked += 1;
    shop.checkout(buyer, wish, key).then(
      (heard) => isDefinite(heard) && answers.push(heard),
      () => {},
    );
    await sleep(50);
  }
  return { heard: answers[0]!, asked };
}

test('buyers who all ask again every 50 ms are all served, each once', async () => {
  const wish = { lines: [{ sku: 'jar-honey', quantity: 1 }] };
  const stories = await Promise.all((await shop.buyers(60)).map((buyer) => stormed(buyer, wish)));
  expect(counted(stories.map(({ heard }) => heard))).toEqual({ confirmed: 60 });
  expect(Math.max(...stories.map(({ asked }) => asked))).toBeGreaterThan(1);
  expect(await shop.available('jar-honey')).toBe(opening['jar-honey'] - 60);
});

test('a payment provider that is gone for seconds keeps nobody waiting for ever, and nobody pays twice', async () => {
  const buyers = await shop.buyers(12);
  await shop.simulator('POST', 'chaos', { seed: 1, probability: 1, faults: [{ kind: 'cut_before' }, { kind: 'cut_after' }] });
  const asked = buyers.map((buyer) => bought(buyer, { lines: [{ sku: 'bottle-ink', quantity: 1 }] }));
  await sleep(3_000);
  await shop.simulator('DELETE', 'faults');
  expect(counted(await Promise.all(asked))).toEqual({ confirmed: 12 });
});

test('a payment provider that fails at every third call in every way there is', async () => {
  const kinds = ['error_before', 'rate_limited', 'error_during', 'error_after', 'cut_before', 'cut_after'];
  const cards = ['pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_visa'];
  await shop.simulator('POST', 'chaos', { seed: 7, probability: 0.3, faults: kinds.map((kind) => ({ kind })) });
  const wish = { lines: [{ sku: 'bottle-ink', quantity: 1 }] };
  const heard = await Promise.all(
    (await shop.buyers(15)).map((buyer, index) => bought(buyer, { ...wish, paymentMethod: cards[index % cards.length]! })),
  );
  await shop.simulator('DELETE', 'faults');
  expect(Object.keys(counted(heard)).filter((code) => code !== 'confirmed' && code !== 'payment_failed')).toEqual([]);
});

test('units, orders and money tell the same story', async () => {
  expect(await disagreements(shop, opening)).toEqual([]);
});
