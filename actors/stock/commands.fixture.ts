/** Random commands from small sets of names, so that they meet: for property tests. */
import fc from 'fast-check';
import type { StockCommand } from './commands.ts';

const second = 1_000;
const location = fc.constantFrom('main', 'shop', 'far');
const buyer = fc.constantFrom('ann', 'bob', null);
const caller = fc.constantFrom('ann', null, null, null);
const quantity = fc.constantFrom(1, 1, 1, 2, 2, 3, 6);
/** A slot, in which one hold follows another. */
const holdId = fc.constantFrom('h1', 'h2', 'h3', 'h4');
const multiHoldId = fc.constantFrom('M', 'M', 'N');
const anyHoldId = fc.oneof(holdId, multiHoldId);
const sale = fc.constantFrom('S', 'T');
const fingerprint = fc.constantFrom('f', 'f', 'f', 'g');
const nearness = fc.array(fc.record({ location, rank: fc.integer({ min: 1, max: 2 }) }), { maxLength: 3 });
const notAfter = fc.constantFrom(-second, 10 * second);
const ttlMs = fc.integer({ min: 5, max: 90 }).map((seconds) => seconds * second);
/** Far more ids than meet again, but some do. */
const commandId = fc.oneof({ weight: 4, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.constantFrom('c1', 'c2', 'c3') });
const once = { commandId, fingerprint };
const partKey = { holdId: multiHoldId, generation: fc.constantFrom(1, 1, 2), attempt: fc.constantFrom(1, 1, 1, 2) };
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });

/** `exactOptionalPropertyTypes`: an absent field is absent. */
function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function command(type: StockCommand['type'], fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<StockCommand> {
  return fc.record(fields).map((values) => ({ type, ...withoutAbsent(values) }) as unknown as StockCommand);
}

const settings = fc
  .record({
    policy: maybe(fc.constantFrom('deny', 'deny', 'continue')),
    safetyStock: maybe(fc.dictionary(location, fc.integer({ min: 0, max: 2 }))),
    lowStockThreshold: maybe(fc.constantFrom(null, 1, 3)),
    perBuyerCap: maybe(fc.constantFrom(null, 3, 8)),
    perBuyerWindowMs: maybe(fc.constantFrom(60 * second, 3 * 3_600 * second)),
  })
  .map(withoutAbsent);

/** Instants in a command are relative to the frame until `placed` at it. */
export const anyCommand: fc.Arbitrary<StockCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: command('receive', { location, quantity: fc.integer({ min: 1, max: 12 }), fromIncoming: maybe(fc.boolean()), ...once }),
  },
  {
    weight: 2,
    arbitrary: command('adjust', {
      location,
      delta: fc.constantFrom(-3, -1, 1, 2),
      reason: fc.constant('damp'),
      countVersion: maybe(fc.integer({ min: 0, max: 9 })),
      ...once,
    }),
  },
  {
    weight: 2,
    arbitrary: command('set', {
      location,
      onHand: fc.integer({ min: 0, max: 9 }),
      countVersion: maybe(fc.integer({ min: 0, max: 9 })),
      ...once,
    }),
  },
  { weight: 2, arbitrary: command('transfer', { from: location, to: location, quantity, ...once }) },
  {
    weight: 1,
    arbitrary: command('return', { location, quantity, condition: fc.constantFrom('restock', 'damaged'), holdId: maybe(holdId), ...once }),
  },
  { weight: 1, arbitrary: command('expect', { location, quantity: fc.integer({ min: 0, max: 9 }), ...once }) },
  { weight: 2, arbitrary: command('configure', { settings, ...once }) },
  { weight: 1, arbitrary: command('pause', once) },
  { weight: 4, arbitrary: command('resume', once) },
  {
    weight: 16,
    arbitrary: command('hold', { holdId, fingerprint, buyer, quantity, ttlMs, nearness, replaces: maybe(holdId), sale: maybe(sale) }),
  },
  { weight: 8, arbitrary: command('hold', { holdId, fingerprint, buyer, quantity, ttlMs, nearness }) },
  { weight: 4, arbitrary: command('hold', { holdId, fingerprint, buyer, quantity, ttlMs, nearness, notAfter }) },
  { weight: 8, arbitrary: command('extend', { holdId, ttlMs: fc.oneof(ttlMs, fc.constant(5 * 3_600 * second)), buyer: caller, ...once }) },
  { weight: 7, arbitrary: command('release', { holdId, buyer: caller }) },
  { weight: 3, arbitrary: command('release', { holdId, buyer: caller, notAfter }) },
  { weight: 10, arbitrary: command('commit', { holdId, buyer: caller }) },
  { weight: 9, arbitrary: command('fulfil', { holdId: anyHoldId, quantity: maybe(quantity), ...once }) },
  { weight: 6, arbitrary: command('uncommit', { holdId: anyHoldId, quantity: maybe(quantity), ...once }) },
  { weight: 6, arbitrary: command('allot', { sale, quantity, nearness, ...once }) },
  { weight: 3, arbitrary: command('takeBack', { sale, quantity: maybe(quantity), ...once }) },
  {
    weight: 18,
    arbitrary: command('takePart', {
      ...partKey,
      buyer,
      quantity,
      nearness,
      checkAt: ttlMs,
      absorbs: maybe(holdId),
      notAfter: fc.constantFrom(-second, 10 * second, 10 * second, 30 * second, 30 * second),
    }),
  },
  { weight: 3, arbitrary: command('releasePart', { ...partKey, notAfter }) },
  { weight: 6, arbitrary: command('shrinkPart', { ...partKey, quantity }) },
  { weight: 7, arbitrary: command('commitPart', partKey) },
  {
    weight: 7,
    arbitrary: command('partVerdict', {
      ...partKey,
      verdict: fc.oneof(
        fc.constant({ kind: 'release' }),
        fc.constant({ kind: 'commit' }),
        ttlMs.map((checkAt) => ({ kind: 'keep', checkAt })),
      ),
    }),
  },
  { weight: 8, arbitrary: command('tick', {}) },
  { weight: 1, arbitrary: command('read', {}) },
  { weight: 1, arbitrary: command('readHold', { holdId: anyHoldId, buyer: caller }) },
);

