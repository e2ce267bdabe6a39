/** Whether one order explains what buyers were told: a witness for yes, a proof for no, and no claim between. */
import { describe, expect, it } from 'vitest';
import { oneOrder } from './one-order.ts';
import type { Observation } from './observations.ts';

const opening = { sku: 'a', stock: 1 };
const at = (frame: number): string => `life.0.1.${frame}.0`;

function held(holdId: string, sentAtMs: number, answeredAtMs: number, position: string | null): Observation {
  return { kind: 'holdAcknowledged', buyer: 0, key: holdId, holdId, quantity: 1, expiresAtMs: 100_000, sentAtMs, answeredAtMs, position };
}

function refused(sentAtMs: number, answeredAtMs: number, unitsHeld: number, position: string | null): Observation {
  return { kind: 'holdRefused', buyer: 1, key: 'k', final: false, available: 0, held: unitsHeld, sentAtMs, answeredAtMs, position };
}

function ended(what: 'release' | 'commit', holdId: string, sentAtMs: number, answeredAtMs: number, position: string | null): Observation[] {
  return [
    { kind: `${what}Sent`, buyer: 0, holdId, sentAtMs },
    { kind: `${what}Acknowledged`, buyer: 0, holdId, answeredAtMs, position },
  ];
}

const honest = [held('h1', 0, 10, at(2)), refused(5, 12, 1, at(2)), ...ended('release', 'h1', 20, 21, at(3)), held('h2', 19, 30, at(4))];

describe('one order of all answers', () => {
  it('is found where positions show it', () => {
    expect(oneOrder(opening, [...honest, ...ended('commit', 'h2', 31, 32, at(5)), refused(40, 41, 0, at(5))], 1)).toBe('yes');
  });

  it('is found where the first answer to a hold was lost and the second stands later', () => {
    expect(oneOrder(opening, [refused(5, 12, 1, at(2)), held('h1', 0, 40, at(7))], 1)).toBe('yes');
  });

  it('is found where a hold has ended unseen', () => {
    expect(oneOrder(opening, [held('h1', 0, 10, at(2)), held('h2', 100_001, 100_002, at(4))], 1)).toBe('yes');
  });

  it('does not exist where a unit is refused after everything had come back', () => {
    expect(oneOrder(opening, [...honest.slice(0, -1), refused(30, 31, 1, at(3))], 1)).toBe('no');
  });

  it('does not exist where more units were promised at one moment than there were', () => {
    expect(oneOrder(opening, honest, 2)).toBe('no');
  });

  it('is not claimed against the times of asking and answering, whatever positions say', () => {
    const lie = [
      held('h1', 0, 10, at(4)),
      ...ended('release', 'h1', 20, 21, at(5)),
      held('h2', 12, 15, at(2)),
      ...ended('release', 'h2', 30, 31, at(3)),
    ];
    expect(oneOrder(opening, lie, 1)).toBe('undecided');
  });

  it('is not looked for any longer than allowed, and what is proven without looking is said all the same', () => {
    let atMs = 0;
    const slow = (): number => (atMs += 5_001);
    expect(oneOrder(opening, honest, 1, slow)).toBe('undecided');
    expect(oneOrder(opening, honest, 2, slow)).toBe('no');
  });

  it.each([
    ['answers without positions', [held('h1', 0, 10, null)]],
    ['an answer nobody understood', [...honest, { kind: 'answerUnexpected', buyer: 0, route: 'r', status: 500, code: 'c' } as const]],
    ['a hold that nobody was told of in time', [...honest, { kind: 'holdEndedUnseen', buyer: 0, key: 'k' } as const]],
  ])('is left undecided with %s', (_, observations) => {
    expect(oneOrder(opening, observations, 1)).toBe('undecided');
  });
});
