/**
 * Holds and the SKUs they ask, together, under a network that loses, doubles, delays and reorders everything.
 *
 * Does not prove anything about logs, owners or clocks that differ: see the simulation.
 */
import { expect, test } from 'vitest';
import { actorId } from '../kernel/index.ts';
import type { HoldCommand, HoldState } from './index.ts';
import { store } from './kit.fixture.ts';
import { judgeEnd, judgeUnits, watch } from './judge.fixture.ts';
import { openShop, Shopper, type Shop } from './shoppers.fixture.ts';

const seedsAtATime = 30;

function shopping(seed: number): Shop {
  const shop = openShop(seed);
  shop.world.watch = (id) => watch(shop, id);
  const shoppers = shop.world.random.whole(3, 9);
  for (let index = 0; index < shoppers; index++) new Shopper(shop, index).arrive();
  shop.world.run(200_000);
  return shop;
}

function told(seed: number, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

for (const first of [1, 1_001, 2_001]) {
  test(`all or none, no part outlives its hold, every hold ends: seeds ${first} to ${first + seedsAtATime - 1}`, () => {
    const ends = new Map<string, number>();
    for (let seed = first; seed < first + seedsAtATime; seed++) {
      told(seed, () => {
        const shop = shopping(seed);
        judgeEnd(shop);
        for (const { id } of shop.world.actors('hold')) {
          const { status, generation } = shop.world.state<HoldState>('hold', store, id);
          ends.set(status, (ends.get(status) ?? 0) + 1);
          if (generation > 1) ends.set('changed', (ends.get('changed') ?? 0) + 1);
        }
      });
    }
    // The weather and the shoppers are such that everything happens.
    for (const end of ['committed', 'released', 'expired', 'refused', 'changed'])
      expect([end, (ends.get(end) ?? 0) > 0]).toEqual([end, true]);
  });
}

test('a hold that is lost with all it knew leaves no part behind: its parts ask, and are released', () => {
  let lost = 0;
  for (let seed = 1; seed <= 40; seed++) {
    told(seed, () => {
      const shop = openShop(seed);
      const { world, skus } = shop;
      const { random } = world;
      for (let index = 0; index < 3; index++) {
        const lines = skus.map((sku) => ({ sku, quantity: random.whole(1, 2) }));
        const take: HoldCommand = {
          type: 'take',
          commandId: `c${index}`,
          fingerprint: 'f',
          buyer: 'b',
          lines,
          ttlMs: 60_000,
          nearness: [],
        };
        world.later(random.whole(0, 2_000), () => world.tell(actorId('hold', store, `hold-${index}`), take));
      }
      for (let steps = random.whole(1, 60); steps > 0; steps--) world.step();
      for (const id of world.actors('hold')) if (random.happens(0.6)) world.lose(id);
      lost += 3 - world.actors('hold').length;
      world.run(100_000);
      for (const sku of skus) judgeUnits(shop, sku);
    });
  }
  expect(lost).toBeGreaterThan(0);
});
