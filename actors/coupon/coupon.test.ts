import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actorId, type Instant, noUndo, type Row, type Rows, type StampedEvent, UndoLog } from '../kernel/index.ts';
import type { CouponEvent } from './events.ts';
import { type CouponCommand, couponDefinition, type CouponTerms } from './index.ts';
import type { CouponState } from './state.ts';

const id = actorId('coupon', 's', 'WELCOME');
const { initial, decide, apply, rows, load, canonical, broken, forbids, deadline, pending, answered, tables } = couponDefinition;
const anyTerms: CouponTerms = { usesMax: null, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };

/** One coupon with what was written of it; every step is checked against its laws, undone and done again. */
class Bench {
  state: CouponState = initial(id);
  readonly stored = new Map<string, Map<string, Row>>(tables.map(({ name }) => [name, new Map()]));

  do(command: CouponCommand, at: Instant): string {
    const decision = decide(this.state, command, at);
    const events = decision.kind === 'accepted' ? decision.events : [];
    const stamped: StampedEvent<CouponEvent>[] = [];
    for (const event of events) {
      expect(forbids!(this.state, event, at)).toEqual([]);
      const before = JSON.stringify(canonical(this.state, at));
      const undo = new UndoLog();
      this.state = apply(this.state, event, at, undo);
      undo.rollBack();
      expect(JSON.stringify(canonical(this.state, at))).toBe(before); // K4
      this.state = apply(this.state, event, at, noUndo);
      stamped.push({ event, version: this.state.version, at });
    }
    expect(broken(this.state)).toEqual([]);
    for (const { table, row } of rows(id, stamped, this.state)) {
      const key = tables
        .find(({ name }) => name === table)!
        .key.map((column) => row[column])
        .join('\n');
      this.stored.get(table)!.set(key, row);
    }
    if (decision.kind === 'refused') return decision.refusal.code;
    if (decision.kind === 'waiting') return 'waiting';
    return decision.reply.type === 'use' ? decision.reply.status : decision.reply.type;
  }

  loaded(at: Instant): CouponState {
    const read: Rows = Object.fromEntries([...this.stored].map(([name, byKey]) => [name, [...byKey.values()]]));
    return load(id, read, at);
  }
}

const key = (holdId: string, attempt = 1) => ({ holdId, generation: 1, attempt });
const take = (holdId: string, buyer: string | null = 'b', at = 0): CouponCommand => ({
  type: 'takePart',
  ...key(holdId),
  buyer,
  quantity: 1,
  checkAt: at + 1_000,
  notAfter: at + 100,
});
const define = (terms: Partial<CouponTerms>, commandId = 'd'): CouponCommand => ({
  type: 'define',
  commandId,
  fingerprint: JSON.stringify(terms),
  terms: { ...anyTerms, ...terms },
});

function defined(terms: Partial<CouponTerms> = {}): Bench {
  const bench = new Bench();
  bench.do(define(terms), 0);
  return bench;
}

