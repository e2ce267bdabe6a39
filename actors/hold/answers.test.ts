/** What parts answer, in every order, late and twice; and what whoever waits is told. */
import { expect, test } from 'vitest';
import { holdDefinition } from './index.ts';
import {
  answer,
  answerAll,
  buyer,
  deadline,
  holdId,
  HoldUnderTest,
  insufficient,
  nameOf,
  pending,
  refuse,
  retake,
  said,
  stages,
  startedAt,
  store,
  take,
  ttlMs,
  type Stage,
} from './kit.fixture.ts';

const ids = (hold: HoldUnderTest): string[] =>
  pending(hold.state)
    .map(({ id }) => id)
    .sort();
const paused = { code: 'sku_paused' };

// --- what is owed ---------------------------------------------------------------------------------------------

test('each stage owes its parts exactly this', () => {
  const owed: Readonly<Record<Stage, readonly string[]>> = {
    none: [],
    asking: ['take:1/1/A', 'take:1/1/B'],
    refusing: ['release:1/1/A', 'release:1/1/B'],
    refused: [],
    held: [],
    heldOverdue: [],
    changing: ['take:2/1/A'],
    changeRefusing: ['release:2/1/A'],
    changeRefused: [],
    surplus: ['release:1/1/B', 'shrink:1/1/A=1'],
    changed: [],
    committing: ['commit:1/1/A', 'commit:1/1/B'],
    committingSurplus: ['release:1/1/B', 'shrink:1/1/A=1'],
    committed: [],
    releasing: ['release:1/1/A', 'release:1/1/B'],
    abandoning: ['release:1/1/A', 'release:1/1/B'],
    abandoned: [],
    released: [],
    expiring: ['release:1/1/A', 'release:1/1/B'],
    expired: [],
  };
  for (const stage of Object.keys(stages) as Stage[]) expect([stage, ids(stages[stage]())]).toEqual([stage, owed[stage]]);
});

test('a take says all a SKU needs to know, and when it is too late', () => {
  const [effect] = pending(stages.asking().state);
  expect(effect).toEqual({
    id: 'take:1/1/A',
    to: { kind: 'stock', store, id: 'A' },
    notAfter: startedAt + 30_000,
    command: {
      type: 'takePart',
      holdId,
      generation: 1,
      attempt: 1,
      buyer,
      quantity: 2,
      nearness: [{ location: 'main', rank: 0 }],
      checkAt: startedAt + ttlMs + 10_000,
      notAfter: startedAt + 30_000,
    },
  });
});

test('a release is never too late, and says until when its take might still come', () => {
  const [effect] = pending(stages.refusing().state);
  expect(effect).toMatchObject({
    notAfter: null,
    command: { type: 'releasePart', holdId, generation: 1, attempt: 1, notAfter: startedAt + 30_000 },
  });
});

test('the same debt is the same effect, also after the hold was loaded from its rows', () => {
  const hold = stages.asking();
  expect(pending(hold.load(startedAt))).toEqual(pending(hold.state));
});

test('every status has a deadline, or owes a part something, or is final', () => {
  for (const stage of Object.keys(stages) as Stage[]) {
    const { state } = stages[stage]();
    const final = ['none', 'refused', 'committed', 'released', 'expired'].includes(state.status);
    expect([stage, deadline(state) !== null || pending(state).length > 0]).toEqual([stage, !final]);
  }
});

// --- all or none ------------------------------------------------------------------------------------------------

test('the last part taken makes the hold held and answers the take with where its units are', () => {
  const hold = new HoldUnderTest();
  hold.send(take(), startedAt);
  expect(
    said(
      hold.send(
        answer('take', { sku: 'B', generation: 1, attempt: 1 }, { ok: true, allocations: [{ location: 'north', quantity: 3 }] }),
        startedAt,
      ),
    ),
  ).toBe('noted [partTaken]');
  const last = hold.send(
    answer(
      'take',
      { sku: 'A', generation: 1, attempt: 1 },
      {
        ok: true,
        allocations: [
          { location: 'main', quantity: 1 },
          { location: 'north', quantity: 1 },
        ],
      },
    ),
    startedAt,
  );
  expect(said(last)).toBe('noted [partTaken held] {c1: held/1}');
  const reply = {
    type: 'multiHold',
    holdId,
    status: 'held',
    lines: [
      { sku: 'A', quantity: 2 },
      { sku: 'B', quantity: 3 },
    ],
    buyer,
    generation: 1,
    expiresAt: startedAt + ttlMs,
    allocations: [
      {
        sku: 'A',
        locations: [
          { location: 'main', quantity: 1 },
          { location: 'north', quantity: 1 },
        ],
      },
      { sku: 'B', locations: [{ location: 'north', quantity: 3 }] },
    ],
  };
  expect(last).toMatchObject({ settled: [{ ticket: 'c1', outcome: { reply } }] });
  expect(hold.send(take(), startedAt + 1)).toEqual({ kind: 'repeated', reply });
});

