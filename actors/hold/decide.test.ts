/**
 * Every command at a hold in every stage: rows of answer → stages. `kit.fixture.ts` says what the stages are.
 * Each cell also proves that apply can be undone, that rows load as the state, and that the laws hold.
 */
import { describe, expect, test } from 'vitest';
import type { HoldCommand, HoldLine, MultiHoldStatus } from './index.ts';
import {
  buyer,
  extend,
  holdId,
  HoldUnderTest,
  lineSaid,
  lookedAt,
  nameOf,
  retake,
  said,
  stages,
  stagesOf,
  startedAt,
  take,
  twoLines,
  unitsAndUses,
  type Stage,
} from './kit.fixture.ts';

interface Ledger {
  readonly command: (hold: HoldUnderTest, lines: readonly HoldLine[]) => HoldCommand;
  /** What is said, and in which stages; `rest`: in all others. */
  readonly answers: Readonly<Record<string, string>>;
}

const stageNames = Object.keys(stages) as Stage[];

const ledgers: Readonly<Record<string, Ledger>> = {
  'take again': {
    command: (_hold, lines) => take({ lines }),
    answers: {
      'waiting c1 [asked]': 'none refused',
      'waiting c1': 'asking refusing abandoning',
      'refused hold_ended released': 'abandoned',
      'repeated held/1': 'rest',
    },
  },
  'take again, asked for once': {
    command: (_hold, lines) => take({ lines, once: true }),
    answers: {
      'waiting c1 [asked]': 'none',
      'refused line_refused second insufficient_stock': 'refused',
      'waiting c1': 'asking refusing abandoning',
      'refused hold_ended released': 'abandoned',
      'repeated held/1': 'rest',
    },
  },
  'take with another body under the same key': {
    command: (_hold, lines) => take({ lines, fingerprint: 'other' }),
    answers: { 'waiting c1 [asked]': 'none', 'refused idempotency_key_reused': 'rest' },
  },
  'take under another key, which cannot be of this hold': {
    command: (_hold, lines) => take({ lines, commandId: 'other' }),
    answers: { 'waiting other [asked]': 'none', 'refused idempotency_key_reused': 'rest' },
  },
  'retake with more of A and without B': {
    command: () => retake([{ sku: 'A', quantity: 5 }]),
    answers: {
      'waiting c2 [asked]': 'none refused abandoned released expired',
      'waiting c2 [changeAsked]': 'held changeRefused',
      'waiting c2': 'changing changeRefusing',
      'repeated held/2': 'surplus changed committingSurplus',
      'refused already_committed': 'committing committed',
      'refused hold_busy': 'rest',
    },
  },
  'retake with another body under the same key': {
    command: () => retake([{ sku: 'A', quantity: 5 }], { fingerprint: 'other' }),
    answers: {
      'refused idempotency_key_reused': 'changing changeRefusing surplus changed committingSurplus',
      'waiting c2 [asked]': 'none refused abandoned released expired',
      'waiting c2 [changeAsked]': 'held changeRefused',
      'refused already_committed': 'committing committed',
      'refused hold_busy': 'rest',
    },
  },
  'retake with less of A and without B': {
    command: () => retake([{ sku: 'A', quantity: 1 }], { commandId: 'c3' }),
    answers: {
      'waiting c3 [asked]': 'none refused abandoned released expired',
      'held/2 [changeAsked switched]': 'held changeRefused',
      'held/3 [changeAsked switched]': 'changed',
      'refused already_committed': 'committing committingSurplus committed',
      'refused hold_busy': 'rest',
    },
  },
  extend: {
    command: () => extend(),
    answers: {
      'refused hold_unknown': 'none',
      'refused already_committed': 'committing committingSurplus committed',
      'refused hold_ended refused': 'refused',
      'refused hold_ended releasing': 'releasing abandoning',
      'refused hold_ended released': 'abandoned released',
      'refused hold_ended expiring': 'expiring',
      'refused hold_ended expired': 'heldOverdue expired',
      'refused hold_busy': 'asking refusing changing changeRefusing',
      'held/1 [extended]': 'held changeRefused',
      'held/2 [extended]': 'surplus changed',
    },
  },
  commit: {
    command: () => ({ type: 'commit', buyer }),
    answers: {
      'refused hold_unknown': 'none',
      'refused hold_ended refused': 'refused',
      'refused hold_ended releasing': 'releasing abandoning',
      'refused hold_ended released': 'abandoned released',
      'refused hold_ended expiring': 'expiring',
      'refused hold_ended expired': 'heldOverdue expired',
      'refused hold_busy': 'asking refusing changing changeRefusing',
      'waiting commit:1 [committing]': 'held changeRefused',
      'waiting commit:2 [committing]': 'surplus changed',
      'waiting commit:1': 'committing',
      'waiting commit:2': 'committingSurplus',
      'repeated committed/1': 'committed',
    },
  },
  release: {
    command: () => ({ type: 'release', buyer }),
    answers: {
      'refused hold_unknown': 'none',
      'refused already_committed': 'committed',
      'refused hold_ended refused': 'refused',
      'refused hold_ended expiring': 'expiring',
      'refused hold_ended expired': 'heldOverdue expired',
      'waiting release:1/1 [releasing]': 'asking held changing changeRefusing changeRefused',
      'waiting release:2/1 [releasing]': 'surplus changed',
      'waiting release:1/1': 'refusing releasing abandoning committing',
      'waiting release:2/1': 'committingSurplus',
      'repeated released/1': 'abandoned released',
    },
  },
  read: {
    command: () => ({ type: 'read', buyer: null }),
    answers: {
      'refused hold_unknown': 'none',
      'asking/1': 'asking refusing',
      'refused/1': 'refused',
      'held/1': 'held changing changeRefusing changeRefused',
      'held/2': 'surplus changed',
      'committing/1': 'committing',
      'committing/2': 'committingSurplus',
      'committed/1': 'committed',
      'releasing/1': 'releasing abandoning',
      'released/1': 'abandoned released',
      'expiring/1': 'expiring',
      'expired/1': 'heldOverdue expired',
    },
  },
  tick: {
    command: () => ({ type: 'tick' }),
    answers: { 'noted [expiring]': 'heldOverdue', noted: 'rest' },
  },
  'anything by another buyer': {
    command: () => ({ type: 'release', buyer: 'other' }),
    answers: { 'refused hold_unknown': 'none', 'refused hold_foreign': 'rest' },
  },
  'the newest part of A asks what became of the hold': {
    command: (hold) => ({
      type: 'askHold',
      holdId,
      ...nameOf(hold, 'A'),
    }),
    answers: {
      'verdict keep': 'asking held changing changeRefused surplus changed committingSurplus',
      'verdict commit': 'committing committed',
      'verdict release': 'rest',
    },
  },
  'the second line asks what became of the hold': {
    command: (hold, lines) => ({ type: 'askHold', holdId, ...nameOf(hold, lines[1]!) }),
    answers: {
      'verdict keep': 'asking held changing changeRefusing changeRefused',
      'verdict commit': 'committing committed',
      'verdict release': 'rest',
    },
  },
};

