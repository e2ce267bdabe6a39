/**
 * Holds, the SKUs and the codes they ask, together, under the same bad network as in `hold-and-stock.test.ts`. One code
 * has the text of an SKU.
 *
 * Does not prove anything about logs, owners or clocks that differ: see the simulation.
 */
import { expect, test } from 'vitest';
import type { CouponCommand, CouponTerms } from '../coupon/commands.ts';
import { couponDefinition } from '../coupon/index.ts';
import type { CouponState } from '../coupon/state.ts';
import { actorId } from '../kernel/index.ts';
import type { StockCommand } from '../stock/commands.ts';
import { stockDefinition } from '../stock/index.ts';
import type { StockReply } from '../stock/replies.ts';
import { holdDefinition, type HoldCommand, type HoldState } from './index.ts';
import { startedAt, store } from './kit.fixture.ts';
import { judgeEnd, watch } from './judge.fixture.ts';
import { couponOf, openShop, Shopper, type Shop, stockOf, useGivenBack } from './shoppers.fixture.ts';
import { World } from './world.fixture.ts';

const seedsAtATime = 20;

function told<Result>(seed: number, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function shopping(seed: number): Shop {
  const shop = openShop(seed, { withCodes: true });
  shop.world.watch = (id) => watch(shop, id);
  const shoppers = shop.world.random.whole(3, 9);
  for (let index = 0; index < shoppers; index++) new Shopper(shop, index).arrive();
  shop.world.run(200_000);
  return shop;
}

function holdsOf({ world }: Shop): HoldState[] {
  return world.actors('hold').map(({ id }) => world.state<HoldState>('hold', store, id));
}

/** As a canceled order does: each use by its name, until it is answered, and once more for good measure. */
function giveBackSome(shop: Shop): number {
  const { world } = shop;
  let asked = 0;
  for (const { id, status, buyer, parts } of holdsOf(shop)) {
    if (status !== 'committed' || world.random.happens(0.5)) continue;
    for (const { kind, sku, generation, attempt, quantity } of parts.values()) {
      if (kind !== 'coupon') continue;
      asked += quantity;
      shop.givenBack.add(useGivenBack(sku, id.id));
      const command: CouponCommand = { type: 'giveBack', holdId: id.id, generation, attempt, buyer, quantity };
      const ask = (): void => world.tell(couponOf(sku), command, (said) => expect(said).toMatchObject({ reply: { status: 'given_back' } }));
      ask();
      world.later(world.random.whole(0, 5_000), ask);
    }
  }
  return asked;
}

for (const first of [1, 1_001, 2_001]) {
  test(`units and uses, all or none; no use outlives its hold; what is given back is free: seeds ${first} to ${first + seedsAtATime - 1}`, () => {
    const seen = { committed: 0, released: 0, expired: 0, refused: 0, changed: 0, refusedByCode: 0, givenBack: 0 };
    for (let seed = first; seed < first + seedsAtATime; seed++) {
      told(seed, () => {
        const shop = shopping(seed);
        judgeEnd(shop);
        for (const { status, generation, lines, refusal } of holdsOf(shop)) {
          if (!lines.some(({ kind }) => kind === 'coupon')) continue;
          if (status in seen) seen[status as keyof typeof seen] += 1;
          if (generation > 1) seen.changed += 1;
          if (refusal?.kind === 'coupon') seen.refusedByCode += 1;
        }
        shop.world.watch = () => {}; // between two uses of one hold that are given back, one of them is
        seen.givenBack += giveBackSome(shop);
        shop.world.run(10_000);
        judgeEnd(shop);
      });
    }
    // The weather and the shoppers are such that everything happens.
    expect(Object.entries(seen).filter(([, times]) => times === 0)).toEqual([]);
  });
}

test('a hold that is lost with all it knew keeps no use: its uses ask, and are released', () => {
  let lost = 0;
  for (let seed = 1; seed <= 30; seed++) {
    told(seed, () => {
      const { world, codes, skus } = openShop(seed, { withCodes: true });
      const { random } = world;
      for (let index = 0; index < 3; index++) {
        const uses = [...codes.keys()].map((sku) => ({ kind: 'coupon' as const, sku, quantity: 1 }));
        const lines = [{ sku: skus[0]!, quantity: 1 }, ...uses];
        const command: HoldCommand = {
          type: 'take',
          commandId: `c${index}`,
          fingerprint: 'f',
          buyer: 'b',
          lines,
          ttlMs: 60_000,
          nearness: [],
        };
        world.later(random.whole(0, 2_000), () => world.tell(actorId('hold', store, `hold-${index}`), command));
      }
      for (let steps = random.whole(1, 60); steps > 0; steps--) world.step();
      for (const id of world.actors('hold')) if (random.happens(0.6)) world.lose(id);
      const missing = new Set(['hold-0', 'hold-1', 'hold-2']);
      for (const { id } of world.actors('hold')) missing.delete(id);
      for (const code of codes.keys())
        for (const holdId of missing) lost += world.state<CouponState>('coupon', store, code).uses.has(holdId) ? 1 : 0;
      world.run(100_000);
      for (const code of codes.keys()) {
        const { held, used } = world.state<CouponState>('coupon', store, code);
        expect([code, held, used]).toEqual([code, 0, 0]);
      }
    });
  }
  expect(lost).toBeGreaterThan(0);
});

const oneUse: CouponTerms = { usesMax: 1, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };

/** Fifty holds of one unit and the one use there is, asked for within a second. */
function rush(seed: number): World {
  const weather = { delayMsMax: 200, lateShare: 0.03, lateMsMax: 45_000, lostShare: 0.1, doubledShare: 0.1 };
  const world = new World([holdDefinition, stockDefinition, couponDefinition], seed, startedAt, {
    ...weather,
    reloadShare: 0.02,
    tickLateMsMax: 3_000,
  });
  const receive: StockCommand = { type: 'receive', location: 'main', quantity: 100, commandId: 'r', fingerprint: 'f' };
  world.tell(stockOf('A'), receive);
  world.tell(couponOf('A'), { type: 'define', terms: oneUse, commandId: 'd', fingerprint: 'f' } as CouponCommand);
  for (let index = 0; index < 50; index++) {
    const hold = actorId('hold', store, `h${index}`);
    const take: HoldCommand = {
      type: 'take',
      commandId: `c${index}`,
      fingerprint: 'f',
      buyer: `b${index}`,
      lines: [
        { sku: 'A', quantity: 1 },
        { kind: 'coupon', sku: 'A', quantity: 1 },
      ],
      ttlMs: 60_000,
      nearness: [],
      once: true,
    };
    const commit: HoldCommand = { type: 'commit', buyer: `b${index}` };
    world.later(world.random.whole(0, 1_000), () =>
      world.tell(hold, take, (said) => {
        if ('reply' in said) world.later(1_000, () => world.tell(hold, commit));
      }),
    );
  }
  world.run(200_000);
  return world;
}

test('fifty holds and one use: one is sold, with its unit; all others hear why, and leave nothing behind', () => {
  let sales = 0;
  for (let seed = 1; seed <= 15; seed++) {
    sales += told(seed, () => {
      const world = rush(seed);
      const holds = world.actors('hold').map(({ id }) => world.state<HoldState>('hold', store, id));
      const sold = holds.filter(({ status }) => status === 'committed').length;
      // Nobody has it only if whoever took it lost the answer to the take for longer than a part may be asked for.
      expect(sold).toBeLessThanOrEqual(1);
      const { held, used } = world.state<CouponState>('coupon', store, 'A');
      expect([held, used]).toEqual([0, sold]);
      world.tell(stockOf('A'), { type: 'read' }, (said) => {
        expect('reply' in said && (said.reply as StockReply).available).toBe(100 - sold);
      });
      for (const { status, refusal } of holds) {
        if (status === 'committed') continue;
        expect(status).toBe('refused');
        if (refusal!.cause.code !== 'too_late')
          expect(refusal).toMatchObject({ kind: 'coupon', sku: 'A', cause: { code: 'coupon_used_up' } });
      }
      return sold;
    });
  }
  expect(sales).toBeGreaterThan(10);
});
