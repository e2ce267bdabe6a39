/** Answers that come when the hold is about to end: nothing is paid for that may be gone before it is committed. */
import { expect, test } from 'vitest';
import { orderDefinition } from './index.ts';
import { said } from './kit.fixture.ts';
import { orderLimits } from './limits.ts';
import { stages } from './stages.fixture.ts';
import { settle } from './world.fixture.ts';

const untilGivenUpMs = orderLimits.holdTtlMs - orderLimits.commitMarginMs;

test.each([
  ['a moment before the time is over is paid', -1, 'noted [payment.created]'],
  ['when the time is over is never paid', 0, 'noted [payment.created order.refused]'],
])('an intent that is there %s', (_, byMs, expected) => {
  const { order, world, at } = stages.intent();
  const created = order.debt('createIntent');
  const answer = orderDefinition.answered(created, world.ask(created, at));
  expect(said(order.send(answer, at + untilGivenUpMs + byMs))).toBe(expected);
});

test('what was never paid is voided, and its units go back', () => {
  const { order, world, at } = stages.intent();
  const created = order.debt('createIntent');
  const late = at + untilGivenUpMs;
  order.send(orderDefinition.answered(created, world.ask(created, at)), late);
  settle(order, world, late);
  expect([...world.intents.values()].map(({ status }) => status)).toEqual(['voided']);
  expect([...world.holds.values()].map(({ status }) => status)).toEqual(['released']);
  expect(order.state.stage).toBe('failed');
});
