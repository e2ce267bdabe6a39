/**
 * Random lives of one SKU: random commands at random instants, frames that the log refuses once, and
 * departures from memory. Judged by a ledger that shares no code with the actor.
 *
 * Proves: answers, levels, versions and deadlines are the ledger's (I1, I2, I5); apply then undo is before
 * (K4); load(rows(fold)) is the fold (K5); two replays are one (I4); on_hand is the sum of the movement rows.
 * Does not prove: which location is chosen first (allocate.test.ts), nor what a full memory does.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { UndoLog } from '../kernel/index.ts';
import type { StampedEvent } from '../kernel/index.ts';
import { anyFrames, placed } from './commands.fixture.ts';
import type { Frame } from './commands.fixture.ts';
import type { StockCommand } from './commands.ts';
import type { StockEvent } from './events.ts';
import { stockDefinition as stock } from './index.ts';
import { Judge } from './judge.fixture.ts';
import { id } from './kit.fixture.ts';
import type { StockState } from './state.ts';
import { TableStore } from './table-store.fixture.ts';

const start = 1_700_000_000_000;

function text(state: StockState, at: number): string {
  return JSON.stringify(stock.canonical(state, at));
}

class Life {
  state = stock.initial(id);
  at = start;
  readonly judge = new Judge();
  readonly store = new TableStore(stock.tables);
  readonly #slots = new Map<string, number>();
  readonly log: StampedEvent<StockEvent>[] = [];

  play(frame: Frame): void {
    this.at += frame.gapMs;
    if (frame.fails) this.#failOnce(frame.commands.map((command) => this.#placed(command)));
    const from = this.log.length;
    for (const command of frame.commands) this.#perform(this.#placed(command));
    this.store.write(stock.rows(id, this.log.slice(from), this.state));
    this.#compare();
    if (frame.leaves) this.#leave();
  }

  /** Holds follow one another in a slot: every other taking that finds an ended one there opens the next. */
  #placed(command: StockCommand): StockCommand {
    const takes = command.type === 'hold' || command.type === 'takePart';
    if (takes && command.quantity % 2 === 1 && this.#hasEnded(command.holdId))
      this.#slots.set(command.holdId, (this.#slots.get(command.holdId) ?? 1) + 1);
    return placed(command, this.at, (slot) => this.#named(slot));
  }

  #named(slot: string): string {
    return `${slot}.${this.#slots.get(slot) ?? 1}`;
  }

  #hasEnded(slot: string): boolean {
    const name = this.#named(slot);
    const { holds } = this.state;
    const line = holds?.lines.get(name);
    const takings = line === undefined ? (holds?.parts.get(name) ?? []) : [line];
    return takings.length > 0 && takings.every((taking) => taking.endedAt !== null);
  }

  /** The frame was decided and applied, and the log refused it: everything is as it was. */
  #failOnce(commands: readonly StockCommand[]): void {
    const before = text(this.state, this.at);
    const deadline = stock.deadline(this.state);
    const pending = stock.pending(this.state);
    const undo = new UndoLog();
    for (const command of commands) {
      const decision = stock.decide(this.state, command, this.at);
      if (decision.kind === 'accepted') for (const event of decision.events) stock.apply(this.state, event, this.at, undo);
      stock.deadline(this.state);
    }
    undo.rollBack();
    expect(stock.broken(this.state)).toEqual([]);
    expect(text(this.state, this.at)).toBe(before);
    expect(stock.deadline(this.state)).toBe(deadline);
    expect(stock.pending(this.state)).toEqual(pending);
  }

  #perform(command: StockCommand): void {
    const { state, at, judge } = this;
    const verdict = judge.verdict(command, at);
    const decision = stock.decide(state, command, at);
    const label = `${command.type} at ${at - start} ms, ${JSON.stringify(command)}`;
    if (decision.kind === 'waiting') throw new Error('stock never waits');
    if (decision.kind === 'refused') {
      expect(verdict, label).toEqual({ refuse: decision.refusal.code });
      if (decision.refusal.code === 'insufficient_stock') expect(decision.refusal.held, label).toBe(judge.ledger.heldInAll());
      return;
    }
    if (decision.kind === 'repeated') {
      expect(Object.keys(verdict), label).toEqual(['repeat']);
      if ('repeat' in verdict) expect(decision.reply, label).toMatchObject(verdict.repeat as object);
      return;
    }
    expect(verdict, label).toEqual({ agree: true });
    const before = judge.ledger.available();
    const { version } = state;
    for (const event of decision.events) {
      stock.apply(state, event, at, { record() {} });
      this.log.push({ event, version: state.version, at });
    }
    expect(state.version, label).toBe(version + decision.events.length); // K3
    judge.enter(command, at, decision.reply, decision.events);
    const facts = decision.events.flatMap((event) => event.facts ?? []);
    const isBack = version > 0 && before === 0 && judge.ledger.available() > 0;
    expect(
      facts.some((fact) => fact.type === 'stock.replenished'),
      label,
    ).toBe(isBack);
    if (decision.reply.type === 'stock')
      expect(decision.reply, label).toMatchObject({
        available: judge.ledger.available(),
        version: state.version,
        countVersion: judge.ledger.countVersion,
      });
    if (decision.reply.type === 'sale') expect(decision.reply.available, label).toBe(judge.ledger.available());
  }

  #compare(): void {
    const { state, judge } = this;
    expect(stock.broken(state)).toEqual([]);
    const levels = state.levels.map((level) => [
      level.location,
      [
        level.onHand,
        level.onHand - level.held - level.committed - level.allotted - level.damaged - level.safetyStock,
        level.held,
        level.committed,
        level.allotted,
        level.damaged,
        level.incoming,
      ],
    ]);
    expect(Object.fromEntries(levels)).toEqual(judge.ledger.numbers());
    expect(stock.deadline(state)).toBe(judge.ledger.deadline());
    expect(stock.view(id, state, this.at)?.item['available'] ?? 0).toBe(judge.ledger.available());
    const moved = new Map<string, number>();
    for (const row of this.store.all('stock_movements'))
      moved.set(String(row['location']), (moved.get(String(row['location'])) ?? 0) + Number(row['quantity']));
    for (const level of state.levels) expect(moved.get(level.location) ?? 0, 'the sum of the movement rows').toBe(level.onHand);
  }

  /** K5. The loaded state lives on in place of the folded one. */
  #leave(): void {
    const loaded = stock.load(id, this.store.read(this.at), this.at);
    expect(text(loaded, this.at)).toBe(text(this.state, this.at));
    expect(stock.deadline(loaded)).toBe(stock.deadline(this.state));
    expect(stock.pending(loaded)).toEqual(stock.pending(this.state));
    this.state = loaded;
  }

  replayed(): string {
    const state = stock.initial(id);
    for (const { event, at, version } of this.log) {
      stock.apply(state, event, at, { record() {} });
      expect(state.version).toBe(version);
    }
    return text(state, this.at);
  }
}

/** Lives random lives, and tells which events occurred how often. */
export function liveLives(numRuns: number): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(anyFrames, (frames) => {
      const life = new Life();
      for (const frame of frames) life.play(frame);
      for (const { event } of life.log) seen.set(event.type, (seen.get(event.type) ?? 0) + 1);
      expect(life.replayed()).toBe(text(life.state, life.at));
      expect(life.replayed()).toBe(life.replayed());
    }),
    { numRuns },
  );
  return seen;
}

/** A generator that never gets anywhere proves nothing. */
export const everyEvent = [
  'part.asked',
  'part.committed',
  'part.forestalled',
  'part.kept',
  'part.released',
  'part.shrunk',
  'part.taken',
  'stock.adjusted',
  'stock.allotted',
  'stock.committed',
  'stock.configured',
  'stock.counted',
  'stock.expected',
  'stock.expired',
  'stock.extended',
  'stock.fulfilled',
  'stock.held',
  'stock.paused',
  'stock.received',
  'stock.released',
  'stock.resumed',
  'stock.returned',
  'stock.takenBack',
  'stock.transferred',
  'stock.uncommitted',
];
