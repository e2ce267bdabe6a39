import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answered, Bench, commit, deadline, decide, define, defined, giveBack, key, pending, take } from './bench.fixture.ts';
import type { CouponCommand } from './index.ts';
import { everyUse } from './state.ts';

describe('uses', () => {
  test('fifty buyers and one use: one of them has it, until it is given back', () => {
    const bench = defined({ usesMax: 1 });
    const said = Array.from({ length: 50 }, (_, n) => bench.do(take(`h${n}`, `b${n}`), 1));
    expect(said).toEqual(['taken', ...Array.from({ length: 49 }, () => 'coupon_used_up')]);
    expect(bench.do({ type: 'releasePart', ...key('h0'), notAfter: 101 }, 2)).toBe('released');
    expect(bench.do(take('h7', 'b7'), 3)).toBe('taken');
    expect(bench.do(commit('h7'), 4)).toBe('committed');
    expect(bench.do(take('h8', 'b8'), 5)).toBe('coupon_used_up');
    expect(bench.do(giveBack('h7', 'b7'), 6)).toBe('given_back');
    expect(bench.do(take('h9', 'b9'), 7)).toBe('taken');
  });

  test('a sold out code says whether a use may come back', () => {
    const bench = defined({ usesMax: 1 });
    bench.do(take('h'), 1);
    expect(decide(bench.state, take('other', 'c'), 2)).toMatchObject({ refusal: { code: 'coupon_used_up', final: false } });
    bench.do(commit('h'), 3);
    expect(decide(bench.state, take('other', 'c'), 4)).toMatchObject({ refusal: { code: 'coupon_used_up', final: true } });
  });

  test('a buyer has so many and no more, also after they were committed; nobody in particular is one buyer', () => {
    const bench = defined({ usesPerBuyerMax: 1 });
    bench.do(take('h1', 'a'), 1);
    bench.do(commit('h1'), 2);
    expect([bench.do(take('h2', 'a'), 3), bench.do(take('h3', 'b'), 3)]).toEqual(['coupon_buyer_limit', 'taken']);
    expect([bench.do(take('h4', null), 3), bench.do(take('h5', null), 3)]).toEqual(['taken', 'coupon_buyer_limit']);
  });

  test.each([
    [{ active: false }, 10, 'coupon_inactive'],
    [{ validFrom: 20 }, 19, 'coupon_inactive'],
    [{ validFrom: 20 }, 20, 'taken'],
    [{ validUntil: 20 }, 19, 'taken'],
    [{ validUntil: 20 }, 20, 'coupon_inactive'],
  ] as const)('terms %j at %i: %s', (terms, at, said) => expect(defined(terms).do(take('h', 'b', at), at)).toBe(said));

  test('a code nobody defined has no uses; a take of one that was released before is late also once it is defined', () => {
    const bench = new Bench();
    expect(bench.do(take('h'), 1)).toBe('coupon_unknown');
    expect(bench.do({ type: 'releasePart', ...key('h'), notAfter: 100 }, 2)).toBe('released');
    expect(bench.do({ type: 'read' }, 3)).toBe('coupon_unknown');
    bench.expectLoadsAlike(3);
    bench.do(define({}), 4);
    expect(bench.do(take('h'), 5)).toBe('too_late');
    expect(bench.state.held).toBe(0);
  });

  test('a use taken while the code was valid is committed after it ended', () => {
    const bench = defined();
    bench.do(take('h'), 1);
    bench.do(define({ active: false }, 'd2'), 2);
    expect(bench.do(commit('h'), 3)).toBe('committed');
  });

  test('terms lowered below what is taken take nothing away', () => {
    const bench = defined({ usesMax: 3 });
    for (const hold of ['a', 'b', 'c']) bench.do(take(hold, hold), 1);
    bench.do(define({ usesMax: 1 }, 'd2'), 2);
    expect(bench.state.held).toBe(3);
    expect(bench.do(take('d', 'd'), 3)).toBe('coupon_used_up');
  });
});

