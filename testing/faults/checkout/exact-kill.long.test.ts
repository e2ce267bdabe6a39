/** A server killed before and after every frame of a checkout, one order after the other in one folder, and late money. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Killable, type KillPoint, newKey } from './exact-kill.ts';
import type { Wish } from './shop.ts';

const sku = 'jar-buttons';
const units = 1_000;
const finishesWithinMs = 15_000;
const events = [
  'order.placed',
  'order.held',
  'order.priced',
  'payment.created',
  'payment.authorised',
  'order.committed',
  'order.confirmed',
  'payment.captured',
];
const points = events.flatMap((event): KillPoint[] => [`sent ${event}`, `acknowledged ${event}`]);

test('killed anywhere between placing and capturing, every order finishes once', { timeout: 600_000 }, async () => {
  await using killable = await Killable.start();
  await killable.shop.stock(sku, units);
  const wish: Wish = { lines: [{ sku, quantity: 1 }] };
  const ended: string[] = [];
  for (const point of points) {
    const key = newKey();
    await killable.killedDuring(point, wish, key);
    const { ending, afterMs } = await killable.recovers(key, wish);
    ended.push(`${point}: ${ending}${afterMs < finishesWithinMs ? '' : ` after ${Math.round(afterMs)} ms`}`);
  }
  expect(ended).toEqual(points.map((point) => `${point}: confirmed`));
  await killable.expectAgreed({ [sku]: units });
});

test('killed while a declined order gives back, it gives back all of it', { timeout: 300_000 }, async () => {
  await using killable = await Killable.start();
  await killable.shop.stock(sku, units);
  const wish: Wish = { lines: [{ sku, quantity: 1 }], paymentMethod: 'pm_card_visa_chargeDeclined' };
  for (const event of ['payment.failed', 'order.hold_released', 'payment.voided', 'order.closed'])
    for (const how of ['sent', 'acknowledged'] as const) {
      const key = newKey();
      await killable.killedDuring(`${how} ${event}`, wish, key);
      expect((await killable.recovers(key, wish)).ending, `${how} ${event}`).toBe('failed');
    }
  await killable.expectAgreed({ [sku]: units });
});

/** The hold ends while the server is down, with the money authorised. */
const times = { holdTtlMs: 5_000, commitMarginMs: 1_000, lastLookMs: 500, payTimeMinMs: 500 };

test.each([
  ['are there', 10, 'confirmed'],
  ['are gone', 0, 'failed'],
])('money whose hold ended while the server was down: units that %s', { timeout: 300_000 }, async (_how, counted, ending) => {
  await using killable = await Killable.start({
    preload: ['testing/preload/small-limits.ts'],
    environment: { ONHAND_TEST_LIMITS: JSON.stringify(times) },
  });
  const { shop } = killable;
  await shop.stock(sku, 10);
  const wish: Wish = { lines: [{ sku, quantity: 1 }], paymentMethod: 'pm_card_authenticationRequired' };
  const key = newKey();
  const { body } = await shop.checkout(null, wish, key);
  const payment = await shop.waitingPayment(String(body['orderId']));
  await shop.stock(sku, counted); // a count may find fewer than are promised
  await killable.killedWhen('acknowledged payment.authorised', () => shop.answers(payment, 'authorise').then(() => null));
  await sleep(times.holdTtlMs);
  const recovered = await killable.recovers(key, wish);
  expect(recovered.ending, await shop.story(String(body['orderId']))).toBe(ending);
  expect(recovered.afterMs).toBeLessThan(finishesWithinMs);
  await killable.expectAgreed({ [sku]: counted });
});
