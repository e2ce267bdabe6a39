/** The judge against planted lies: an honest story is clean, and every lie shows in the count that is about it. */
import { describe, expect, it } from 'vitest';
import { audit, peakOfCertainUnits } from './audit.ts';
import { readStories } from './hold-stories.ts';
import type { BookHold, BookLevel, Books, Observation } from './observations.ts';

const opening = { sku: 'a', stock: 3 };

/** Three units, four buyers: two buy, one lets go, one is refused for good after the others have ended. */
const honest: readonly Observation[] = [
  held(0, 'h0', 100, 110),
  held(1, 'h1', 100, 111),
  held(2, 'h2', 100, 112),
  { kind: 'holdRefused', buyer: 3, key: 'k3', final: false, sentAtMs: 100, answeredAtMs: 113 },
  ...committed(0, 'h0', 120),
  ...committed(1, 'h1', 121),
  { kind: 'releaseSent', buyer: 2, holdId: 'h2', sentAtMs: 122 },
  { kind: 'releaseAcknowledged', buyer: 2, holdId: 'h2', answeredAtMs: 123 },
  held(3, 'h3', 130, 131),
  ...committed(3, 'h3', 140),
  left(0, true),
  left(1, true),
  { kind: 'left', buyer: 2, cameToBuy: false, hadUnit: true, bought: false },
  left(3, true),
];

function held(buyer: number, holdId: string, sentAtMs: number, answeredAtMs: number): Observation {
  return { kind: 'holdAcknowledged', buyer, key: `k${holdId}`, holdId, quantity: 1, expiresAtMs: 1_000_000, sentAtMs, answeredAtMs };
}

function committed(buyer: number, holdId: string, sentAtMs: number): Observation[] {
  return [
    { kind: 'commitSent', buyer, holdId, sentAtMs },
    { kind: 'commitAcknowledged', buyer, holdId, answeredAtMs: sentAtMs + 1 },
  ];
}

function left(buyer: number, bought: boolean): Observation {
  return { kind: 'left', buyer, cameToBuy: true, hadUnit: bought, bought };
}

function level(change: Partial<BookLevel> = {}): BookLevel {
  return { location: 'main', onHand: 3, available: 0, held: 0, committed: 3, allotted: 0, damaged: 0, safetyStock: 0, ...change };
}

function books(levels: Partial<BookLevel> = {}, holds: Readonly<Record<string, BookHold | null>> = {}, more: Partial<Books> = {}): Books {
  const all: Record<string, BookHold | null> = {
    h0: kept('committed'),
    h1: kept('committed'),
    h2: kept('released'),
    h3: kept('committed'),
    ...holds,
  };
  const known = Object.entries(all).flatMap(([holdId, hold]): [string, BookHold][] => (hold === null ? [] : [[holdId, hold]]));
  return { levels: [level(levels)], movements: [{ kind: 'received', location: 'main', delta: 3 }], holds: new Map(known), ...more };
}

function kept(status: string, quantity = 1): BookHold {
  return { status, quantity };
}

