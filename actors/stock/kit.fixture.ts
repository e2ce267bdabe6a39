/**
 * For tests: commands in few words, and a ledger that plays stories of steps against one SKU.
 *
 * Each step is `[seconds, command, what comes of it, details?]`, or `[seconds, 'levels', text]`. After
 * every step the laws are checked, and every accepted decision is applied, undone and applied again.
 */
import { expect } from 'vitest';
import { actorId, UndoLog } from '../kernel/index.ts';
import type { Instant } from '../kernel/index.ts';
import type { Nearness, PartKey, StockCommand, StockSettings } from './commands.ts';
import { stockDefinition } from './index.ts';
import type { StockState } from './state.ts';
import { availableOf } from './levels.ts';

type Of<Type extends StockCommand['type']> = Extract<StockCommand, { type: Type }>;
type More<Type extends StockCommand['type']> = Partial<Omit<Of<Type>, 'type'>>;

export const second = 1_000;
export const sku = 'TEA-1';
export const id = actorId('stock', 'store', sku);

let serial = 0;
/** A command id of its own for every command that does not name one. */
function once(): { readonly commandId: string; readonly fingerprint: string } {
  serial += 1;
  return { commandId: `command-${serial}`, fingerprint: 'body' };
}

const nowhere: readonly Nearness[] = [];

export const receive = (quantity: number, more: More<'receive'> = {}): StockCommand => ({
  type: 'receive',
  location: 'main',
  quantity,
  ...once(),
  ...more,
});
export const adjust = (delta: number, more: More<'adjust'> = {}): StockCommand => ({
  type: 'adjust',
  location: 'main',
  delta,
  reason: 'damp',
  ...once(),
  ...more,
});
export const set = (onHand: number, more: More<'set'> = {}): StockCommand => ({
  type: 'set',
  location: 'main',
  onHand,
  ...once(),
  ...more,
});
export const transfer = (quantity: number, more: More<'transfer'> = {}): StockCommand => ({
  type: 'transfer',
  from: 'main',
  to: 'shop',
  quantity,
  ...once(),
  ...more,
});
export const giveBack = (quantity: number, more: More<'return'> = {}): StockCommand => ({
  type: 'return',
  location: 'main',
  quantity,
  condition: 'restock',
  ...once(),
  ...more,
});
export const expectUnits = (quantity: number, more: More<'expect'> = {}): StockCommand => ({
  type: 'expect',
  location: 'main',
  quantity,
  ...once(),
  ...more,
});
export const configure = (settings: Partial<StockSettings>, more: More<'configure'> = {}): StockCommand => ({
  type: 'configure',
  settings,
  ...once(),
  ...more,
});
export const pause = (more: More<'pause'> = {}): StockCommand => ({ type: 'pause', ...once(), ...more });
export const resume = (more: More<'resume'> = {}): StockCommand => ({ type: 'resume', ...once(), ...more });
export const hold = (holdId: string, quantity: number, more: More<'hold'> = {}): StockCommand => ({
  type: 'hold',
  holdId,
  fingerprint: 'body',
  buyer: 'ann',
  quantity,
  ttlMs: 60 * second,
  nearness: nowhere,
  ...more,
});
export const extend = (holdId: string, ttlMs: number, more: More<'extend'> = {}): StockCommand => ({
  type: 'extend',
  holdId,
  ttlMs,
  buyer: 'ann',
  ...once(),
  ...more,
});
export const release = (holdId: string, buyer: string | null = 'ann'): StockCommand => ({ type: 'release', holdId, buyer });
export const forestall = (holdId: string, notAfter: Instant): StockCommand => ({ type: 'release', holdId, buyer: 'ann', notAfter });
export const commit = (holdId: string, buyer: string | null = null): StockCommand => ({ type: 'commit', holdId, buyer });
export const fulfil = (holdId: string, more: More<'fulfil'> = {}): StockCommand => ({ type: 'fulfil', holdId, ...once(), ...more });
export const uncommit = (holdId: string, more: More<'uncommit'> = {}): StockCommand => ({ type: 'uncommit', holdId, ...once(), ...more });
export const allot = (sale: string, quantity: number, more: More<'allot'> = {}): StockCommand => ({
  type: 'allot',
  sale,
  quantity,
  nearness: nowhere,
  ...once(),
  ...more,
});
export const takeBack = (sale: string, more: More<'takeBack'> = {}): StockCommand => ({ type: 'takeBack', sale, ...once(), ...more });
export const tick: StockCommand = { type: 'tick' };
export const read: StockCommand = { type: 'read' };
export const readHold = (holdId: string, buyer: string | null = 'ann'): StockCommand => ({ type: 'readHold', holdId, buyer });

