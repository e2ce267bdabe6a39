/** The cart: its stories, and what holds whatever happens. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actorId, type Effect, type Instant, noUndo, type Row, UndoLog } from '../kernel/index.ts';
import type { CartEvent } from './events.ts';
import { type CartCommand, cartDefinition, cartLimits, type CartLine, type CartReply } from './index.ts';
import type { CartState } from './state.ts';

const id = actorId('cart', 's', 'cart_1');
const { initial, decide, apply, rows, load, canonical, broken, forbids, deadline, pending, answered, tick } = cartDefinition;

/** One cart with its row; every event is checked against the laws, undone and done again. */
class Bench {
  state: CartState = initial(id);
  row: Row | null = null;

  do(command: CartCommand, at: Instant): string {
    const decision = decide(this.state, command, at);
    const events = decision.kind === 'accepted' ? decision.events : [];
    const stamped = events.map((event) => this.#applied(event, at));
    expect(broken(this.state)).toEqual([]);
    for (const { row } of rows(id, stamped, this.state)) this.row = row;
    if (decision.kind === 'refused') return decision.refusal.code;
    if (decision.kind === 'waiting') return 'waiting';
    if (this.state.version > 0) expect(decision.reply).toEqual(this.seen(at)); // I4: the answer is the cart as it is afterwards
    return events.length === 0 ? `same ${decision.reply.status}` : decision.reply.status;
  }

  #applied(event: CartEvent, at: Instant) {
    expect(forbids!(this.state, event, at)).toEqual([]);
    const before = JSON.stringify(canonical(this.state, at));
    const undo = new UndoLog();
    const older = this.state;
    const after = apply(older, event, at, undo);
    undo.rollBack();
    expect(JSON.stringify(canonical(older, at))).toBe(before); // K4
    expect(after.version).toBe(older.version + 1); // K3
    this.state = apply(older, event, at, noUndo);
    return { event, version: this.state.version, at };
  }

  seen(at: Instant): CartReply {
    const decision = decide(this.state, { type: 'read', buyer: null }, at);
    return decision.kind === 'accepted' ? decision.reply : expect.fail('the cart cannot be read');
  }

  /** Lets every timer run until `at`. */
  until(at: Instant): void {
    for (let due = deadline(this.state); due !== null && due <= at; due = deadline(this.state)) this.do(tick, due);
  }

  question(): Effect {
    return pending(this.state)[0] ?? expect.fail('no question is open');
  }

  get units(): string {
    return this.state.lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(', ');
  }
}

const line = (sku: string, quantity = 1, shownUnitPriceMinor: number | null = 500): CartLine => ({
  sku,
  quantity,
  shownUnitPriceMinor,
  holdId: null,
});
const create = (lines: readonly CartLine[] = [], buyer: string | null = 'b', fingerprint = 'f'): CartCommand => ({
  type: 'create',
  buyer,
  currency: 'EUR',
  lines,
  fingerprint,
});
const put = (sku: string, quantity = 1, buyer: string | null = 'b'): CartCommand => ({ type: 'putLine', buyer, line: line(sku, quantity) });
const begin = (orderId: string, buyer: string | null = 'b', attempt = 1): CartCommand => ({
  type: 'beginCheckout',
  orderId,
  buyer,
  attempt,
});
const end = (orderId: string, outcome: 'ordered' | 'given_up', attempt = 1): CartCommand => ({
  type: 'endCheckout',
  orderId,
  outcome,
  attempt,
});
const read = (buyer: string | null = 'b'): CartCommand => ({ type: 'read', buyer });

function filled(): Bench {
  const bench = new Bench();
  bench.do(create([line('mug')]), 0);
  return bench;
}