describe('uses', () => {
  test('fifty buyers and one use: one of them has it, until it is given back', () => {
    const bench = defined({ usesMax: 1 });
    const said = Array.from({ length: 50 }, (_, n) => bench.do(take(`h${n}`, `b${n}`), 1));
    expect(said).toEqual(['taken', ...Array.from({ length: 49 }, () => 'coupon_used_up')]);
    expect(bench.do({ type: 'releasePart', ...key('h0'), notAfter: 101 }, 2)).toBe('released');
    expect(bench.do(take('h7', 'b7'), 3)).toBe('taken');
    expect(bench.do({ type: 'commitPart', ...key('h7') }, 4)).toBe('committed');
    expect(bench.do(take('h8', 'b8'), 5)).toBe('coupon_used_up');
    expect(bench.do({ type: 'giveBack', ...key('h7') }, 6)).toBe('given_back');
    expect(bench.do(take('h9', 'b9'), 7)).toBe('taken');
  });

  test('a sold out code says whether a use may come back', () => {
    const bench = defined({ usesMax: 1 });
    bench.do(take('h'), 1);
    expect(decide(bench.state, take('other', 'c'), 2)).toMatchObject({ refusal: { code: 'coupon_used_up', final: false } });
    bench.do({ type: 'commitPart', ...key('h') }, 3);
    expect(decide(bench.state, take('other', 'c'), 4)).toMatchObject({ refusal: { code: 'coupon_used_up', final: true } });
  });

  test('a buyer has so many and no more, also after they were committed; nobody in particular is one buyer', () => {
    const bench = defined({ usesPerBuyerMax: 1 });
    bench.do(take('h1', 'a'), 1);
    bench.do({ type: 'commitPart', ...key('h1') }, 2);
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

  test('a code nobody defined has no uses, and leaves nothing behind', () => {
    const bench = new Bench();
    expect(bench.do(take('h'), 1)).toBe('coupon_unknown');
    expect(bench.do({ type: 'releasePart', ...key('h'), notAfter: 100 }, 2)).toBe('released');
    expect(bench.do({ type: 'read' }, 3)).toBe('coupon_unknown');
    expect(bench.state.version).toBe(0);
  });

  test('a use taken while the code was valid is committed after it ended', () => {
    const bench = defined();
    bench.do(take('h'), 1);
    bench.do(define({ active: false }, 'd2'), 2);
    expect(bench.do({ type: 'commitPart', ...key('h') }, 3)).toBe('committed');
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
      type === 'take' ? take('h') : ({ type, ...key('h'), notAfter: 100, quantity: 1 } as unknown as CouponCommand);
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
      expect([...bench.state.uses.values()].map((use) => use.status)).toEqual([status]);
      expect(pending(bench.state)).toEqual([]);
      expect(deadline(bench.state)).toBe(verdict.kind === 'keep' ? 5_000 : null);
    }
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
    bench.do({ type: 'commitPart', ...key(`sold${n}`) }, 1);
  }
  for (let n = 0; n < 50; n++) {
    const at = 10 + n * 4_000_000;
    bench.do(take(`left${n}`, 'x', at), at);
    bench.do({ type: 'releasePart', ...key(`left${n}`), notAfter: at }, at);
  }
  expect(bench.state.used).toBe(50);
  expect(bench.state.uses.size).toBeLessThan(54);
});

test('whatever comes, twice, late and in any order: the laws hold, rows are the fold (K5), and what was released is forgotten', () => {
  const step = fc.record({
    type: fc.constantFrom('take', 'releasePart', 'commitPart', 'giveBack', 'shrinkPart', 'keep', 'release', 'commit', 'tick', 'define'),
    hold: fc.nat(5),
    attempt: fc.integer({ min: 1, max: 2 }),
    buyer: fc.nat(2),
    quantity: fc.integer({ min: 1, max: 2 }),
    passMs: fc.constantFrom(0, 1, 50, 1_200, 4_000_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const bench = defined({ usesMax: 4, usesPerBuyerMax: 2 });
      let at = 1;
      for (const { type, hold, attempt, buyer, quantity, passMs } of steps) {
        at += passMs;
        const name = key(`h${hold}`, attempt);
        if (type === 'take')
          bench.do({ type: 'takePart', ...name, buyer: `b${buyer}`, quantity, checkAt: at + 1_000, notAfter: at + 100 }, at);
        else if (type === 'define') bench.do(define({ usesMax: quantity * 2 }, `d${at}`), at);
        else if (type === 'tick') bench.do({ type }, at);
        else if (type === 'keep') bench.do({ type: 'partVerdict', ...name, verdict: { kind: type, checkAt: at + 500 } }, at);
        else if (type === 'release' || type === 'commit') bench.do({ type: 'partVerdict', ...name, verdict: { kind: type } }, at);
        else bench.do({ type, ...name, notAfter: at + 100, quantity }, at);
        expect(canonical(bench.loaded(at), at)).toEqual(canonical(bench.state, at));
      }
      at += 100_000_000;
      for (let n = 0; n < 20; n++) bench.do(define({}, `z${n}`), at);
      expect([...bench.state.uses.values()].filter(({ status }) => status === 'released')).toEqual([]);
    }),
  );
});
