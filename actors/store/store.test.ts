import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actorId, noUndo, type Rows } from '../kernel/index.ts';
import { storeDefinition, type StoreCommand } from './index.ts';
import { storeLimits, type StoreState } from './state.ts';

const id = actorId('store', 's', 's');
const { initial, decide, apply, rows, load, canonical, broken } = storeDefinition;

interface Turn {
  readonly state: StoreState;
  readonly said: unknown;
}

function take(state: StoreState, command: StoreCommand): Turn {
  const decision = decide(state, command, 1);
  const events = decision.kind === 'accepted' ? decision.events : [];
  const next = events.reduce((before, event) => apply(before, event, 1, noUndo), state);
  const said = decision.kind === 'refused' ? decision.refusal.code : decision.kind === 'waiting' ? 'waiting' : decision.reply;
  return { state: next, said };
}

const number = (n: number) => ({ type: 'number', number: n });

test('numbers begin at 1 and have no gap; an order that asks again hears its own (N1)', () => {
  const one = take(initial(id), { type: 'takeNumber', orderId: 'a' });
  const two = take(one.state, { type: 'takeNumber', orderId: 'b' });
  const again = take(two.state, { type: 'takeNumber', orderId: 'a' });
  expect([one.said, two.said, again.said]).toEqual([number(1), number(2), number(1)]);
  expect(again.state).toBe(two.state);
  expect(take(again.state, { type: 'read' }).said).toEqual({ type: 'store', nextNumber: 3, onTheirWay: 2 });
});

test('a number that was written down is forgotten here, and noting it again is nothing (N2)', () => {
  const taken = take(initial(id), { type: 'takeNumber', orderId: 'a' }).state;
  const noted = take(taken, { type: 'noteNumber', orderId: 'a', number: 1 });
  expect(noted.state.onTheirWay).toEqual([]);
  const again = take(noted.state, { type: 'noteNumber', orderId: 'a', number: 1 });
  expect([again.said, again.state]).toEqual([{ type: 'noted' }, noted.state]);
});

test('too many numbers on their way: ask again', () => {
  const onTheirWay = Array.from({ length: storeLimits.onTheirWayMax }, (_, n) => ({ orderId: `o${n}`, number: n + 1 }));
  const full: StoreState = { id, version: 1, nextNumber: storeLimits.onTheirWayMax + 1, onTheirWay };
  expect(take(full, { type: 'takeNumber', orderId: 'new' }).said).toBe('numbers_full');
  expect(take(full, { type: 'takeNumber', orderId: 'o0' }).said).toEqual(number(1));
});

test('any asking and noting, repeated and in any order: one number for each order, none left out, nothing broken, rows = fold (K5)', () => {
  const command = fc.record({ type: fc.constantFrom('takeNumber', 'noteNumber'), order: fc.nat(8) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      let state = initial(id);
      const numbers = new Map<string, number>();
      const noted = new Set<string>();
      for (const { type, order } of commands) {
        const orderId = `o${order}`;
        // an order notes only what it heard, and asks no more once it noted it
        if (type === 'takeNumber' ? noted.has(orderId) : !numbers.has(orderId)) continue;
        const turn =
          type === 'takeNumber'
            ? take(state, { type, orderId })
            : take(state, { type: 'noteNumber', orderId, number: numbers.get(orderId)! });
        if (type === 'takeNumber') {
          const heard = (turn.said as { number: number }).number;
          expect(numbers.get(orderId) ?? heard).toBe(heard);
          numbers.set(orderId, heard);
        } else noted.add(orderId);
        state = turn.state;
        expect(broken(state)).toEqual([]);
      }
      expect([...numbers.values()].sort((a, b) => a - b)).toEqual(Array.from(numbers, (_, n) => n + 1));
      const changes = rows(id, [{ event: { type: 'numberNoted', orderId: '' }, version: state.version, at: 1 }], state);
      const stored: Rows = { store_counters: changes.map(({ row }) => row) };
      if (state.version > 0) expect(canonical(load(id, stored, 1), 1)).toEqual(canonical(state, 1));
    }),
  );
});
