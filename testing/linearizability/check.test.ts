import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkLinearizable, type Model, type Operation } from './check.ts';
import { type StockInput, stockModel, type StockOutput } from './stock-model.ts';

type StockOperation = Operation<StockInput, StockOutput>;

const done: StockOutput = { kind: 'done' };
const none: StockOutput = { kind: 'insufficient', available: 0 };

function op(calledAt: number, returnedAt: number, input: StockInput, output: StockOutput | undefined): StockOperation {
  return { input, output, calledAt, returnedAt };
}

const receive = (quantity: number): StockInput => ({ kind: 'receive', quantity });
const hold = (holdId: string): StockInput => ({ kind: 'hold', holdId, quantity: 1 });
const release = (holdId: string): StockInput => ({ kind: 'release', holdId });
const commit = (holdId: string): StockInput => ({ kind: 'commit', holdId });

const histories: readonly (readonly [string, boolean, readonly StockOperation[]])[] = [
  ['one unit for one buyer', true, [op(0, 1, receive(1), done), op(2, 3, hold('a'), done), op(4, 5, hold('b'), none)]],
  ['one unit for two buyers', false, [op(0, 1, receive(1), done), op(2, 5, hold('a'), done), op(2, 5, hold('b'), done)]],
  ['sold out before there was nothing', false, [op(0, 1, receive(1), done), op(2, 3, hold('b'), none), op(4, 5, hold('a'), done)]],
  ['a refusal beside a hold that overlaps it', true, [op(0, 1, receive(1), done), op(2, 9, hold('a'), done), op(3, 4, hold('b'), none)]],
  [
    'a unit that came back',
    true,
    [op(0, 1, receive(1), done), op(2, 3, hold('a'), done), op(4, 5, release('a'), done), op(6, 7, hold('b'), done)],
  ],
  [
    'a unit held again before it came back',
    false,
    [op(0, 1, receive(1), done), op(2, 3, hold('a'), done), op(4, 5, hold('b'), done), op(6, 7, release('a'), done)],
  ],
  [
    'released and committed both',
    false,
    [op(0, 1, receive(1), done), op(2, 3, hold('a'), done), op(4, 5, release('a'), done), op(4, 5, commit('a'), done)],
  ],
  ['a repeat hears the same', true, [op(0, 1, receive(1), done), op(2, 3, hold('a'), done), op(4, 5, hold('a'), done)]],
  [
    'a hold nobody heard of may have happened',
    true,
    [op(0, 1, receive(1), done), op(2, 99, hold('a'), undefined), op(4, 5, hold('b'), none)],
  ],
  [
    'a hold nobody heard of may not have happened',
    true,
    [op(0, 1, receive(1), done), op(2, 99, hold('a'), undefined), op(4, 5, hold('b'), done)],
  ],
  ['but not before it was asked for', false, [op(0, 1, receive(1), done), op(4, 5, hold('b'), none), op(6, 99, hold('a'), undefined)]],
];

for (const [name, isLinearizable, history] of histories) {
  test(`${name} is ${isLinearizable ? '' : 'not '}linearizable`, () => {
    expect(checkLinearizable(stockModel, history).kind).toBe(isLinearizable ? 'linearizable' : 'not_linearizable');
  });
}

/** A register: small enough to try every order. */
const register: Model<number, number | null, number> = {
  initial: () => 0,
  step: (state, input, output) => (input !== null ? input : output === undefined || output === state ? state : null),
  key: String,
};

function bruteForce(
  operations: readonly Operation<number | null, number>[],
  state = 0,
  left = operations.map((_, index) => index),
): boolean {
  if (left.every((index) => operations[index]!.output === undefined)) return true;
  const firstReturn = Math.min(
    ...left.map((index) => (operations[index]!.output === undefined ? Infinity : operations[index]!.returnedAt)),
  );
  return left.some((index) => {
    const { input, output, calledAt } = operations[index]!;
    if (calledAt > firstReturn) return false;
    const after = register.step(state, input, output);
    return (
      after !== null &&
      bruteForce(
        operations,
        after,
        left.filter((other) => other !== index),
      )
    );
  });
}

test('on small histories it says what trying every order says (property)', () => {
  const operation = fc.record({
    input: fc.option(fc.integer({ min: 1, max: 3 }), { nil: null }),
    output: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    calledAt: fc.nat(12),
    lasts: fc.nat(6),
  });
  let refused = 0;
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6 }), (drawn) => {
      const history = drawn.map(({ input, output, calledAt, lasts }) => ({ input, output, calledAt, returnedAt: calledAt + lasts }));
      const expected = bruteForce(history);
      if (!expected) refused++;
      expect(checkLinearizable(register, history).kind).toBe(expected ? 'linearizable' : 'not_linearizable');
    }),
    { numRuns: 2_000, seed: 1 },
  );
  expect(refused).toBeGreaterThan(100);
});

/** `wide` buyers at once; answers as a sequential shop gives them somewhere between call and return. */
function longHistory(count: number, wide: number): StockOperation[] {
  const history: StockOperation[] = [op(0, 1, receive(20), done)];
  for (let index = 0; index < count; index++) {
    const at = 10 + index * 10;
    const group = Math.floor(index / 20) % 2;
    const id = `h${index - (group === 1 ? 20 : 0)}`;
    history.push(op(at - (index % wide) * 4, at + 4 * (wide - (index % wide)), group === 0 ? hold(id) : release(id), done));
  }
  return history;
}

test('two thousand operations, five at once, are decided in seconds; a wrong one among them is found', { timeout: 60_000 }, () => {
  const history = longHistory(2_000, 5);
  expect(checkLinearizable(stockModel, history).kind).toBe('linearizable');
  const wrong = [...history, op(1e6, 1e6 + 1, hold('late'), none)];
  expect(checkLinearizable(stockModel, wrong).kind).toBe('not_linearizable');
});

test('when its steps are used up it says that it does not know', () => {
  expect(checkLinearizable(stockModel, longHistory(1_000, 5), 50)).toEqual({ kind: 'undecided', steps: 50 });
});
