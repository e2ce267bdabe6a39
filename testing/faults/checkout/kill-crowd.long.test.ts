/** A server that is killed again and again under a crowd of checkouts: everybody gets a verdict by asking again, once each. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { makeRandom } from '../../../load-tests/random.ts';
import { startServer } from '../../../load-tests/server.ts';
import { verifyFolder } from '../../../load-tests/verify-folder.ts';
import { disagreements } from './audit.ts';
import { codeOf, Shop, type Wish } from './shop.ts';

const opening = { 'jar-buttons': 60, 'book-naps': 1_000, 'jar-honey': 1_000 };
const kills = 4;
const waves = 5;
const buyersPerWave = 24;
const servedWithinMs = 240_000;

test('killed four times in the middle of a crowd, every order is one verdict, one payment and its units', {
  timeout: 600_000,
}, async () => {
  await using server = await startServer();
  const shop = await Shop.of(server);
  for (const [sku, units] of Object.entries(opening)) await shop.stock(sku, units);
  const { next } = makeRandom(11);
  const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)]!;
  const wishes = (): Wish => ({
    lines: [
      { sku: 'jar-buttons', quantity: 1 },
      { sku: oneOf(['book-naps', 'jar-honey']), quantity: 1 + Math.floor(next() * 3) },
    ],
    paymentMethod: oneOf(['pm_card_visa', 'pm_card_visa', 'pm_card_chargeDeclined', 'pm_card_sim_error_after', 'pm_card_sim_processing']),
  });
  const buyers = await shop.buyers(buyersPerWave);
  const asked: Promise<string>[] = [];
  for (let wave = 0; wave < waves; wave += 1) {
    for (const buyer of buyers) {
      const [wish, key] = [wishes(), randomUUID()];
      asked.push(shop.settled(() => shop.checkout(buyer, wish, key), servedWithinMs).then(codeOf));
    }
    await sleep(50 + next() * 700);
    if (wave >= kills) continue;
    await server.kill();
    await server.start();
  }
  const verdicts = await Promise.all(asked);
  expect(new Set(verdicts)).toEqual(new Set(['confirmed', 'payment_failed', 'insufficient_stock']));
  expect(verdicts.filter((verdict) => verdict === 'confirmed').length).toBeLessThanOrEqual(opening['jar-buttons']);
  expect(await disagreements(shop, opening)).toEqual([]);
  await server.stop();
  const verified = await verifyFolder(server.dataDirectory);
  expect(verified, verified.output).toMatchObject({ exitCode: 0 });
});
