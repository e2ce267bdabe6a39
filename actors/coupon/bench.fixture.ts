/**
 * One coupon with what was written of it. Every step is checked against its laws, undone and done again, so that each
 * test of a decision tests those, too.
 *
 * Used by tests alone.
 */
import { actorId, assert, type Instant, type Json, noUndo, type Row, type Rows, type StampedEvent, UndoLog } from '../kernel/index.ts';
import type { CouponEvent } from './events.ts';
import { type CouponCommand, couponDefinition, type CouponTerms } from './index.ts';
import type { CouponState } from './state.ts';

export const { initial, decide, apply, rows, load, canonical, broken, forbids, deadline, pending, answered, tables } = couponDefinition;

const id = actorId('coupon', 's', 'WELCOME');
const anyTerms: CouponTerms = { usesMax: null, usesPerBuyerMax: null, validFrom: null, validUntil: null, active: true };

export class Bench {
  state: CouponState = initial(id);
  readonly #stored = new Map<string, Map<string, Row>>(tables.map(({ name }) => [name, new Map()]));

  /** What it said, in a word. */
  do(command: CouponCommand, at: Instant): string {
    const decision = decide(this.state, command, at);
    const events = decision.kind === 'accepted' ? decision.events : [];
    const stamped = events.map((event): StampedEvent<CouponEvent> => {
      this.#apply(event, at);
      return { event, version: this.state.version, at };
    });
    assertNothing(broken(this.state));
    this.#store(stamped);
    if (decision.kind === 'refused') return decision.refusal.code;
    if (decision.kind === 'waiting') return 'waiting';
    return decision.reply.type === 'use' ? decision.reply.status : decision.reply.type;
  }

  #apply(event: CouponEvent, at: Instant): void {
    assertNothing(forbids!(this.state, event, at));
    const before = shown(this.state, at);
    const undo = new UndoLog();
    this.state = apply(this.state, event, at, undo);
    undo.rollBack();
    assert(shown(this.state, at) === before, `K4: ${event.type}, undone, is not what was before\n${shown(this.state, at)}\n${before}`);
    assertNothing(broken(this.state));
    this.state = apply(this.state, JSON.parse(JSON.stringify(event)) as CouponEvent, at, noUndo);
  }

  #store(events: readonly StampedEvent<CouponEvent>[]): void {
    for (const { table, row } of rows(id, events, this.state)) {
      const definition = tables.find(({ name }) => name === table)!;
      this.#stored.get(table)!.set(JSON.stringify(definition.key.map((column) => row[column]!)), row);
    }
  }

  stored(table: string): readonly Row[] {
    return [...this.#stored.get(table)!.values()];
  }

  /** As the row store reads: without what is not recent. */
  read(at: Instant): Rows {
    const isRecent = (row: Row, { recent }: (typeof tables)[number]): boolean =>
      recent === undefined ||
      recent.unlessStatus?.includes(String(row['status'])) === true ||
      Number(row[recent.column] ?? Infinity) >= at - recent.keepMs;
    return Object.fromEntries(tables.map((table) => [table.name, this.stored(table.name).filter((row) => isRecent(row, table))]));
  }

  /** K5, timers and debts included. */
  expectLoadsAlike(at: Instant): void {
    const loaded = load(id, this.read(at), at);
    assert(shown(loaded, at) === shown(this.state, at), `K5: rows load as another state\n${shown(loaded, at)}\n${shown(this.state, at)}`);
    assertNothing(broken(loaded));
  }
}

/** The state, and what follows from it: the same before a step and after its undoing, live and loaded. */
function shown(state: CouponState, at: Instant): string {
  const whole: Json[] = [canonical(state, at), deadline(state)];
  return JSON.stringify([...whole, pending(state)]);
}

function assertNothing(wrong: readonly string[]): void {
  assert(wrong.length === 0, wrong.join('; '));
}

// --- commands -----------------------------------------------------------------------------------------------

type Of<Type extends CouponCommand['type']> = Extract<CouponCommand, { readonly type: Type }>;

export const key = (holdId: string, attempt = 1) => ({ holdId, generation: 1, attempt });

export const take = (holdId: string, buyer: string | null = 'b', at = 0, more: Partial<Of<'takePart'>> = {}): CouponCommand => ({
  type: 'takePart',
  ...key(holdId),
  buyer,
  quantity: 1,
  checkAt: at + 1_000,
  notAfter: at + 100,
  ...more,
});

export const commit = (holdId: string): CouponCommand => ({ type: 'commitPart', ...key(holdId) });

export const giveBack = (holdId: string, buyer: string | null = 'b', quantity = 1): CouponCommand => ({
  type: 'giveBack',
  ...key(holdId),
  buyer,
  quantity,
});

export const define = (terms: Partial<CouponTerms>, commandId = 'd'): CouponCommand => ({
  type: 'define',
  commandId,
  fingerprint: JSON.stringify(terms),
  terms: { ...anyTerms, ...terms },
});

export function defined(terms: Partial<CouponTerms> = {}): Bench {
  const bench = new Bench();
  bench.do(define(terms), 0);
  return bench;
}