/** The command as it is sent at `at`, its holds named by `named`. */
export function placed(one: StockCommand, at: number, named: (slot: string) => string): StockCommand {
  const slots = one as { readonly holdId?: string; readonly replaces?: string; readonly absorbs?: string };
  const names = Object.fromEntries(
    (['holdId', 'replaces', 'absorbs'] as const).flatMap((field) => (slots[field] === undefined ? [] : [[field, named(slots[field])]])),
  );
  const command: StockCommand = { ...one, ...names };
  if (command.type === 'takePart') return { ...command, checkAt: at + command.checkAt, notAfter: at + command.notAfter };
  if ((command.type === 'hold' || command.type === 'release') && command.notAfter !== undefined)
    return { ...command, notAfter: at + command.notAfter };
  if (command.type === 'releasePart') return { ...command, notAfter: at + command.notAfter };
  if (command.type === 'partVerdict' && command.verdict.kind === 'keep')
    return { ...command, verdict: { kind: 'keep', checkAt: at + command.verdict.checkAt } };
  return command;
}

export interface Frame {
  /** Since the last frame. */
  readonly gapMs: number;
  readonly commands: readonly StockCommand[];
  /** The log refuses this frame the first time. */
  readonly fails: boolean;
  /** The actor leaves memory after it and is loaded from its rows. */
  readonly leaves: boolean;
}

const gapMs = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 8_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_800_000, max: 5_400_000 }) },
  { weight: 1, arbitrary: fc.constant(20 * 3_600_000) },
);

/** Most lives begin with some stock, or a third of every life would be spent unknown. */
const opening: Frame = {
  gapMs: 0,
  commands: ['main', 'shop'].map((place, index) => ({
    type: 'receive',
    location: place,
    quantity: 12 - 4 * index,
    commandId: `opening-${place}`,
    fingerprint: 'f',
  })),
  fails: false,
  leaves: false,
};

const frame = fc.record({
  gapMs,
  commands: fc.array(anyCommand, { minLength: 2, maxLength: 6, size: 'max' }),
  fails: fc.boolean(),
  leaves: fc.boolean(),
});

export const anyFrames: fc.Arbitrary<readonly Frame[]> = fc
  .tuple(fc.constantFrom(true, true, true, false), fc.array(frame, { minLength: 15, maxLength: 30, size: 'max' }))
  .map(([opens, frames]) => (opens ? [opening, ...frames] : frames));
