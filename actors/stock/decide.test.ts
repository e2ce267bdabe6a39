/**
 * What the actor answers, as ledgers of commands and outcomes. The stories stand in `stories/`; here they
 * are played, and it is checked that they leave out no command and no refusal.
 */
import { describe, expect, test } from 'vitest';
import { holdLimits } from '../kernel/index.ts';
import type { StockCommand, StockRefusal } from './commands.ts';
import { stockDefinition } from './index.ts';
import { configure, extend, hold, id, perform, play, receive, release, second, story } from './kit.fixture.ts';
import type { Story } from './kit.fixture.ts';
import type { Line } from './state.ts';
import { countStories } from './stories/counts.fixture.ts';
import { holdStories } from './stories/holds.fixture.ts';
import { partStories } from './stories/parts.fixture.ts';
import { saleStories } from './stories/sales.fixture.ts';

const fullStories = [
  story(
    'one line remembers a bounded number of extensions',
    [1, receive(1), 'stock.received'],
    [2, hold('h1', 1, { ttlMs: 5_000 }), 'stock.held'],
    ...Array.from({ length: 64 }, (_, index) => [3, extend('h1', 5_001 + index), 'stock.extended'] as const),
    [4, extend('h1', 70_000, { commandId: 'late' }), 'refused repeats_full', { retryAfterMs: 59_000 }],
    [4, extend('h1', 4_000), 'nothing'],
    [4, release('h1'), 'stock.released +stock.replenished'],
  ),
];

const groups: Readonly<Record<string, readonly Story[]>> = {
  counts: countStories,
  holds: holdStories,
  parts: partStories,
  sales: saleStories,
  full: fullStories,
};

for (const [name, stories] of Object.entries(groups)) {
  describe(name, () => {
    for (const { title, steps } of stories) test(title, () => void play(steps));
  });
}

const commandTypes: Readonly<Record<StockCommand['type'], true>> = {
  receive: true,
  adjust: true,
  set: true,
  transfer: true,
  return: true,
  expect: true,
  configure: true,
  pause: true,
  resume: true,
  hold: true,
  extend: true,
  release: true,
  commit: true,
  fulfil: true,
  uncommit: true,
  allot: true,
  takeBack: true,
  takePart: true,
  releasePart: true,
  shrinkPart: true,
  commitPart: true,
  partVerdict: true,
  tick: true,
  read: true,
  readHold: true,
};

const refusalCodes: Readonly<Record<StockRefusal['code'], true>> = {
  idempotency_key_reused: true,
  too_late: true,
  sku_unknown: true,
  hold_unknown: true,
  hold_foreign: true,
  version_conflict: true,
  location_unknown: true,
  quantity_invalid: true,
  sku_paused: true,
  hold_ended: true,
  already_committed: true,
  hold_life_exceeded: true,
  buyer_cap_exceeded: true,
  level_too_large: true,
  sale_unknown: true,
  insufficient_stock: true,
  insufficient_committed: true,
  repeats_full: true,
};

describe('the stories together', () => {
  const steps = Object.values(groups)
    .flat()
    .flatMap((one) => one.steps);

  test('play every command', () => {
    const played = new Set(steps.map(([, what]) => (what === 'levels' ? what : what.type)));
    expect(Object.keys(commandTypes).filter((type) => !played.has(type as StockCommand['type']))).toEqual([]);
  });

  test('meet every refusal', () => {
    const met = new Set(steps.map(([, , outcome]) => outcome));
    expect(Object.keys(refusalCodes).filter((code) => !met.has(`refused ${code}`))).toEqual([]);
  });
});

test('a full memory refuses new work but ends old work, and lets the horizon of ended holds shrink to a minute, no further', () => {
  const state = play([
    [1, receive(5), 'stock.received'],
    [2, hold('h1', 1), 'stock.held'],
    [2, hold('h2', 1), 'stock.held'],
    [3, release('h2'), 'stock.released'],
  ]);
  const decide = (command: StockCommand, seconds: number) => {
    const decision = stockDefinition.decide(state, command, seconds * second);
    return decision.kind === 'refused' ? decision.refusal : decision.kind;
  };
  // as many remembered lines as there may be; all the same one, since only their number matters
  const { lines } = state.holds!;
  const filler: Line = { ...lines.get('h1')!, allocations: [], quantity: 0, status: 'released', endedAt: 3 * second, forgetAt: 1e15 };
  while (lines.size + state.outcomes!.byCommand.size < holdLimits.repeatsMax) lines.set(`filler-${lines.size}`, filler);

  expect(decide(hold('new', 1), 4)).toMatchObject({ code: 'repeats_full' });
  expect(decide(receive(1), 4)).toMatchObject({ code: 'repeats_full' });
  expect(decide(hold('h1', 1), 4)).toBe('repeated');
  expect(decide(release('h1'), 4)).toBe('accepted');
  expect(decide({ type: 'commit', holdId: 'h1', buyer: null }, 4)).toBe('accepted');
  expect(decide({ type: 'tick' }, 400)).toBe('accepted');

  expect(decide(hold('new', 1), 62)).toEqual({ code: 'repeats_full', retryAfterMs: 1_000 });
  const decision = stockDefinition.decide(state, hold('new', 1), 63 * second);
  if (decision.kind !== 'accepted') throw new Error('there is room for it now');
  expect(lines.has('h2')).toBe(true);
  for (const event of decision.events) stockDefinition.apply(state, event, 63 * second, { record() {} });
  expect(lines.has('h2')).toBe(false);
  expect(lines.has('new')).toBe(true);
});

test('backorders stay within what a level may hold', () => {
  const state = play([
    [1, receive(1), 'stock.received'],
    [1, configure({ policy: 'continue' }), 'stock.configured'],
  ]);
  for (let index = 0; index < 1_000; index += 1) {
    const decision = stockDefinition.decide(state, hold(`h${index}`, 1_000_000), second);
    if (decision.kind !== 'accepted') throw new Error('within the limit');
    for (const event of decision.events) stockDefinition.apply(state, event, second, { record() {} });
  }
  expect(stockDefinition.decide(state, hold('new', 1), second)).toMatchObject({ refusal: { code: 'level_too_large' } });
});

describe('a tick', () => {
  test('ends a bounded number of holds per decision, and the next one follows at once', () => {
    const state = stockDefinition.initial(id);
    const count = holdLimits.endingsPerTickMax + 20;
    perform(state, receive(count), 0);
    for (let index = 0; index < count; index += 1) {
      const decision = stockDefinition.decide(state, hold(`h${index}`, 1), index);
      if (decision.kind !== 'accepted') throw new Error('there is enough');
      for (const event of decision.events) stockDefinition.apply(state, event, index, { record() {} });
    }
    expect(stockDefinition.deadline(state)).toBe(60_000);
    expect(perform(state, { type: 'tick' }, 70_000).outcome.split(' ').length).toBe(holdLimits.endingsPerTickMax + 1);
    expect(stockDefinition.deadline(state)).toBe(60_000 + holdLimits.endingsPerTickMax);
    expect(perform(state, { type: 'tick' }, 70_000).outcome.split(' ').length).toBe(20);
    expect(stockDefinition.deadline(state)).toBeNull();
  });
});
