/** A rush of looks: few go out, each begins after whoever it answers has asked. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { apartMs, CombinedLooks, looksMax, skusMax } from './combined-looks.ts';

interface Asked {
  readonly storeId: string;
  readonly skus: readonly string[];
  readonly atMs: number;
  readonly answer: () => void;
  readonly fail: () => void;
}

/** A catalogue that answers when told, with what holds at that moment. */
function open() {
  const asked: Asked[] = [];
  const clock = new ManualClock();
  const state = { price: 1 };
  const looks = new CombinedLooks((storeId, skus) => {
    const { price } = state; // as of when the look began
    return new Promise<readonly { readonly sku: string; readonly storeId: string; readonly price: number }[]>((resolve, reject) => {
      const answer = () => resolve(skus.filter((sku) => sku !== 'none').map((sku) => ({ sku, storeId, price })));
      asked.push({ storeId, skus, atMs: clock.monotonicMs(), answer, fail: () => reject(new Error('away')) });
    });
  }, clock);
  return { asked, clock, state, looks, settle: () => clock.settle() };
}

const skusOf = (asked: readonly Asked[]) => asked.map(({ skus }) => skus);

it('looks that come too early go together into the next, and each gets its own goods (L2)', async () => {
  const { asked, clock, looks } = open();
  const found = [['a'], ['b'], ['c', 'none'], ['d', 'c']].map((skus) => looks.of('s', skus));
  await clock.advance(apartMs - 1);
  expect(skusOf(asked)).toEqual([['a']]);
  await clock.advance(1);
  expect(skusOf(asked)).toEqual([['a'], ['b', 'c', 'none', 'd']]);
  for (const { answer } of asked) answer();
  expect((await Promise.all(found)).map((goods) => goods.map(({ sku }) => sku))).toEqual([['a'], ['b'], ['c'], ['d', 'c']]);
});

it(`where looks are slow ${looksMax} are under way, and the next begins when one of them is back (L2)`, async () => {
  const { asked, clock, looks, settle } = open();
  for (const sku of ['a', 'b', 'c', 'd']) {
    void looks.of('s', [sku]);
    await clock.advance(apartMs);
  }
  expect(skusOf(asked)).toEqual([['a'], ['b']]);
  asked[1]!.answer();
  await settle();
  expect(skusOf(asked)).toEqual([['a'], ['b'], ['c', 'd']]);
});

it('who comes alone never waits', async () => {
  const { asked, clock, looks } = open();
  for (const sku of ['a', 'b', 'c']) {
    const found = looks.of('s', [sku]);
    asked.at(-1)!.answer();
    expect((await found).map((one) => one.sku)).toEqual([sku]);
    await clock.advance(apartMs);
  }
});

it('whoever asks after a price has changed is told the new one, whatever is under way (L1)', async () => {
  const { asked, clock, state, looks } = open();
  const before = [looks.of('s', ['a']), looks.of('s', ['a'])];
  state.price = 2;
  const after = looks.of('s', ['a']);
  await clock.advance(apartMs);
  state.price = 3;
  const last = looks.of('s', ['a']);
  asked[0]!.answer();
  await clock.advance(apartMs);
  for (const { answer } of asked) answer();
  expect((await Promise.all(before)).map((found) => found[0]!.price)).toEqual([1, 2]);
  expect([(await after)[0]!.price, (await last)[0]!.price]).toEqual([2, 3]);
});

it('stores are never looked up together (I6)', async () => {
  const { asked, looks } = open();
  const found = ['s', 's', 't'].map((storeId) => looks.of(storeId, ['a']));
  expect(asked.map(({ storeId }) => storeId)).toEqual(['s', 't']);
  asked[1]!.answer();
  expect((await found[2]!)[0]!.storeId).toBe('t');
  asked[0]!.answer();
});

it('a look that would be too large goes by itself, at once (L3)', () => {
  const { asked, looks } = open();
  const many = Array.from({ length: skusMax }, (_, index) => `m${index}`);
  for (const skus of [['a'], ['b'], many]) void looks.of('s', skus);
  expect(asked.map(({ skus }) => skus.length)).toEqual([1, skusMax]);
});

it('a look that fails is told to those it was for, and the next one begins all the same (L4)', async () => {
  const { asked, clock, looks } = open();
  const [first, waiting] = [looks.of('s', ['a']), looks.of('s', ['b'])];
  asked[0]!.fail();
  await expect(first).rejects.toThrow('away');
  await clock.advance(apartMs);
  asked[1]!.answer();
  expect(await waiting).toHaveLength(1);
});

it('in any order of asking, answering and waiting everybody is answered, by a look that began after, and few are under way', async () => {
  const step = fc.oneof(
    fc.record({ ask: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ answer: fc.nat(4) }),
    fc.record({ waitMs: fc.nat(2 * apartMs) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { asked, clock, state, looks } = open();
      const answered = new Set<Asked>();
      const results: Promise<void>[] = [];
      const underWay = () => asked.filter((look) => !answered.has(look));
      const answer = (look: Asked | undefined) => {
        if (look !== undefined) answered.add(look);
        look?.answer();
      };
      for (const what of steps) {
        state.price += 1;
        const { price } = state;
        if ('ask' in what) results.push(looks.of('s', [what.ask]).then(([found]) => expect(found!.price).toBeGreaterThanOrEqual(price)));
        else if ('answer' in what) answer(underWay()[what.answer % Math.max(1, underWay().length)]);
        await clock.advance('waitMs' in what ? what.waitMs : 0);
        expect(underWay().length).toBeLessThanOrEqual(looksMax);
      }
      do {
        for (const look of underWay()) answer(look);
        await clock.advance(apartMs);
      } while (underWay().length > 0);
      await Promise.all(results);
      for (const [index, { atMs }] of asked.slice(1).entries()) expect(atMs - asked[index]!.atMs).toBeGreaterThanOrEqual(apartMs);
    }),
  );
});