test('a refused line is answered only when every part asked for is released, also the refused one', () => {
  const hold = new HoldUnderTest();
  hold.send(take(), startedAt);
  answerAll(hold, startedAt, ['A']);
  expect(said(refuse(hold, 'B', startedAt))).toBe('noted [partRefused]');
  expect(ids(hold)).toEqual(['release:1/1/A', 'release:1/1/B']);
  const [first, last] = answerAll(hold, startedAt);
  expect(said(first!)).toBe('noted [partReleased]');
  expect(said(last!)).toBe('noted [partReleased refused] {c1: line_refused B insufficient_stock} {release:1/1: hold_ended refused}');
  expect(last).toMatchObject({ settled: [{ outcome: { refusal: { cause: insufficient } } }, {}] });
});

test('of several refusals the one of the first line is told, whoever was quicker', () => {
  const hold = new HoldUnderTest();
  hold.send(take(), startedAt);
  refuse(hold, 'B', startedAt);
  expect(said(hold.send(answer('take', { sku: 'A', generation: 1, attempt: 1 }, { ok: false, refusal: paused }), startedAt))).toBe(
    'noted [partRefused]',
  );
  expect(said(answerAll(hold, startedAt).at(-1)!)).toContain('{c1: line_refused A sku_paused}');
});

test('a take that came after its own release is no reason', () => {
  const hold = stages.refusing();
  expect(
    said(hold.send(answer('take', { sku: 'A', generation: 1, attempt: 1 }, { ok: false, refusal: { code: 'too_late' } }), startedAt)),
  ).toBe('noted');
  expect(said(answerAll(hold, startedAt).at(-1)!)).toContain('{c1: line_refused B insufficient_stock}');
});

test('a part taken after the refusal is released like all others', () => {
  const hold = stages.refusing();
  expect(
    said(
      hold.send(
        answer('take', { sku: 'A', generation: 1, attempt: 1 }, { ok: true, allocations: [{ location: 'main', quantity: 2 }] }),
        startedAt,
      ),
    ),
  ).toBe('noted');
  expect(ids(hold)).toContain('release:1/1/A');
});

test('parts that do not answer in time refuse the hold as too late', () => {
  const hold = new HoldUnderTest();
  hold.send(take(), startedAt);
  answerAll(hold, startedAt, ['A']);
  expect(deadline(hold.state)).toBe(startedAt + 30_000);
  expect(said(hold.send({ type: 'tick' }, startedAt + 29_999))).toBe('noted');
  expect(said(hold.send({ type: 'tick' }, startedAt + 30_000))).toBe('noted [partRefused]');
  expect(said(answerAll(hold, startedAt + 30_001).at(-1)!)).toContain('{c1: line_refused B too_late}');
});

test('an answer that comes too late counts as none, also before the tick', () => {
  const hold = stages.asking();
  const [last] = answerAll(hold, startedAt + 30_000, ['A']);
  expect(said(last!)).toBe('noted [partRefused]');
  expect(hold.state.refusal).toMatchObject({ sku: 'A', cause: { code: 'too_late' } });
});

// --- late, twice, older, unknown ------------------------------------------------------------------------------------

test('answers that nobody waits for any more change nothing', () => {
  for (const stage of Object.keys(stages) as Stage[]) {
    const hold = stages[stage]();
    const owed = new Set(ids(hold));
    for (const step of ['take', 'release', 'shrink', 'commit'] as const) {
      for (const sku of ['A', 'B', 'C']) {
        for (const [generation, attempt] of [
          [1, 1],
          [1, 2],
          [2, 1],
          [0, 0],
        ] as const) {
          const shrink = step === 'shrink' ? { quantity: 7 } : {};
          if (owed.has(`${step}:${generation}/${attempt}/${sku}`)) continue;
          const outcome = { ok: true, allocations: [{ location: 'main', quantity: 1 }] } as const;
          expect([stage, step, sku, said(hold.send(answer(step, { sku, generation, attempt, ...shrink }, outcome), startedAt))]).toEqual([
            stage,
            step,
            sku,
            'noted',
          ]);
        }
      }
    }
  }
});

test('an answer of an older attempt is not taken for one of this attempt', () => {
  const hold = stages.refused();
  hold.send(take(), startedAt);
  expect(said(hold.send(answer('take', { sku: 'A', generation: 1, attempt: 1 }, { ok: true, allocations: [] }), startedAt))).toBe('noted');
  expect(said(hold.send(answer('take', { sku: 'A', generation: 1, attempt: 1 }, { ok: false, refusal: paused }), startedAt))).toBe('noted');
  expect(ids(hold)).toEqual(['take:1/2/A', 'take:1/2/B']);
});

