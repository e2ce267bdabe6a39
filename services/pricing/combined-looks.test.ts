/** A rush of looks: few go out, each begins after whoever it answers has asked. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CombinedLooks, looksMax, skusMax } from './combined-looks.ts';

interface Asked {
  readonly storeId: string;
  readonly skus: readonly string[];
  readonly answer: () => void;
  readonly fail: () => void;
}

/** A catalogue that answers when told, with what holds at that moment. */
function open() {
  const asked: Asked[] = [];
  const state = { price: 1 };
  const looks = new CombinedLooks((storeId, skus) => {
    const { price } = state; // as of when the look began
    return new Promise<readonly { readonly sku: string; readonly storeId: string; readonly price: number }[]>((resolve, reject) => {
      const answer = () => resolve(skus.filter((sku) => sku !== 'none').map((sku) => ({ sku, storeId, price })));
      asked.push({ storeId, skus, answer, fail: () => reject(new Error('away')) });
    });
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { asked, state, looks, settle };
}

it('looks that come while others are under way go together into the next, and each gets its own goods (L2)', async () => {
  const { asked, looks, settle } = open();
  const first = ['a', 'b'].map((sku) => looks.of('s', [sku]));
  const waiting = [looks.of('s', ['c', 'none']), looks.of('s', ['d', 'c'])];
  expect(asked.map(({ skus }) => skus)).toEqual([['a'], ['b']]);
  asked[0]!.answer();
  await settle();
  expect(asked[2]!.skus).toEqual(['c', 'none', 'd']);
  for (const { answer } of asked) answer();
  expect((await Promise.all([...first, ...waiting])).map((found) => found.map(({ sku }) => sku))).toEqual([
    ['a'],
    ['b'],
    ['c'],
    ['d', 'c'],
  ]);
});

it('whoever asks after a price has changed is told the new one, whatever is under way (L1)', async () => {
  const { asked, state, looks, settle } = open();
  const before = [looks.of('s', ['a']), looks.of('s', ['a']), looks.of('s', ['a'])];
  state.price = 2;
  const after = looks.of('s', ['a']);
  asked[0]!.answer();
  await settle();
  state.price = 3;
  const last = looks.of('s', ['a']);
  for (let answered = 1; answered < 4; answered += 1) {
    asked[answered]?.answer();
    await settle();
  }
  expect((await Promise.all(before)).map((found) => found[0]!.price)).toEqual([1, 1, 2]);
  expect([(await after)[0]!.price, (await last)[0]!.price]).toEqual([2, 3]);
});

it('stores are never looked up together (I6)', async () => {
  const { asked, looks } = open();
  const found = ['s', 's', 's', 't'].map((storeId) => looks.of(storeId, ['a']));
  expect(asked.map(({ storeId }) => storeId)).toEqual(['s', 's', 't']);
  asked[2]!.answer();
  expect((await found[3]!)[0]!.storeId).toBe('t');
  asked[0]!.answer();
  asked[1]!.answer();
});

it('a look that would be too large goes by itself, at once (L3)', () => {
  const { asked, looks } = open();
  const many = Array.from({ length: skusMax }, (_, index) => `m${index}`);
  for (const skus of [['a'], ['b'], ['c'], many]) void looks.of('s', skus);
  expect(asked.map(({ skus }) => skus.length)).toEqual([1, 1, skusMax]);
});

it('a look that fails is told to those it was for, and the next one begins all the same (L4)', async () => {
  const { asked, looks, settle } = open();
  const [first, second, waiting] = [looks.of('s', ['a']), looks.of('s', ['b']), looks.of('s', ['c'])];
  asked[0]!.fail();
  await expect(first).rejects.toThrow('away');
  await settle();
  asked[2]!.answer();
  expect(await waiting).toHaveLength(1);
  asked[1]!.answer();
  expect(await second).toHaveLength(1);
});

it('in any order of asking and answering everybody is answered, by a look that began after, and few are under way', async () => {
  const step = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.nat(4));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { asked, state, looks, settle } = open();
      const underWay = new Set<Asked>();
      const seen = new Set<Asked>();
      const results: Promise<void>[] = [];
      const notice = () => {
        for (const look of asked) if (!seen.has(look)) underWay.add(look);
        for (const look of underWay) seen.add(look);
        expect(underWay.size).toBeLessThanOrEqual(looksMax);
      };
      for (const what of steps) {
        state.price += 1;
        const { price } = state;
        if (typeof what === 'string') {
          const asking = looks.of('s', [what]);
          results.push(asking.then(([found]) => expect(found!.price).toBeGreaterThanOrEqual(price)));
        } else {
          const look = [...underWay][what % Math.max(1, underWay.size)];
          if (look !== undefined) underWay.delete(look);
          look?.answer();
          await settle();
        }
        notice();
      }
      while (underWay.size > 0) {
        for (const look of [...underWay]) {
          underWay.delete(look);
          look.answer();
        }
        await settle();
        notice();
      }
      await Promise.all(results);
    }),
  );
});