describe('lines and codes', () => {
  test('a line put again sets its quantity, none takes it out, and a repeat changes nothing', () => {
    const bench = filled();
    expect([bench.do(put('mug', 3), 1), bench.do(put('mug', 3), 2), bench.units]).toEqual(['open', 'same open', '3 mug']);
    expect([bench.do(put('mug', 0), 3), bench.do(put('mug', 0), 4), bench.units]).toEqual(['open', 'same open', '']);
  });

  test('a change made on an older version is refused with the version there is; its own repeat is not', () => {
    const bench = filled();
    const change: CartCommand = { type: 'putLine', buyer: 'b', line: line('cup'), cartVersion: 1 };
    expect([bench.do(change, 1), bench.do(change, 2)]).toEqual(['open', 'same open']);
    expect(decide(bench.state, { ...change, line: line('pot') }, 3)).toMatchObject({
      refusal: { code: 'version_conflict', cartVersion: 2 },
    });
  });

  test('there is a most of both', () => {
    const bench = new Bench();
    bench.do(create(Array.from({ length: cartLimits.linesMax }, (_, n) => line(`sku-${n}`))), 0);
    expect([bench.do(put('one more'), 1), bench.do(put('sku-0', 9), 2)]).toEqual(['lines_exceeded', 'open']);
    for (let n = 0; n < cartLimits.codesMax; n += 1) expect(bench.do({ type: 'addCode', buyer: 'b', code: `C${n}` }, 3)).toBe('open');
    expect(bench.do({ type: 'addCode', buyer: 'b', code: 'X' }, 4)).toBe('codes_exceeded');
    expect(bench.do({ type: 'addCode', buyer: 'b', code: 'C0' }, 5)).toBe('same open');
    expect(bench.do({ type: 'removeCode', buyer: 'b', code: 'C0' }, 6)).toBe('open');
    expect(new Bench().do(create(Array.from({ length: cartLimits.linesMax + 1 }, (_, n) => line(`sku-${n}`))), 0)).toBe('lines_exceeded');
  });

  test('creating again finds the cart, another wish under the same key does not', () => {
    const bench = filled();
    bench.do(put('cup'), 1);
    expect([bench.do(create([line('mug')]), 2), bench.do(create([], 'b', 'other'), 3), bench.do(create([], 'c'), 4)]).toEqual([
      'same open',
      'idempotency_key_reused',
      'cart_foreign',
    ]);
  });
});

describe('whose it is', () => {
  test.each<[CartCommand]>([[read('c')], [put('mug', 2, 'c')], [begin('o', 'c')], [{ type: 'empty', buyer: 'c' }]])(
    '%j by another buyer is refused, by the merchant it is not',
    (command) => {
      expect(filled().do(command, 1)).toBe('cart_foreign');
      expect(new Bench().do(command, 1)).toBe('cart_unknown');
      expect(filled().do({ ...command, buyer: null } as CartCommand, 1)).not.toBe('cart_foreign');
    },
  );

  test('signing in takes the cart along, once', () => {
    const bench = filled();
    expect(bench.do({ type: 'claim', from: 'b', to: 'c' }, 1)).toBe('open');
    expect(bench.do({ type: 'claim', from: 'b', to: 'c' }, 2)).toBe('same open');
    expect([bench.do({ type: 'claim', from: 'b', to: 'd' }, 3), bench.do(read('b'), 4)]).toEqual(['cart_foreign', 'cart_foreign']);
  });

  test('that was claimed names no hold any more: an order that absorbs the hold of somebody else is refused', () => {
    const bench = new Bench();
    const lines = [
      { sku: 'A', quantity: 1, shownUnitPriceMinor: 100, holdId: 'hold_1' },
      { sku: 'B', quantity: 2, shownUnitPriceMinor: null, holdId: null },
    ];
    bench.do({ type: 'create', buyer: 'b', currency: 'USD', lines, fingerprint: 'f' }, 0);
    bench.do({ type: 'claim', from: 'b', to: 'c' }, 1);
    expect(bench.state.lines).toEqual(lines.map((line) => ({ ...line, holdId: null })));
    expect(bench.do({ type: 'claim', from: 'b', to: 'c' }, 2)).toBe('same open');
  });

  test('merging takes the larger quantity, and again changes nothing; the other cart is over', () => {
    const bench = filled();
    const merge: CartCommand = { type: 'mergeIn', buyer: 'b', cartId: 'cart_2', lines: [line('mug', 4), line('cup', 2)], codes: ['C'] };
    expect([bench.do(merge, 1), bench.do(merge, 2), bench.units]).toEqual(['open', 'same open', '4 mug, 2 cup']);
    const other = filled();
    const over: CartCommand = { type: 'mergedInto', buyer: 'b', cartId: 'cart_3' };
    expect([other.do(over, 1), other.do(over, 2), other.do(put('mug'), 3)]).toEqual(['merged', 'same merged', 'cart_ended']);
  });
});

