/** The small things every actor stands on. */
import { describe, expect, test } from 'vitest';
import { assert, BrokenInvariant, holdLimits, isQuantity, noUndo, quantityMax, toIso, UndoLog, unreachable } from './index.ts';

describe('an undo log', () => {
  test('takes inverses back newest first, down to a mark', () => {
    const undo = new UndoLog();
    const order: string[] = [];
    undo.record(() => order.push('first'));
    const mark = undo.length;
    undo.record(() => order.push('second'));
    undo.record(() => order.push('third'));
    undo.rollBack(mark);
    expect(order).toEqual(['third', 'second']);
    expect(undo.length).toBe(mark);
    undo.rollBack();
    undo.rollBack();
    expect(order).toEqual(['third', 'second', 'first']);
  });

  test('of a fold that never rolls back keeps nothing', () => {
    expect(noUndo.record(() => undefined)).toBeUndefined();
  });
});

describe('an assertion', () => {
  test('says what is broken', () => {
    expect(() => assert(false, 'held is never negative')).toThrow(new BrokenInvariant('held is never negative'));
    expect(() => assert(true, 'fine')).not.toThrow();
  });

  test('catches a case that the types did not foresee', () => {
    expect(() => unreachable({ type: 'new' } as never)).toThrow('unexpected value {"type":"new"}');
  });
});

describe('a quantity', () => {
  test.each([1, quantityMax])('may be %j', (value) => expect(isQuantity(value)).toBe(true));
  test.each([0, -1, 1.5, quantityMax + 1, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('may not be %j', (value) =>
    expect(isQuantity(value)).toBe(false),
  );
});

test('an instant is told in UTC', () => {
  expect(toIso(0)).toBe('1970-01-01T00:00:00.000Z');
});

describe('the limits of holds', () => {
  test('fit each other', () => {
    expect(holdLimits.holdTtlMinMs).toBeLessThanOrEqual(holdLimits.holdTtlDefaultMs);
    expect(holdLimits.holdTtlDefaultMs).toBeLessThanOrEqual(holdLimits.holdTtlMaxMs);
    expect(holdLimits.holdTtlMaxMs).toBeLessThanOrEqual(holdLimits.holdLifeMaxMs);
    expect(holdLimits.holdRepeatHorizonMinMs).toBeLessThanOrEqual(holdLimits.holdRepeatHorizonMs);
    expect(holdLimits.partTakeWithinMs + holdLimits.tombstoneSkewMs).toBeLessThan(holdLimits.holdRepeatHorizonMinMs);
  });
});
