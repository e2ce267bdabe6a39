/** What a code remembers of its past: counts for ever, names for a time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noUndo } from '../kernel/index.ts';
import { apply, type Bench, commit, decide, define, defined, giveBack, key, take } from './bench.fixture.ts';
import type { CouponTerms } from './index.ts';
import { couponLimits, everyUse } from './state.ts';

const { foldBatch, foldAfterMs, foldAfterMinMs, giveBackRepeatHorizonMs } = couponLimits;
const later = foldAfterMs + 10_000;

/** So many uses, each by a buyer of its own, committed at 1. */
function sold(count: number, terms: Partial<CouponTerms> = {}): Bench {
  const bench = defined(terms);
  for (let n = 0; n < count; n++) {
    bench.do(take(`h${n}`, `b${n}`), 1);
    bench.do(commit(`h${n}`), 1);
  }
  return bench;
}

/** Anything that is taken makes what is due go. */
function folded(bench: Bench, at = later): Bench {
  expect(bench.do(take('later', 'someone', at), at)).toBe('taken');
  expect(bench.state.folded).toBe(foldBatch);
  return bench;
}

describe('a day after its commit a use is known by its count alone', () => {
  test('it counts as before, for the code and for its buyer, and loads as it is', () => {
    const bench = folded(sold(foldBatch, { usesMax: foldBatch + 2, usesPerBuyerMax: 1 }));
    expect([bench.state.used, bench.state.held, [...everyUse(bench.state)].length]).toEqual([foldBatch, 1, 1]);
    expect(bench.do(take('again', 'b3', later), later)).toBe('coupon_buyer_limit');
    expect(bench.do(take('last', 'c', later), later)).toBe('taken');
    expect(bench.do(take('more', 'd', later), later)).toBe('coupon_used_up');
    bench.expectLoadsAlike(later);
  });

  test('not a moment sooner, and not before a whole batch is due', () => {
    const early = sold(foldBatch);
    early.do(take('early', 'someone', foldAfterMs), foldAfterMs);
    expect(early.state.folded).toBe(0);
    const few = sold(foldBatch - 1);
    few.do(take('later', 'someone', later), later);
    expect(few.state.folded).toBe(0);
  });

  test('given back it is free again, for the code and for its buyer, once, however often that is said', () => {
    const bench = folded(sold(foldBatch, { usesMax: foldBatch + 1, usesPerBuyerMax: 1 }));
    for (const at of [later, later + 1, later + giveBackRepeatHorizonMs - 1]) expect(bench.do(giveBack('h3', 'b3'), at)).toBe('given_back');
    expect([bench.state.used, bench.state.folded]).toEqual([foldBatch - 1, foldBatch - 1]);
    expect(bench.do(take('again', 'b3', later), later)).toBe('taken');
    bench.expectLoadsAlike(later);
  });

  test('given back before it was folded, and said again after: nothing more', () => {
    const bench = sold(foldBatch + 1);
    expect(bench.do(giveBack('h3', 'b3'), 2)).toBe('given_back');
    folded(bench);
    expect(bench.do(giveBack('h3', 'b3'), later)).toBe('given_back');
    expect(bench.state.used).toBe(foldBatch);
  });

  test('no more is given back than was folded', () => {
    const bench = folded(sold(foldBatch));
    expect(bench.do(giveBack('h3', 'b3', foldBatch + 1), later)).toBe('unknown');
    for (let n = 0; n < foldBatch; n++) bench.do(giveBack(`h${n}`, `b${n}`), later);
    expect(bench.state.used).toBe(0);
    expect(bench.do(giveBack('never', 'b'), later)).toBe('unknown');
  });

  test('a commit that is said again, or a take that comes late, finds it settled', () => {
    const bench = folded(sold(foldBatch));
    expect(bench.do(commit('h3'), later)).toBe('committed');
    expect(bench.do(take('h3', 'b3'), later)).toBe('too_late');
    expect(bench.do({ type: 'releasePart', ...key('h3'), notAfter: 100 }, later)).toBe('released');
    expect(bench.do(giveBack('h3', 'b3'), later)).toBe('given_back');
  });
});

