import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorId, type Instant, noUndo, type Row, type StampedEvent, UndoLog } from '../kernel/index.ts';
import { type StoreCommand, storeDefinition } from './index.ts';
import { type StoreEvent, storeLimits, type StoreState } from './state.ts';

const id = actorId('store', 's', 's');
const { initial, decide, apply, rows, load, canonical, broken, tables } = storeDefinition;

/** One store with what was written of it; every step is checked against its laws, undone and done again. */
class Bench {
  state: StoreState = initial(id);
  readonly stored = new Map<string, Map<string, Row>>(tables.map(({ name }) => [name, new Map()]));

  do(command: StoreCommand, at: Instant): unknown {
    const decision = decide(this.state, command, at);
    const events: readonly StoreEvent[] = decision.kind === 'accepted' ? decision.events : [];
    const stamped: StampedEvent<StoreEvent>[] = [];
    for (const event of events) {
      const before = JSON.stringify(canonical(this.state, at));
      const undo = new UndoLog();
      this.state = apply(this.state, event, at, undo);
      undo.rollBack();
      expect(JSON.stringify(canonical(this.state, at))).toBe(before); // K4
      this.state = apply(this.state, event, at, noUndo);
      stamped.push({ event, version: this.state.version, at });
    }
    expect(broken(this.state)).toEqual([]);
    for (const { table, row, isNew = false } of rows(id, stamped, this.state)) {
      const key = tables
        .find(({ name }) => name === table)!
        .key.map((column) => row[column])
        .join('\n');
      expect(isNew && this.stored.get(table)!.has(key)).toBe(false);
      this.stored.get(table)!.set(key, row);
    }
    const loaded = load(id, Object.fromEntries([...this.stored].map(([name, byKey]) => [name, [...byKey.values()]])), at);
    if (this.state.version > 0) expect(canonical(loaded, at)).toEqual(canonical(this.state, at)); // K5
    if (decision.kind === 'refused') return decision.refusal.code;
    return decision.kind === 'waiting' ? 'waiting' : decision.reply;
  }
}

const number = (n: number) => ({ type: 'number', number: n });
const takeNumber = (orderId: string): StoreCommand => ({ type: 'takeNumber', orderId });
const noteNumber = (orderId: string): StoreCommand => ({ type: 'noteNumber', orderId, number: 0 });

test('numbers begin at 1 and have no gap; an order that asks again hears its own (N1)', () => {
  const bench = new Bench();
  expect(['a', 'b', 'a'].map((order) => bench.do(takeNumber(order), 1))).toEqual([number(1), number(2), number(1)]);
  expect(bench.do({ type: 'read' }, 1)).toEqual({ type: 'store', nextNumber: 3, onTheirWay: 2 });
});

test('a question that was long on its way, after the number was noted, hears that number and takes none', () => {
  const bench = new Bench();
  bench.do(takeNumber('a'), 1);
  bench.do(noteNumber('a'), 2);
  expect(bench.do(takeNumber('a'), 1 + storeLimits.notedKeepMs)).toEqual(number(1));
  expect(bench.do(takeNumber('b'), 1 + storeLimits.notedKeepMs)).toEqual(number(2));
  expect(bench.do(noteNumber('a'), 3)).toEqual({ type: 'noted' }); // again: nothing
});

test('noted numbers are forgotten in time: memory follows what is on its way', () => {
  const bench = new Bench();
  for (let n = 0; n < 100; n++) {
    bench.do(takeNumber(`o${n}`), n * 60_000);
    bench.do(noteNumber(`o${n}`), n * 60_000 + 1);
  }
  expect(bench.state.numbers.size).toBeLessThan(20);
  expect(bench.state.nextNumber).toBe(101);
});

test('too many numbers on their way: ask again', () => {
  const bench = new Bench();
  for (let n = 0; n < storeLimits.onTheirWayMax; n++)
    apply(bench.state, { type: 'numberTaken', orderId: `o${n}`, number: n + 1 }, 1, noUndo);
  expect(decide(bench.state, takeNumber('new'), 1)).toMatchObject({ refusal: { code: 'numbers_full' } });
  expect(decide(bench.state, takeNumber('o0'), 1)).toMatchObject({ reply: number(1) });
  apply(bench.state, { type: 'numberNoted', orderId: 'o0' }, 1, noUndo);
  expect(decide(bench.state, takeNumber('new'), 1)).toMatchObject({ reply: number(storeLimits.onTheirWayMax + 1) });
});

test('any asking and noting, repeated, late and in any order: one number for each order, none left out', () => {
  const command = fc.record({ isTake: fc.boolean(), order: fc.nat(8), passMs: fc.constantFrom(0, 1, 20_000) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const bench = new Bench();
      const heard = new Map<string, number>();
      let at = 1;
      for (const { isTake, order, passMs } of commands) {
        at = Math.min(at + passMs, storeLimits.notedKeepMs - 1);
        const orderId = `o${order}`;
        if (!isTake && !heard.has(orderId)) continue; // an order notes only what it heard
        const said = bench.do(isTake ? takeNumber(orderId) : noteNumber(orderId), at);
        if (!isTake) continue;
        const { number: its } = said as { number: number };
        expect(heard.get(orderId) ?? its).toBe(its);
        heard.set(orderId, its);
      }
      expect([...heard.values()].sort((a, b) => a - b)).toEqual(Array.from(heard, (_, n) => n + 1));
    }),
  );
});
