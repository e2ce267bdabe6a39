/** A live hold becomes the next generation of itself: what grew is asked for, then one switch, then the surplus goes back. */
import { expect, test } from 'vitest';
import { firstUnits } from './change.ts';
import { holdDefinition, type HoldLine } from './index.ts';
import {
  answer,
  answerAll,
  buyer,
  holdId,
  HoldUnderTest,
  nameOf,
  pending,
  refuse,
  retake,
  said,
  stages,
  startedAt,
  take,
  ttlMs,
} from './kit.fixture.ts';

const ids = (hold: HoldUnderTest): string[] =>
  pending(hold.state)
    .map(({ id }) => id)
    .sort();
const at = startedAt + 1_000;

/** Held: A 2, B 3. */
function changedTo(lines: readonly HoldLine[], commandId = 'c2'): HoldUnderTest {
  const hold = stages.held();
  hold.send(retake(lines, { commandId }), at);
  return hold;
}

test('only the difference is asked for, and the hold stays as it is meanwhile', () => {
  const hold = changedTo([
    { sku: 'A', quantity: 5 },
    { sku: 'C', quantity: 1 },
    { sku: 'B', quantity: 3 },
  ]);
  expect(pending(hold.state).map(({ id, command }) => [id, (command as unknown as { readonly quantity: number }).quantity])).toEqual([
    ['take:2/1/A', 3],
    ['take:2/1/C', 1],
  ]);
  expect(hold.send({ type: 'read', buyer }, at)).toMatchObject({
    reply: {
      status: 'held',
      generation: 1,
      lines: [
        { sku: 'A', quantity: 2 },
        { sku: 'B', quantity: 3 },
      ],
    },
  });
});

test('the switch is one event that answers the change; then the surplus is given back', () => {
  const hold = changedTo([
    { sku: 'A', quantity: 5 },
    { sku: 'B', quantity: 1 },
  ]);
  const [last] = answerAll(hold, at + 1);
  expect(said(last!)).toBe('noted [partTaken switched] {c2: held/2}');
  expect(last).toMatchObject({
    settled: [
      {
        outcome: {
          reply: {
            expiresAt: at + ttlMs,
            allocations: [
              { sku: 'A', locations: [{ location: 'main', quantity: 5 }] },
              { sku: 'B', locations: [{ location: 'main', quantity: 1 }] },
            ],
          },
        },
      },
    ],
  });
  expect(ids(hold)).toEqual(['shrink:1/1/B=1']);
  answerAll(hold, at + 2);
  expect(hold.state).toMatchObject({ status: 'held', generation: 2 });
  expect(pending(hold.state)).toEqual([]);
});

test('what a SKU no longer needs goes newest first', () => {
  const hold = changedTo([
    { sku: 'A', quantity: 5 },
    { sku: 'B', quantity: 3 },
  ]);
  answerAll(hold, at + 1);
  hold.send(
    retake(
      [
        { sku: 'A', quantity: 1 },
        { sku: 'B', quantity: 3 },
      ],
      { commandId: 'c3', fingerprint: 'f3' },
    ),
    at + 2,
  );
  expect(ids(hold)).toEqual(['release:2/1/A', 'shrink:1/1/A=1']);
});

test('a change that needs nothing new is answered at once', () => {
  const hold = stages.held();
  expect(said(hold.send(retake([{ sku: 'B', quantity: 3 }]), at))).toBe('held/2 [changeAsked switched]');
  expect(ids(hold)).toEqual(['release:1/1/A']);
});

test('a refused change leaves the hold untouched, and is answered when its own parts are released', () => {
  const hold = changedTo([
    { sku: 'A', quantity: 5 },
    { sku: 'C', quantity: 1 },
  ]);
  answerAll(hold, at, ['A']);
  refuse(hold, 'C', at);
  expect(ids(hold)).toEqual(['release:2/1/A', 'release:2/1/C']);
  expect(said(answerAll(hold, at).at(-1)!)).toBe('noted [partReleased changeRefused] {c2: line_refused C insufficient_stock}');
  expect(hold.send({ type: 'read', buyer }, at)).toMatchObject({ reply: { status: 'held', generation: 1, expiresAt: startedAt + ttlMs } });
  hold.send(retake([{ sku: 'A', quantity: 5 }]), at);
  expect(ids(hold)).toEqual(['take:2/2/A']);
});

test('a change that is not taken in time is refused, not the hold', () => {
  const hold = changedTo([{ sku: 'A', quantity: 5 }]);
  expect(holdDefinition.deadline(hold.state)).toBe(at + 30_000);
  expect(said(hold.send({ type: 'tick' }, at + 30_000))).toBe('noted [partRefused]');
  expect(said(answerAll(hold, at + 30_000).at(-1)!)).toBe('noted [partReleased changeRefused] {c2: line_refused A too_late}');
  expect(hold.state.status).toBe('held');
});