describe('the judge', () => {
  it('finds nothing wrong with an honest sale', () => {
    expect(audit(opening, honest, books())).toEqual({
      sold: 3,
      refused: 1,
      demand: 3,
      oversold: 0,
      undersold: 0,
      lostAcknowledged: 0,
      duplicated: 0,
      holdsLeaked: 0,
      linearizable: 'undecided',
      differences: [],
      clean: true,
    });
  });

  it.each([
    ['more units committed than there were', { onHand: 3, committed: 4, available: -1 }],
    ['available below zero', { available: -1, committed: 3, held: 1 }],
  ])('calls %s oversold', (_, levels) => {
    expect(audit(opening, honest, books(levels))).toMatchObject({ oversold: 1, clean: false });
  });

  it('calls more acknowledged sales than units oversold, whatever the books say', () => {
    const lie = [...honest, held(4, 'h4', 141, 142), ...committed(4, 'h4', 143), left(4, true)];
    expect(audit(opening, lie, books({}, { h4: kept('committed') })).oversold).toBe(1);
  });

  it('calls one unit promised to two buyers at one moment oversold, although only one was sold', () => {
    const lie = [held(5, 'h5', 100, 112), { kind: 'releaseSent', buyer: 5, holdId: 'h5', sentAtMs: 119 } as const, ...honest];
    expect(audit(opening, lie, books({}, { h5: kept('released') })).oversold).toBe(1);
  });

  it('calls a unit left over while a buyer went away empty undersold', () => {
    const lie = honest.filter((observation) => observation.buyer !== 3).concat(left(3, false));
    expect(audit(opening, lie, books({ committed: 2, available: 1 }, { h3: null }))).toMatchObject({ undersold: 1, clean: false });
  });

  it('does not call units left over undersold when everybody has had one', () => {
    const story = honest.filter((observation) => observation.buyer !== 3);
    expect(audit(opening, story, books({ committed: 2, available: 1 }, { h3: null }))).toMatchObject({ undersold: 0, clean: true });
  });

  it.each([
    ['a commit whose hold the books call released', {}, { h1: kept('released') }, {}],
    ['a hold the books do not know', {}, { h1: null }, {}],
    ['a release whose hold the books still call held', {}, { h2: kept('held') }, {}],
    ['fewer committed units than were acknowledged', { committed: 2, available: 1 }, {}, {}],
    ['stock that was received and is not there', {}, {}, { movements: [{ kind: 'received', location: 'main', delta: 2 }] }],
  ])('calls %s lost', (_, levels, holds, more) => {
    expect(audit(opening, honest, books(levels, holds, more))).toMatchObject({ lostAcknowledged: 1, clean: false });
  });

  it('calls two holds of one key duplicated', () => {
    const lie: Observation[] = [
      ...honest,
      { kind: 'holdAcknowledged', buyer: 0, key: 'kh0', holdId: 'other', quantity: 1, expiresAtMs: 1, sentAtMs: 1, answeredAtMs: 2 },
    ];
    expect(audit(opening, lie, books({}, { other: kept('expired') }))).toMatchObject({ duplicated: 1, clean: false });
  });

  it('calls units committed that nobody asked for duplicated', () => {
    const story = honest.filter(
      (observation) => !(observation.buyer === 1 && (observation.kind === 'commitSent' || observation.kind === 'commitAcknowledged')),
    );
    expect(audit(opening, story, books({}, { h1: kept('expired') })).duplicated).toBe(1);
  });

  it('calls a receipt counted twice, and a hold of another size, duplicated', () => {
    const twice = [
      { kind: 'received', location: 'main', delta: 3 },
      { kind: 'received', location: 'main', delta: 3 },
    ];
    expect(audit(opening, honest, books({ onHand: 6, available: 3 }, {}, { movements: twice })).duplicated).toBe(1);
    expect(audit(opening, honest, books({}, { h0: kept('committed', 2) })).duplicated).toBe(1);
  });

  it.each([
    ['units held', { held: 1, committed: 2 }, {}],
    ['a hold still called held', {}, { h2: kept('held') }],
  ])('calls %s in the end leaked', (_, levels, holds) => {
    expect(audit(opening, honest, books(levels, holds))).toMatchObject({ holdsLeaked: 1, clean: false });
  });

  it('puts into words: broken conservation, movements that do not add up, a broken "final", an answer nobody expects', () => {
    const broken = audit(opening, honest, books({ available: 1 })).differences;
    expect(broken.join()).toContain('its parts add up to 4');
    const moved = audit(
      opening,
      honest,
      books(
        {},
        {},
        {
          movements: [
            { kind: 'received', location: 'main', delta: 3 },
            { kind: 'adjusted', location: 'main', delta: 2 },
          ],
        },
      ),
    ).differences;
    expect(moved.join()).toContain('its movements add up to 5');
    const final: Observation = { kind: 'holdRefused', buyer: 9, key: 'k9', final: true, sentAtMs: 114, answeredAtMs: 115 };
    expect(audit(opening, [...honest, final], books()).differences.join()).toContain('none can come back');
    const strange: Observation = { kind: 'answerUnexpected', buyer: 9, route: 'POST /v1/holds', status: 418, code: 'teapot' };
    expect(audit(opening, [...honest, strange, strange], books()).differences).toEqual(['POST /v1/holds answered 418 teapot (2 times)']);
  });

  it('puts into words a sale that sold less than it could', () => {
    expect(
      audit(
        { sku: 'a', stock: 4 },
        honest,
        books({ onHand: 4, available: 1 }, {}, { movements: [{ kind: 'received', location: 'main', delta: 4 }] }),
      ).differences,
    ).toEqual([]);
    expect(
      audit(
        opening,
        [...honest.slice(0, -1), left(3, true), left(7, true), left(8, true)],
        books({ committed: 2, available: 1 }),
      ).differences.join(),
    ).toContain('2 units sold');
  });
});

describe('the most units promised at one moment', () => {
  const story = (acknowledgedAtMs: number, releaseSentAtMs: number, expiresAtMs = 1e9, quantity = 1) =>
    ({
      holdId: 'h',
      quantity,
      expiresAtMs,
      acknowledgedAtMs,
      releaseSentAtMs,
      releaseAcknowledged: false,
      commitSent: false,
      commitAcknowledged: false,
    }) as const;

  it.each([
    ['holds one after the other', [story(0, 10), story(10, 20)], 1],
    ['holds that overlap', [story(0, 11), story(10, 20)], 2],
    ['a hold is counted until its expiry, less what clocks may differ', [story(0, Infinity, 5_000), story(3_500, Infinity)], 1],
    ['units, not holds', [story(0, 9, 1e9, 5)], 5],
  ])('%s', (_, stories, peak) => {
    expect(peakOfCertainUnits(stories)).toBe(peak);
  });

  it('starts at the earliest acknowledgement of a hold that was asked for twice', () => {
    const [first] = readStories([held(0, 'h', 100, 150), held(0, 'h', 100, 120)]).holds;
    expect(first?.acknowledgedAtMs).toBe(120);
  });
});
