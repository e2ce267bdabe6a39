/** The channel of carts, by a clock of its own: how often a watched cart is worked out. */
import { expect, test } from 'vitest';
import type { CartReply } from '../../actors/cart/index.ts';
import type { LiveView } from '../../actors/kernel/index.ts';
import { silentLogger } from '../../runtime/logger.ts';
import type { AnswerPosition, Envelope, Outcome } from '../../runtime/router/port.ts';
import { MemorySettings } from '../../runtime/settings/memory.ts';
import { usualCarts } from '../../services/carts/settings.ts';
import type { Store } from '../../services/tenants/port.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { cartChannel, cartLiveLimits } from './live.ts';

const position: AnswerPosition = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };

/** One watched cart with so many lines, whose stock changes 20 times a second. */
async function watchedFor(lineCount: number, seconds: number) {
  const clock = new ManualClock();
  let stockReads = 0;
  let tell: (views: readonly LiveView[]) => void = () => {};
  const lines = Array.from({ length: lineCount }, (_, n) => ({ sku: `S${n}`, quantity: 1, shownUnitPriceMinor: null, holdId: null }));
  const cart: CartReply = {
    type: 'cart',
    cartId: 'c',
    buyer: 'b',
    status: 'open',
    currency: 'USD',
    lines,
    codes: [],
    cartVersion: 1,
    expiresAt: 0,
    orderId: null,
  };
  function send({ actor }: Envelope, answer: (outcome: Outcome) => void): void {
    if (actor.kind === 'cart') return answer({ kind: 'reply', reply: cart, repeated: false, position, at: 1 });
    stockReads += 1;
    answer({ kind: 'refused', refusal: { code: 'sku_unknown' }, position, at: 1 });
  }
  const store: Store = { storeId: 's', name: '', subdomain: '', demo: false, paused: false, publishableKey: '' };
  const channel = cartChannel({
    router: { send },
    logger: silentLogger as never,
    catalog: { getMany: async () => [] },
    cartSettings: new MemorySettings(usualCarts),
    currencyOf: async () => 'USD',
    buyerOf: () => null,
    live: {
      subscribe(listener) {
        tell = (views) => listener(views, position);
        return () => {};
      },
    },
    clock,
    store: () => store,
  });
  const stop = channel.watch!('s', 'c', () => {});
  for (let version = 1; version <= seconds * 20; version++) {
    await clock.advance(50);
    tell([{ channel: 'stock', store: 's', id: 'S0', version, item: {} }]);
  }
  stop();
  return stockReads / lineCount;
}

test('a cart of few lines follows every change within a quarter of a second (L1)', async () => {
  expect(await watchedFor(3, 10)).toBeGreaterThan(30);
});

test('a large cart is worked out the less often: it reads no more than any other (I7)', async () => {
  const lines = 400;
  expect((await watchedFor(lines, 10)) * lines).toBeLessThanOrEqual(11 * cartLiveLimits.linesPerSecondMax + lines);
});