describe('the protocol of parts', () => {
  test('a take that is delivered twice takes once; one that comes after its release, or too late, takes nothing', () => {
    const bench = defined();
    expect([bench.do(take('h'), 1), bench.do(take('h'), 2)]).toEqual(['taken', 'taken']);
    expect(bench.state.held).toBe(1);
    expect(bench.do({ type: 'releasePart', ...key('late'), notAfter: 100 }, 3)).toBe('released');
    expect(bench.do(take('late'), 4)).toBe('too_late');
    expect(bench.do(take('later'), 101)).toBe('too_late');
  });

  test.each([
    ['unknown', [], { releasePart: 'released', commitPart: 'hold_unknown', giveBack: 'unknown', shrinkPart: 'taken' }],
    ['held', ['take'], { releasePart: 'released', commitPart: 'committed', giveBack: 'unknown', shrinkPart: 'taken' }],
    ['released', ['take', 'releasePart'], { releasePart: 'released', commitPart: 'hold_ended', giveBack: 'unknown', shrinkPart: 'taken' }],
    [
      'committed',
      ['take', 'commitPart'],
      { releasePart: 'already_committed', commitPart: 'committed', giveBack: 'given_back', shrinkPart: 'taken' },
    ],
    [
      'given back',
      ['take', 'commitPart', 'giveBack'],
      { releasePart: 'released', commitPart: 'committed', giveBack: 'given_back', shrinkPart: 'taken' },
    ],
  ] as const)('a use that is %s answers', (_what, steps, expected) => {
    const command = (type: string): CouponCommand =>
      type === 'take' ? take('h') : ({ type, ...key('h'), notAfter: 100, quantity: 1, buyer: 'b' } as unknown as CouponCommand);
    for (const [type, said] of Object.entries(expected)) {
      const bench = defined();
      for (const step of steps) bench.do(command(step), 1);
      expect([type, bench.do(command(type), 2)]).toEqual([type, said]);
    }
  });

  test('a use past its time asks its hold and does what it says', () => {
    for (const [verdict, status] of [
      [{ kind: 'release' }, 'released'],
      [{ kind: 'commit' }, 'committed'],
      [{ kind: 'keep', checkAt: 5_000 }, 'held'],
    ] as const) {
      const bench = defined();
      bench.do(take('h'), 1);
      expect(deadline(bench.state)).toBe(1_000);
      bench.do({ type: 'tick' }, 1_000);
      expect(deadline(bench.state)).toBeNull();
      const [question] = pending(bench.state);
      expect(question).toMatchObject({
        to: { kind: 'hold', store: 's', id: 'h' },
        command: { type: 'askHold', kind: 'coupon', sku: 'WELCOME' },
      });
      bench.do(answered(question!, { reply: { type: 'verdict', verdict } }), 1_001);
      expect([...everyUse(bench.state)].map((use) => use.status)).toEqual([status]);
      expect(pending(bench.state)).toEqual([]);
      expect(deadline(bench.state)).toBe(verdict.kind === 'keep' ? 5_000 : null);
    }
  });

  test('a use that is to ask late does not keep a later one from asking sooner', () => {
    const bench = defined();
    bench.do(take('long', 'b', 0, { checkAt: 86_400_000 }), 1);
    bench.do(take('short'), 2);
    expect(deadline(bench.state)).toBe(1_000);
    bench.do({ type: 'tick' }, 1_000);
    expect(pending(bench.state).map(({ to }) => to.id)).toEqual(['short']);
    expect(deadline(bench.state)).toBe(86_400_000);
  });

  test.each([0, -5, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d uses are no quantity: nothing is taken, shrunk or given back',
    (quantity) => {
      const bench = defined({ usesMax: 1 });
      expect(bench.do(take('h', 'b', 0, { quantity }), 1)).toBe('quantity_invalid');
      bench.do(take('h'), 1);
      expect(bench.do({ type: 'shrinkPart', ...key('h'), quantity }, 2)).toBe('quantity_invalid');
      bench.do(commit('h'), 3);
      expect(bench.do(giveBack('h', 'b', quantity), 4)).toBe('quantity_invalid');
      expect([bench.state.held, bench.state.used]).toEqual([0, 1]);
    },
  );

  test('an older pair of a hold is not taken once a newer one is known', () => {
    const bench = defined();
    expect(bench.do(take('h', 'b', 0, { attempt: 2 }), 1)).toBe('taken');
    expect(bench.do(take('h'), 2)).toBe('too_late');
    expect(bench.do(take('h', 'b', 0, { generation: 2 }), 3)).toBe('taken');
  });

  test('a hold nobody knows has no use; any other refusal is no answer', () => {
    const bench = defined();
    bench.do(take('h'), 1);
    bench.do({ type: 'tick' }, 1_000);
    const [question] = pending(bench.state);
    bench.do(answered(question!, { refusal: { code: 'hold_busy' } }), 1_001);
    expect(pending(bench.state)).toHaveLength(1);
    bench.do(answered(question!, { refusal: { code: 'hold_unknown' } }), 1_002);
    expect(bench.state.held).toBe(0);
  });
});

test('defining again with the same key is the same; with other terms it is refused; the memory of it is bounded', () => {
  const bench = defined({ usesMax: 1 });
  expect(bench.do(define({ usesMax: 1 }), 1)).toBe('coupon');
  expect(bench.do(define({ usesMax: 2 }), 1)).toBe('idempotency_key_reused');
  for (let n = 1; n < 100; n++) expect(bench.do(define({ usesMax: n }, `d${n}`), 2)).toBe('coupon');
  expect(bench.do(define({}, 'one more'), 3)).toBe('repeats_full');
  expect(bench.do(define({}, 'one more'), 25 * 3_600_000)).toBe('coupon');
});

test('what ended is forgotten although much older uses are kept', () => {
  const bench = defined();
  for (let n = 0; n < 50; n++) {
    bench.do(take(`sold${n}`, `b${n}`), 1);
    bench.do(commit(`sold${n}`), 1);
  }
  for (let n = 0; n < 50; n++) {
    const at = 10 + n * 4_000_000;
    bench.do(take(`left${n}`, 'x', at), at);
    bench.do({ type: 'releasePart', ...key(`left${n}`), notAfter: at }, at);
  }
  expect(bench.state.used).toBe(50);
  expect(bench.state.useCount).toBeLessThan(54);
});

test('whatever comes, twice, late and in any order: the laws hold, rows are the fold (K5), and what was released is forgotten', () => {
  const step = fc.record({
    type: fc.constantFrom('take', 'releasePart', 'commitPart', 'giveBack', 'shrinkPart', 'keep', 'release', 'commit', 'tick', 'define'),
    hold: fc.nat(5),
    attempt: fc.integer({ min: 1, max: 2 }),
    buyer: fc.nat(2),
    quantity: fc.integer({ min: 1, max: 2 }),
    checkIn: fc.integer({ min: 1, max: 3 }),
    passMs: fc.constantFrom(0, 1, 50, 1_200, 4_000_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const bench = defined({ usesMax: 4, usesPerBuyerMax: 2 });
      let at = 1;
      for (const { type, hold, attempt, buyer, quantity, checkIn, passMs } of steps) {
        at += passMs;
        const name = key(`h${hold}`, attempt);
        if (type === 'take')
          bench.do({ type: 'takePart', ...name, buyer: `b${buyer}`, quantity, checkAt: at + 1_000 * checkIn, notAfter: at + 100 }, at);
        else if (type === 'define') bench.do(define({ usesMax: quantity * 2 }, `d${at}`), at);
        else if (type === 'tick') bench.do({ type }, at);
        else if (type === 'keep') bench.do({ type: 'partVerdict', ...name, verdict: { kind: type, checkAt: at + 500 } }, at);
        else if (type === 'release' || type === 'commit') bench.do({ type: 'partVerdict', ...name, verdict: { kind: type } }, at);
        else bench.do({ type, ...name, notAfter: at + 100, quantity, buyer: `b${buyer}` }, at);
        bench.expectLoadsAlike(at);
      }
      at += 100_000_000;
      for (let n = 0; n < 20; n++) bench.do(define({}, `z${n}`), at);
      expect([...everyUse(bench.state)].filter(({ status }) => status === 'released')).toEqual([]);
    }),
  );
});