function expectedIn(stage: Stage, answers: Ledger['answers']): string | undefined {
  const named = Object.entries(answers).find(([, where]) => where.split(' ').includes(stage));
  return named?.[0] ?? Object.entries(answers).find(([, where]) => where === 'rest')?.[0];
}

describe.each([
  ['two SKUs', twoLines],
  ['an SKU and a code of the same text', unitsAndUses],
])('a hold of %s', (_what, lines) => {
  const stagesHere = stagesOf(lines);
  for (const [name, { command, answers }] of Object.entries(ledgers)) {
    test(`${name}: every stage has its answer`, () => {
      const second = lineSaid(lines[1]!);
      const expected = stageNames.map((stage) => [stage, expectedIn(stage, answers)?.replace('second', second)]);
      const actual = stageNames.map((stage) => {
        const hold = stagesHere[stage]();
        return [stage, said(hold.send(command(hold, lines), lookedAt(stage)))];
      });
      expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
    });
  }
});

test('the stages cover every status, also the one nobody sees', () => {
  const all: Readonly<Record<MultiHoldStatus | 'none' | 'refusing', true>> = {
    none: true,
    asking: true,
    refusing: true,
    refused: true,
    held: true,
    committing: true,
    committed: true,
    releasing: true,
    released: true,
    expiring: true,
    expired: true,
  };
  expect(new Set(stageNames.map((stage) => stages[stage]().state.status))).toEqual(new Set(Object.keys(all)));
});

test('every refusal is said by some decision', () => {
  const said = new Set<string>(['hold_life_exceeded', 'repeats_full', 'line_refused']); // these three: see below and answers.test.ts
  for (const { answers } of Object.values(ledgers))
    for (const answer of Object.keys(answers)) if (answer.startsWith('refused ')) said.add(answer.split(' ')[1]!);
  const all: Readonly<Record<Extract<ReturnType<HoldUnderTest['send']>, { kind: 'refused' }>['refusal']['code'], true>> = {
    idempotency_key_reused: true,
    hold_unknown: true,
    hold_foreign: true,
    already_committed: true,
    hold_ended: true,
    hold_busy: true,
    hold_life_exceeded: true,
    line_refused: true,
    repeats_full: true,
  };
  expect(said).toEqual(new Set(Object.keys(all)));
});

// --- extending -----------------------------------------------------------------------------------------------