describe('a checkout', () => {
  test('one cart, one order: the second is told which has it, and no line changes meanwhile', () => {
    const bench = filled();
    expect([bench.do(begin('o1'), 1), bench.do(begin('o1'), 2), bench.do(begin('o2'), 3)]).toEqual([
      'in_checkout',
      'same in_checkout',
      'cart_checked_out',
    ]);
    expect([bench.do(put('cup'), 4), bench.do(end('o2', 'ordered'), 5)]).toEqual(['cart_checked_out', 'same in_checkout']);
    expect([bench.do(end('o1', 'ordered'), 6), bench.do(end('o1', 'ordered'), 7), bench.do(begin('o2'), 8)]).toEqual([
      'ordered',
      'same ordered',
      'cart_checked_out',
    ]);
  });

  test('a message of an older try, that was long on its way, neither begins nor ends anything', () => {
    const bench = filled();
    bench.do(begin('o1'), 1);
    bench.do(end('o1', 'given_up'), 2);
    expect(bench.do(begin('o1'), 3)).toBe('cart_checked_out'); // a copy of the first one
    expect(bench.state.status).toBe('open');
    expect(bench.do(begin('o1', 'b', 2), 4)).toBe('in_checkout');
    expect(bench.do(end('o1', 'given_up'), 5)).toBe('same in_checkout');
    expect(bench.do(begin('o1', 'b', 3), 6)).toBe('in_checkout'); // the end of try 2 is late
    expect(bench.do(end('o1', 'given_up', 2), 7)).toBe('same in_checkout');
    expect(bench.do(end('o1', 'ordered', 3), 8)).toBe('ordered');
    expect(bench.do(end('o1', 'given_up', 3), 9)).toBe('same ordered');
  });

  test('given up, the cart is open again; without lines it never begins', () => {
    const bench = filled();
    bench.do(begin('o1'), 1);
    expect([bench.do(end('o1', 'given_up'), 2), bench.do(put('mug', 0), 3), bench.do(begin('o2'), 4)]).toEqual([
      'open',
      'open',
      'cart_empty',
    ]);
  });

  const order = (status: string, number: number | null = null) => ({ reply: { type: 'order', status, number } });
  test.each([
    [order('pending'), 'in_checkout'],
    [order('requires_action'), 'in_checkout'],
    [order('failed'), 'open'],
    [order('canceled'), 'open'],
    [order('confirmed', 7), 'ordered'],
    [order('canceled', 7), 'ordered'],
    [{ refusal: { code: 'order_unknown' } }, 'open'],
    [{ refusal: { code: 'unavailable' } }, 'same in_checkout'],
    [{ reply: { type: 'noted' } }, 'same in_checkout'],
  ])('that says nothing for long is asked: %j makes it %s', (outcome, status) => {
    const bench = filled();
    bench.do(begin('o1'), 1);
    bench.until(1 + cartLimits.askAfterMs);
    expect(bench.question()).toMatchObject({ to: actorId('order', 's', 'o1'), command: { type: 'read', buyer: null } });
    expect(bench.do(answered(bench.question(), outcome), cartLimits.askAfterMs + 2)).toBe(status);
    expect(pending(bench.state).length).toBe(status.startsWith('same') ? 1 : 0);
  });

  test('an order that begins again while it is asked keeps the cart, whatever it said before', () => {
    const bench = filled();
    bench.do(begin('o1'), 1);
    bench.until(1 + cartLimits.askAfterMs);
    const late = answered(bench.question(), order('failed'));
    expect(bench.do(begin('o1'), cartLimits.askAfterMs + 2)).toBe('in_checkout');
    expect(bench.do(late, cartLimits.askAfterMs + 3)).toBe('same in_checkout');
  });
});