test('a part that says no where nothing can be refused is asked again for ever', () => {
  for (const [stage, step] of [
    ['committing', 'commit'],
    ['releasing', 'release'],
  ] as const) {
    const hold = stages[stage]();
    const owed = ids(hold);
    expect(said(hold.send(answer(step, nameOf(hold, 'A'), { ok: false, refusal: { code: 'hold_unknown' } }), startedAt))).toBe('noted');
    expect(ids(hold)).toEqual(owed);
  }
});

test('nobody ever asked about this hold: a part of it is to be released, and nothing is written', () => {
  const hold = new HoldUnderTest();
  expect(hold.send({ type: 'askHold', holdId, sku: 'A', generation: 1, attempt: 1 }, startedAt)).toEqual({
    kind: 'accepted',
    events: [],
    reply: { type: 'verdict', verdict: { kind: 'release' } },
  });
});

test('a part of an older attempt, of another generation or of a SKU not in the hold is to be released', () => {
  const hold = stages.refused();
  hold.send(take(), startedAt);
  answerAll(hold, startedAt);
  for (const name of [
    { sku: 'A', generation: 1, attempt: 1 },
    { sku: 'A', generation: 2, attempt: 1 },
    { sku: 'C', generation: 1, attempt: 2 },
  ]) {
    expect(said(hold.send({ type: 'askHold', holdId, ...name }, startedAt))).toBe('verdict release');
  }
  expect(said(hold.send({ type: 'askHold', holdId, sku: 'A', generation: 1, attempt: 2 }, startedAt))).toBe('verdict keep');
});

test('a part that asks is told to ask again after the expiry as it is now', () => {
  const hold = stages.held();
  hold.send({ type: 'extend', commandId: 'e1', fingerprint: 'g1', buyer, ttlMs: 600_000 }, startedAt + 10);
  expect(hold.send({ type: 'askHold', holdId, ...nameOf(hold, 'A') }, startedAt + 70_000)).toMatchObject({
    reply: { verdict: { kind: 'keep', checkAt: startedAt + 10 + 600_000 + 10_000 } },
  });
});

// --- ends -----------------------------------------------------------------------------------------------------------

test('commit, release and expiry end when the last part has answered', () => {
  const ends = (stage: Stage): string => said(answerAll(stages[stage](), startedAt + ttlMs).at(-1)!);
  expect(ends('committing')).toBe('noted [partCommitted committed] {commit:1: committed/1} {release:1/1: already_committed}');
  expect(ends('releasing')).toBe('noted [partReleased released] {release:1/1: released/1}');
  expect(ends('abandoning')).toBe('noted [partReleased released] {c1: hold_ended released} {release:1/1: released/1}');
  expect(ends('expiring')).toBe('noted [partReleased expired]');
});

test('a commit one millisecond before expiry wins, one at expiry loses', () => {
  expect(said(stages.held().send({ type: 'commit', buyer }, startedAt + ttlMs - 1))).toBe('waiting commit:1 [committing]');
  expect(said(stages.held().send({ type: 'commit', buyer }, startedAt + ttlMs))).toBe('refused hold_ended expired');
});

test('once committing no time passes that could end the hold', () => {
  const hold = stages.committing();
  expect(deadline(hold.state)).toBeNull();
  expect(said(hold.send({ type: 'tick' }, startedAt + 10 * ttlMs))).toBe('noted');
  expect(said(hold.send({ type: 'askHold', holdId, ...nameOf(hold, 'A') }, startedAt + 10 * ttlMs))).toBe('verdict commit');
});

test('after a release the same lines can be taken anew by the next generation', () => {
  const hold = stages.released();
  expect(said(hold.send(retake([{ sku: 'A', quantity: 1 }]), startedAt + 10))).toBe('waiting c2 [asked]');
  expect(ids(hold)).toEqual(['take:2/1/A']);
  answerAll(hold, startedAt + 11);
  expect(said(hold.send(take(), startedAt + 12))).toBe('repeated held/1');
  expect(said(hold.send(retake([{ sku: 'A', quantity: 1 }]), startedAt + 12))).toBe('repeated held/2');
});

// --- a thousand lines -------------------------------------------------------------------------------------------------

test('a hold of a thousand lines takes a thousand small decisions', () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => ({ sku: `SKU-${index}`, quantity: 1 + (index % 3) }));
  const hold = new HoldUnderTest({ checked: false });
  hold.send(take({ lines }), startedAt);
  const effects = pending(hold.state);
  expect(effects).toHaveLength(1_000);
  const decisions = effects.map((effect) => {
    const { quantity } = effect.command as unknown as { readonly quantity: number };
    expect(pending(hold.state).includes(effect)).toBe(true); // kept, not built again
    return hold.send(
      holdDefinition.answered(effect, { reply: { type: 'part', status: 'taken', allocations: [{ location: 'main', quantity }] } }),
      startedAt,
    );
  });
  expect(decisions.filter((decision) => 'settled' in decision)).toHaveLength(1);
  expect(hold.state.status).toBe('held');
  expect(holdDefinition.broken(hold.state)).toEqual([]);
});