test('a code without a limit per buyer remembers no buyers; a limit set later counts from then on', () => {
  const bench = folded(sold(2 * foldBatch));
  bench.do(define({ usesPerBuyerMax: 1 }, 'd2'), later);
  expect(bench.state.foldedByBuyer.size).toBe(0);
  expect(bench.do(take('once more', 'b0', later), later)).toBe('taken'); // folds the second batch
  expect(bench.state.foldedByBuyer.size).toBe(foldBatch);
  bench.expectLoadsAlike(later);
  for (let n = 0; n < 2 * foldBatch; n++) bench.do(giveBack(`h${n}`, `b${n}`), later);
  expect([bench.state.used, bench.state.folded, bench.state.foldedByBuyer.size]).toEqual([0, 0, 0]);
});

test('when memory is full, uses are folded a minute after their commit; what may not go yet says when to ask again', () => {
  const bench = sold(foldBatch);
  bench.state.useCount = couponLimits.usesMax;
  expect(decide(bench.state, take('h', 'x', 5_000), 5_000)).toMatchObject({
    refusal: { code: 'repeats_full', retryAfterMs: foldAfterMinMs + 1 - 5_000 },
  });
  const at = foldAfterMinMs + 1;
  expect(decide(bench.state, take('h', 'x', at), at)).toMatchObject({
    kind: 'accepted',
    events: [{ type: 'uses.folded' }, { type: 'use.taken' }],
  });
});

test('twenty thousand uses over a month: what is kept, and what is read back, is what lives', () => {
  const bench = defined();
  const stepMs = (30 * foldAfterMs) / 20_000;
  for (let n = 0; n < 20_000; n++) {
    const at = Math.round(n * stepMs);
    for (const command of [take(`h${n}`, `b${n}`, at), commit(`h${n}`)]) {
      const decision = decide(bench.state, command, at);
      if (decision.kind !== 'accepted') throw new Error(`${command.type} ${n} was ${decision.kind}`);
      for (const event of decision.events) apply(bench.state, event, at, noUndo);
    }
  }
  expect(bench.state.used).toBe(20_000);
  expect(bench.state.useCount).toBeLessThan(20_000 / 30 + 2 * foldBatch);
  expect(bench.state.folds.size).toBeLessThan(20_000 / 2);
});

test('whatever is sold, given back and said again, before and after folding: the sums are those of a plain ledger', () => {
  const step = fc.record({
    type: fc.constantFrom('buy', 'again', 'giveBack', 'giveBack', 'commit', 'wait', 'limit'),
    hold: fc.nat(foldBatch + 4),
    passMs: fc.constantFrom(0, 1_000, foldAfterMs / 4, foldAfterMs / 2), // all of it well within the horizon of repeats
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, isLimited) => {
      const bench = sold(foldBatch + 5, isLimited ? { usesPerBuyerMax: 2 } : {});
      const ledger = new Set(Array.from({ length: foldBatch + 5 }, (_, n) => `h${n}`));
      let at = 2;
      steps.forEach(({ type, hold, passMs }, place) => {
        at += passMs;
        const [holdId, buyer] = [`h${hold}`, `b${hold}`];
        if (type === 'buy' && bench.do(take(`n${place}`, buyer, at), at) === 'taken') {
          expect(bench.do(commit(`n${place}`), at)).toBe('committed');
          ledger.add(`n${place}`);
        } else if (type === 'again') expect(bench.do(take(holdId, buyer), at)).not.toBe('repeats_full');
        else if (type === 'giveBack') {
          expect(bench.do(giveBack(holdId, buyer), at)).toBe('given_back');
          ledger.delete(holdId);
        } else if (type === 'commit') expect(bench.do(commit(holdId), at)).toBe('committed');
        else if (type === 'limit') bench.do(define({ usesPerBuyerMax: hold % 2 === 0 ? null : 2 }, `d${place}`), at);
        expect([bench.state.used, bench.state.held]).toEqual([ledger.size, 0]);
        bench.expectLoadsAlike(at);
      });
    }),
    { numRuns: 60 },
  );
});