test('a change cannot outlast the hold it changes', () => {
  const hold = stages.held();
  hold.send(retake([{ sku: 'A', quantity: 5 }]), startedAt + ttlMs - 10);
  expect(holdDefinition.deadline(hold.state)).toBe(startedAt + ttlMs);
  expect(said(hold.send({ type: 'tick' }, startedAt + ttlMs))).toBe('noted [expiring]');
  expect(ids(hold)).toEqual(['release:1/1/A', 'release:1/1/B', 'release:2/1/A']);
  expect(said(answerAll(hold, startedAt + ttlMs).at(-1)!)).toBe('noted [partReleased expired] {c2: hold_ended expired}');
});

test('a release ends hold and change together, and tells whoever waits for either', () => {
  const hold = stages.changing();
  hold.send({ type: 'release', buyer }, at);
  expect(said(answerAll(hold, at).at(-1)!)).toBe('noted [partReleased released] {c2: hold_ended released} {release:1/1: released/1}');
});

test('a part still to shrink is committed after it has shrunk, and not before', () => {
  const hold = stages.committingSurplus();
  expect(ids(hold)).toEqual(['release:1/1/B', 'shrink:1/1/A=1']);
  expect(said(hold.send({ type: 'askHold', holdId, ...nameOf(hold, 'A') }, at))).toBe('verdict keep');
  answerAll(hold, at);
  expect(ids(hold)).toEqual(['commit:1/1/A']);
  expect(said(answerAll(hold, at).at(-1)!)).toBe(
    'noted [partCommitted committed] {commit:2: committed/2} {release:2/1: already_committed}',
  );
});

test('a late answer of an older shrink is not taken for the newer one', () => {
  const hold = stages.held();
  hold.send(retake([{ sku: 'B', quantity: 2 }]), at);
  answerAll(hold, at);
  hold.send(retake([{ sku: 'B', quantity: 1 }], { commandId: 'c3' }), at);
  expect(said(hold.send(answer('shrink', { sku: 'B', generation: 1, attempt: 1, quantity: 2 }), at))).toBe('noted');
  expect(said(hold.send(answer('shrink', { sku: 'B', generation: 1, attempt: 1, quantity: 1 }), at))).toBe('noted [partShrunk]');
});

test('parts of the change are kept while it is asked for, and released once it is refused', () => {
  const name = { sku: 'A', generation: 2, attempt: 1 };
  expect(stages.changing().send({ type: 'askHold', holdId, ...name }, at)).toMatchObject({
    reply: { verdict: { kind: 'keep', checkAt: startedAt + ttlMs + 10_000 } },
  });
  expect(said(stages.changing().send({ type: 'askHold', holdId, ...name }, startedAt + 30_000))).toBe('verdict release');
  expect(said(stages.changeRefusing().send({ type: 'askHold', holdId, ...name }, at))).toBe('verdict release');
  expect(said(stages.surplus().send({ type: 'askHold', holdId, sku: 'B', generation: 1, attempt: 1 }, at))).toBe('verdict release');
});

test('earlier generations are still repeated as they were answered', () => {
  const hold = stages.changed();
  expect(hold.send(take(), at)).toMatchObject({
    kind: 'repeated',
    reply: {
      generation: 1,
      lines: [
        { sku: 'A', quantity: 2 },
        { sku: 'B', quantity: 3 },
      ],
      expiresAt: startedAt + ttlMs,
    },
  });
  expect(said(hold.send(take({ fingerprint: 'other' }), at))).toBe('refused idempotency_key_reused');
});

test('a one-line hold is absorbed once, also when its line grows', () => {
  const absorbed = (hold: HoldUnderTest): unknown[] =>
    pending(hold.state).map(({ command }) => (command as unknown as { readonly absorbs?: string }).absorbs);
  const hold = new HoldUnderTest();
  hold.send(take({ lines: [{ sku: 'A', quantity: 2, absorbs: 'hold_9' }] }), startedAt);
  expect(absorbed(hold)).toEqual(['hold_9']);
  answerAll(hold, startedAt);
  hold.send(retake([{ sku: 'A', quantity: 3, absorbs: 'hold_9' }]), at);
  expect(absorbed(hold)).toEqual([undefined]);
});

test('a shrunk part keeps its first units in the order of its allocations', () => {
  const allocations = [
    { location: 'a', quantity: 2 },
    { location: 'b', quantity: 3 },
  ];
  expect(firstUnits(allocations, 1)).toEqual([{ location: 'a', quantity: 1 }]);
  expect(firstUnits(allocations, 2)).toEqual([{ location: 'a', quantity: 2 }]);
  expect(firstUnits(allocations, 4)).toEqual([
    { location: 'a', quantity: 2 },
    { location: 'b', quantity: 2 },
  ]);
  expect(firstUnits(allocations, 5)).toEqual(allocations);
});

test('a switch that would lose units stops the hold instead', () => {
  const hold = stages.changing();
  expect(() => holdDefinition.apply(hold.state, { type: 'switched' }, at, { record() {} })).toThrow(/only when all it asked for is taken/);
});
