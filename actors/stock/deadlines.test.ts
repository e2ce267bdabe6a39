/** Questions the actor owes, and what it makes of their answers. */
import { describe, expect, test } from 'vitest';
import { actorId } from '../kernel/index.ts';
import type { EffectOutcome } from '../kernel/index.ts';
import { stockDefinition as stock } from './index.ts';
import { hold, key, play, receive, takePart, tick, verdict } from './kit.fixture.ts';

function asking() {
  return play([
    [1, receive(5), 'stock.received'],
    [2, takePart('M/1/2', 1), 'part.taken'],
    [2, takePart('hold_with/slash/1/1', 1, key('N')), 'part.taken'],
    [70, tick, 'part.asked part.asked'],
  ]);
}

describe('a part past its check', () => {
  test('is a question to its hold, the same one until it is answered', () => {
    const state = asking();
    const [first, ...others] = stock.pending(state);
    expect(first).toEqual({
      id: 'askHold:M/1/2',
      to: actorId('hold', 'store', 'M'),
      command: { type: 'askHold', sku: 'TEA-1', holdId: 'M', generation: 1, attempt: 2 },
      notAfter: null,
    });
    expect(others).toHaveLength(1);
    expect(stock.pending(state)).toEqual([first, ...others]);
    expect(stock.deadline(state)).toBeNull();
    play([[71, verdict('M/1/2', 90_000), 'part.kept']], state);
    expect(stock.pending(state)).toEqual(others);
    expect(stock.deadline(state)).toBe(90_000);
  });

  const rows: readonly [string, EffectOutcome, unknown][] = [
    [
      'the verdict of its hold',
      { reply: { type: 'verdict', verdict: { kind: 'commit' } } },
      { type: 'partVerdict', ...key('M/1/2'), verdict: { kind: 'commit' } },
    ],
    [
      'a release, when nobody knows the hold',
      { refusal: { code: 'hold_unknown' } },
      { type: 'partVerdict', ...key('M/1/2'), verdict: { kind: 'release' } },
    ],
    ['nothing, when the refusal is no answer', { refusal: { code: 'hold_busy' } }, { type: 'tick' }],
    ['nothing, when the reply is not a verdict', { reply: { type: 'noted' } }, { type: 'tick' }],
    ['nothing, when there is no reply at all', { reply: null }, { type: 'tick' }],
  ];
  test.each(rows)('makes of an answer %s', (_what, outcome, command) => {
    expect(stock.answered(stock.pending(asking())[0]!, outcome)).toEqual(command);
  });
});

test('the deadline of a hundred thousand holds is told, and moved, without looking at each', () => {
  const state = stock.initial(actorId('stock', 'store', 'TEA-1'));
  const perform = (command: Parameters<typeof stock.decide>[1], at: number) => {
    const decision = stock.decide(state, command, at);
    if (decision.kind !== 'accepted') throw new Error(`${command.type} was ${decision.kind}`);
    for (const event of decision.events) stock.apply(state, event, at, { record() {} });
  };
  perform(receive(100_000), 0);
  for (let index = 0; index < 100_000; index += 1) perform(hold(`h${index}`, 1), index);
  for (let index = 0; index < 50_000; index += 1) {
    if (stock.deadline(state) !== 60_000 + index) throw new Error(`after ${index} commits the deadline is ${stock.deadline(state)}`);
    perform({ type: 'commit', holdId: `h${index}`, buyer: null }, 50_000);
  }
  expect(stock.deadline(state)).toBe(110_000);
});
