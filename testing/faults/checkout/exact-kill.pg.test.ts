/** A server killed where a checkout hurts most: between the buyer's money and the units. The other points: `exact-kill.long.test.ts`. */
import { expect, test } from 'vitest';
import { Killable, newKey } from './exact-kill.ts';

const sku = 'jar-buttons';
const wish = { lines: [{ sku, quantity: 2 }] };
/** I8: five seconds; on a machine that may be busy with other tests. */
const finishesWithinMs = 15_000;

test('killed between authorise and commit, the order finishes by itself: one sale, one payment', async () => {
  await using killable = await Killable.start();
  await killable.shop.stock(sku, 10);
  const key = newKey();
  await killable.killedDuring('acknowledged payment.authorised', wish, key);
  const { ending, afterMs } = await killable.recovers(key, wish);
  expect(ending).toBe('confirmed');
  expect(afterMs).toBeLessThan(finishesWithinMs);
  await killable.expectAgreed({ [sku]: 10 });
});