/** `M/1/2` is attempt 2 of generation 1 of hold M. */
export function key(name: string): PartKey {
  const [holdId = '', generation = '1', attempt = '1'] = name.split('/');
  return { holdId, generation: Number(generation), attempt: Number(attempt) };
}

export const takePart = (name: string, quantity: number, more: More<'takePart'> = {}): StockCommand => ({
  type: 'takePart',
  ...key(name),
  buyer: 'ann',
  quantity,
  nearness: nowhere,
  checkAt: 70 * second,
  notAfter: 30 * second,
  ...more,
});
export const releasePart = (name: string, notAfter: Instant = 30 * second): StockCommand => ({
  type: 'releasePart',
  ...key(name),
  notAfter,
});
export const shrinkPart = (name: string, quantity: number): StockCommand => ({ type: 'shrinkPart', ...key(name), quantity });
export const commitPart = (name: string): StockCommand => ({ type: 'commitPart', ...key(name) });
export const verdict = (name: string, kind: 'release' | 'commit' | number): StockCommand => ({
  type: 'partVerdict',
  ...key(name),
  verdict: typeof kind === 'number' ? { kind: 'keep', checkAt: kind } : { kind },
});

// --- playing -----------------------------------------------------------------------------------------

export type Step =
  | readonly [seconds: number, command: StockCommand, outcome: string, details?: Readonly<Record<string, unknown>>]
  | readonly [seconds: number, levels: 'levels', text: string];

export interface Story {
  readonly title: string;
  readonly steps: readonly Step[];
}

export function story(title: string, ...steps: readonly Step[]): Story {
  return { title, steps };
}

/** `main 5: available 3, held 2`: on_hand first, then what is not 0. */
export function levelsText(state: StockState): string {
  return state.levels
    .map((level) => {
      const parts = [`available ${availableOf(level)}`];
      for (const field of ['held', 'committed', 'allotted', 'damaged', 'safetyStock', 'incoming'] as const) {
        if (level[field] !== 0) parts.push(`${field} ${level[field]}`);
      }
      return `${level.location} ${level.onHand}: ${parts.join(', ')}`;
    })
    .join('; ');
}

/** Decides and applies; what came of it in words: event types, `repeated`, `nothing`, or `refused <code>`. */
export function perform(state: StockState, command: StockCommand, at: Instant): { readonly outcome: string; readonly details: unknown } {
  const before = JSON.stringify(stockDefinition.canonical(state, at));
  const decision = stockDefinition.decide(state, command, at);
  expect(JSON.stringify(stockDefinition.canonical(state, at)), 'K1: deciding changes nothing').toBe(before);
  if (decision.kind === 'refused') return { outcome: `refused ${decision.refusal.code}`, details: decision.refusal };
  if (decision.kind === 'waiting') throw new Error('stock never waits');
  if (decision.kind === 'repeated') return { outcome: 'repeated', details: decision.reply };
  const undo = new UndoLog();
  for (const event of decision.events) stockDefinition.apply(state, event, at, undo);
  undo.rollBack();
  expect(JSON.stringify(stockDefinition.canonical(state, at)), 'K4: apply then undo is before').toBe(before);
  for (const event of decision.events) stockDefinition.apply(state, event, at, new UndoLog());
  expect(stockDefinition.broken(state)).toEqual([]);
  const facts = decision.events.flatMap((event) => event.facts ?? []).map((fact) => `+${fact.type}`);
  const outcome = [...decision.events.map((event) => event.type), ...facts].join(' ');
  return { outcome: outcome === '' ? 'nothing' : outcome, details: decision.reply };
}

export function play(steps: readonly Step[], state: StockState = stockDefinition.initial(id)): StockState {
  for (const [index, step] of steps.entries()) {
    const [seconds, what] = step;
    const label = `step ${index + 1} at ${seconds} s: ${typeof what === 'string' ? what : what.type}`;
    if (what === 'levels') {
      expect(levelsText(state), label).toBe(step[2]);
      continue;
    }
    const { outcome, details } = perform(state, what, seconds * second);
    expect(outcome, label).toBe(step[2]);
    if (step[3] !== undefined) expect(details, label).toMatchObject(step[3]);
  }
  return state;
}