describe('the end', () => {
  test('comes so long after the last change, also before the timer has run', () => {
    const bench = filled();
    bench.do(put('cup'), 1_000);
    const over = 1_000 + cartLimits.expiresAfterMs;
    expect([deadline(bench.state), bench.do(read(), over - 1), bench.do(read(), over), bench.do(put('pot'), over)]).toEqual([
      over,
      'same open',
      'same expired',
      'cart_ended',
    ]);
    bench.until(over);
    expect([bench.state.status, deadline(bench.state)]).toEqual(['expired', null]);
  });

  test('does not come while an order has it', () => {
    const bench = new Bench();
    bench.do({ ...create([line('mug')]), expiresAfterMs: 10 } as CartCommand, 0);
    bench.do(begin('o1'), 5);
    expect(bench.do(end('o1', 'given_up'), 100)).toBe('open');
    expect(deadline(bench.state)).toBe(110);
  });
});

const buyers = fc.constantFrom('a', 'b', null);
const orders = fc.constantFrom('o1', 'o2');
const someLines = fc.array(
  fc.tuple(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: 1, max: 3 })).map(([sku, n]) => line(sku, n)),
  { maxLength: 4 },
);
const anyCommand: fc.Arbitrary<CartCommand> = fc.oneof(
  fc.record({
    type: fc.constant('create' as const),
    buyer: buyers,
    currency: fc.constant('EUR'),
    lines: someLines,
    fingerprint: fc.constantFrom('f', 'g'),
  }),
  fc.tuple(buyers, fc.constantFrom('x', 'y'), fc.nat({ max: 3 })).map(([buyer, sku, n]) => put(sku, n, buyer)),
  fc.record({ type: fc.constantFrom('addCode' as const, 'removeCode' as const), buyer: buyers, code: fc.constantFrom('C', 'D') }),
  fc.record({ type: fc.constant('claim' as const), from: fc.constantFrom('a', 'b'), to: fc.constantFrom('a', 'b') }),
  fc.record({
    type: fc.constant('mergeIn' as const),
    buyer: buyers,
    cartId: fc.constant('m'),
    lines: someLines,
    codes: fc.constantFrom([], ['C']),
  }),
  fc.record({ type: fc.constant('mergedInto' as const), buyer: buyers, cartId: fc.constant('m') }),
  fc.tuple(orders, buyers, fc.integer({ min: 1, max: 3 })).map(([orderId, buyer, attempt]) => begin(orderId, buyer, attempt)),
  fc
    .tuple(orders, fc.constantFrom('ordered' as const, 'given_up' as const), fc.integer({ min: 1, max: 3 }))
    .map(([orderId, outcome, attempt]) => end(orderId, outcome, attempt)),
  fc.constant(tick),
);

test('whatever happens, the laws hold, the row is the cart, and no two orders have it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyCommand, fc.integer({ min: 0, max: cartLimits.askAfterMs })), { maxLength: 40 }), (steps) => {
      const bench = new Bench();
      let at = 0;
      let owner: string | null = null;
      for (const [command, laterMs] of steps) {
        at += laterMs;
        bench.do(command, at);
        for (const question of pending(bench.state))
          bench.do(answered(question, { reply: { type: 'order', status: 'pending', number: null } }), at);
        if (owner !== null) expect(bench.state.orderId).toBe(owner); // C1
        if (bench.state.status === 'ordered') owner = bench.state.orderId;
        const stored = bench.row === null ? {} : { carts: [JSON.parse(JSON.stringify(bench.row)) as Row] };
        expect(canonical(load(id, stored, at), at)).toEqual(canonical(bench.state, at)); // K5
      }
    }),
    { numRuns: 200 },
  );
});