test('an extension moves the expiry, says so, and is repeated as first answered', () => {
  const hold = stages.held();
  const first = hold.send(extend(), startedAt + 10);
  expect(first).toMatchObject({ kind: 'accepted', reply: { status: 'held', expiresAt: startedAt + 10 + 120_000 } });
  hold.send(extend({ commandId: 'e2', ttlMs: 300_000 }), startedAt + 20);
  expect(hold.send(extend(), startedAt + 30)).toMatchObject({ kind: 'repeated', reply: { expiresAt: startedAt + 10 + 120_000 } });
  expect(said(hold.send(extend({ fingerprint: 'other' }), startedAt + 30))).toBe('refused idempotency_key_reused');
  expect(hold.state.expiresAt).toBe(startedAt + 20 + 300_000);
});

test('an extension never shortens a hold', () => {
  const hold = stages.held();
  expect(hold.send(extend({ ttlMs: 5_000 }), startedAt + 10)).toMatchObject({ reply: { expiresAt: startedAt + 60_000 } });
});

test('the repeat of a take tells the expiry of the first answer, whatever was extended since', () => {
  const hold = stages.held();
  hold.send(extend(), startedAt + 10);
  expect(hold.send(take(), startedAt + 20)).toMatchObject({ kind: 'repeated', reply: { expiresAt: startedAt + 60_000, status: 'held' } });
});

test('a hold lives four hours at most over all extensions', () => {
  const hold = stages.held();
  const hourMs = 3_600_000;
  for (let hour = 0; hour < 4; hour++) {
    const at = startedAt + 30_000 + hour * (hourMs - 60_000);
    const decision = hold.send(extend({ commandId: `e${hour}`, ttlMs: hourMs }), at);
    expect(decision.kind).toBe('accepted');
  }
  const decision = hold.send(extend({ commandId: 'last', ttlMs: hourMs }), startedAt + 4 * hourMs - 300_000);
  expect(decision).toMatchObject({ kind: 'refused', refusal: { code: 'hold_life_exceeded', expiresAtMax: startedAt + 4 * hourMs } });
});

test('a memory full of recent answers refuses new ones and takes them again a minute later', () => {
  const hold = stages.held();
  for (let index = 0; index < 100; index++) hold.send(extend({ commandId: `e${index}` }), startedAt + 1_000 + index);
  expect(hold.send(extend({ commandId: 'more' }), startedAt + 2_000)).toEqual({
    kind: 'refused',
    refusal: { code: 'repeats_full', retryAfterMs: 59_000 },
  });
  expect(said(hold.send(retake(twoLines), startedAt + 2_000))).toBe('refused repeats_full');
  expect(said(hold.send(extend({ commandId: 'e0' }), startedAt + 2_000))).toBe('repeated held/1');
  expect(said(hold.send(extend({ commandId: 'more' }), startedAt + 61_000))).toBe('held/1 [extended]');
  expect(hold.state.outcomes).toHaveLength(100);
});

// --- who may -----------------------------------------------------------------------------------------------------

test("the merchant's key may release any buyer's hold, a buyer not the merchant's", () => {
  expect(said(stages.held().send({ type: 'release', buyer: null }, startedAt))).toBe('waiting release:1/1 [releasing]');
  const hold = new HoldUnderTest();
  hold.send(take({ buyer: null }), startedAt);
  expect(said(hold.send({ type: 'release', buyer }, startedAt))).toBe('refused hold_foreign');
});

// --- asking ------------------------------------------------------------------------------------------------------

test('a refused hold asks again as its next attempt, with new expiry and new parts', () => {
  const hold = stages.refused();
  hold.send(take(), startedAt + 5_000);
  expect(hold.state).toMatchObject({ status: 'asking', generation: 1, attempt: 2, expiresAt: startedAt + 65_000 });
  expect([...hold.state.parts.keys()]).toEqual(['1/2/A', '1/2/B']);
});

test('lines of one SKU are one demand, and the answer shows the lines as sent', () => {
  const hold = new HoldUnderTest();
  const lines = [
    { sku: 'A', quantity: 1 },
    { sku: 'B', quantity: 1 },
    { sku: 'A', quantity: 2, absorbs: 'hold_9' },
  ];
  hold.send(take({ lines }), startedAt);
  const [part] = hold.state.parts.values();
  expect(part).toMatchObject({ sku: 'A', quantity: 3, absorbs: 'hold_9' });
  expect(hold.state.owed.size).toBe(2);
  expect(hold.send({ type: 'read', buyer }, startedAt)).toMatchObject({ reply: { lines } });
});

test('a short hold is asked for no longer than it would live', () => {
  const hold = new HoldUnderTest();
  hold.send(take({ ttlMs: 5_000 }), startedAt);
  expect(hold.state.notAfter).toBe(startedAt + 5_000);
});
