/**
 * What clients of each SKU asked and were told, and whether one order explains it all (I4, seen from outside): the judge
 * of linearizability. It works from messages sent and answers received alone, with a model of its own
 * (`testing/linearizability`), and shares no code with the actors.
 *
 * Y1. A SKU is judged only while everything that was wanted of it is in the model; from the first command that is not,
 *     it is undecided, with the reason.
 * Y2. All that clients were told of one act's effect is one operation: from its first sending to the first word that it
 *     is done. Every refusal is an operation of its own; what changes nothing and says nothing is none.
 * Y3. The units of a hold may come back unseen at any time from its expiry on, less what clocks may differ.
 */
import { checkLinearizable, type Operation } from '../linearizability/check.ts';
import { historyText, smallestContradiction } from '../linearizability/smallest.ts';
import { type StockInput, stockModel, type StockOutput } from '../linearizability/stock-model.ts';
import type { Outcome } from '../../runtime/router/port.ts';
import type { HoldReply, StockReply } from '../../actors/stock/replies.ts';
import type { StockRefusal } from '../../actors/stock/commands.ts';
import type { Act, Verdict } from './acts.ts';
import { everyProduct, type Shop } from './shop.ts';
import { Violation } from './violation.ts';

type StockOperation = Operation<StockInput, StockOutput>;

export interface HistoryTally {
  readonly skus: number;
  readonly linearizable: number;
  /** Operations of those. */
  readonly operations: number;
  /** Why the others could not be decided, and how many. */
  readonly undecided: Readonly<Record<string, number>>;
}

export const noHistories: HistoryTally = { skus: 0, linearizable: 0, operations: 0, undecided: {} };

/** One act as its client saw it. */
interface Told {
  readonly act: Act;
  readonly firstSentMs: number;
  /** Messages without a definite answer, and when each was sent. */
  readonly open: Map<number, number>;
  readonly answers: { readonly verdict: Verdict; readonly sentMs: number; readonly atMs: number }[];
}

const stepsMax = 20_000;

export class Histories {
  /** Names that nobody ever stocked have no history worth judging. */
  readonly #skus: ReadonlySet<string>;
  readonly #clockSkewMs: number;
  readonly #acts = new Map<string, Map<number, Told>>();
  readonly #undecided = new Map<string, string>();

  constructor(shop: Shop, clockSkewMaxMs: number) {
    this.#skus = new Set(everyProduct(shop).map(({ store, sku }) => `${store}/${sku}`));
    this.#clockSkewMs = 2 * clockSkewMaxMs; // of the one who promised and the one who ended
  }

  wanted(act: Act): void {
    const { actor, command } = act;
    if (command.type === 'take' || command.type === 'retake') {
      for (const { sku } of command.lines) this.#giveUp(`${actor.store}/${sku}`, 'part of a larger hold'); // Y1
    } else if (command.type === 'place') {
      for (const { sku } of command.lines) this.#giveUp(`${actor.store}/${sku}`, 'part of an order');
    } else if (command.type === 'create' || command.type === 'putLine') {
      const lines = command.type === 'create' ? command.lines : [command.line];
      for (const { sku } of lines) this.#giveUp(`${actor.store}/${sku}`, 'part of an order');
    } else if (actor.kind === 'stock') {
      const why = beyondTheModel(act);
      if (why !== null) this.#giveUp(`${actor.store}/${actor.id}`, why);
    }
  }

  sent(act: Act, message: number, atMs: number): void {
    if (inputOf(act, false) === null) return;
    const sku = skuOf(act);
    if (!this.#skus.has(sku) || this.#undecided.has(sku)) return;
    let acts = this.#acts.get(sku);
    if (acts === undefined) this.#acts.set(sku, (acts = new Map()));
    const told = acts.get(act.number) ?? { act, firstSentMs: atMs, open: new Map(), answers: [] };
    told.open.set(message, atMs);
    acts.set(act.number, told);
  }

  told(act: Act, message: number, outcome: Outcome, atMs: number): void {
    const told = this.#acts.get(skuOf(act))?.get(act.number);
    const sentMs = told?.open.get(message);
    if (told === undefined || sentMs === undefined) return;
    if (outcome.kind === 'unavailable') {
      if (outcome.code !== 'outcome_unknown') told.open.delete(message); // not done, for certain
      return;
    }
    told.open.delete(message);
    told.answers.push({ verdict: outcome, sentMs, atMs });
  }

  /** Throws `Violation` when no order explains what was said of a SKU. */
  check(): HistoryTally {
    const undecided: Record<string, number> = {};
    for (const why of this.#undecided.values()) undecided[why] = (undecided[why] ?? 0) + 1;
    let [linearizable, operations] = [0, 0];
    for (const [sku, acts] of this.#acts) {
      const history = this.#historyOf([...acts.values()]);
      const found = checkLinearizable(stockModel, history, stepsMax);
      if (found.kind === 'not_linearizable') throw violation(sku, history);
      if (found.kind === 'undecided') {
        undecided['too many orders'] = (undecided['too many orders'] ?? 0) + 1;
        continue;
      }
      linearizable += 1;
      operations += history.length;
    }
    return { skus: this.#acts.size + this.#undecided.size, linearizable, operations, undecided };
  }

  #giveUp(sku: string, why: string): void {
    this.#acts.delete(sku);
    if (this.#skus.has(sku) && !this.#undecided.has(sku)) this.#undecided.set(sku, why);
  }

  #historyOf(acts: readonly Told[]): StockOperation[] {
    const dueFrom = new Map<string, number>();
    for (const told of acts) if (told.act.command.type === 'hold') dueFrom.set(told.act.command.holdId, this.#dueFrom(told));
    const expiries = [...dueFrom].map(([holdId, calledAt]): StockOperation => {
      return { input: { kind: 'expire', holdId }, output: undefined, calledAt, returnedAt: Infinity }; // Y3
    });
    const history = acts.flatMap((told) => operationsOf(told, dueFrom)).concat(expiries);
    return history.sort((one, other) => one.calledAt - other.calledAt);
  }

  #dueFrom({ act, firstSentMs, answers }: Told): number {
    const ttlMs = act.command.type === 'hold' ? act.command.ttlMs : 0;
    const expiries = answers.flatMap(({ verdict }) => (verdict.kind === 'reply' ? [(verdict.reply as HoldReply).expiresAt] : []));
    return Math.min(firstSentMs + ttlMs, ...expiries) - this.#clockSkewMs;
  }
}

function skuOf({ actor }: Act): string {
  return `${actor.store}/${actor.id}`;
}

/** Y1: null where the model can say what the command does, or that it does nothing to available and held units. */
function beyondTheModel({ command }: Act): string | null {
  switch (command.type) {
    case 'hold':
      if (command.replaces !== undefined) return 'a hold that replaces another';
      return command.sale === undefined ? null : 'a hold from a sale';
    case 'receive':
    case 'release':
    case 'commit':
    case 'read':
    case 'readHold':
    case 'extend':
    case 'expect':
    case 'pause':
    case 'resume':
    case 'fulfil':
      return null;
    default:
      return command.type;
  }
}

function inputOf({ actor, command }: Act, mayBeDue: boolean): StockInput | null {
  if (actor.kind !== 'stock') return null;
  switch (command.type) {
    case 'receive':
      return { kind: 'receive', quantity: command.quantity };
    case 'hold':
      return { kind: 'hold', holdId: command.holdId, quantity: command.quantity };
    case 'release':
      return 'holdId' in command ? { kind: 'release', holdId: command.holdId } : null;
    case 'commit':
      return 'holdId' in command ? { kind: 'commit', holdId: command.holdId, ...(mayBeDue ? { mayBeDue } : {}) } : null;
    case 'read':
      return { kind: 'read' };
    default:
      return null;
  }
}

function operationsOf({ act, open, answers, firstSentMs }: Told, dueFrom: ReadonlyMap<string, number>): StockOperation[] {
  const operations: StockOperation[] = [];
  let doneAt = Infinity;
  for (const { verdict, sentMs, atMs } of answers) {
    const isEffect = verdict.kind === 'reply' && act.command.type !== 'read';
    if (isEffect) {
      doneAt = Math.min(doneAt, atMs);
      continue;
    }
    const output = verdict.kind === 'reply' ? shown(verdict.reply as StockReply) : refusal(verdict.refusal as StockRefusal);
    const due = act.command.type === 'commit' && 'holdId' in act.command ? dueFrom.get(act.command.holdId) : undefined;
    const input = inputOf(act, due === undefined || atMs >= due);
    if (output !== null && input !== null) operations.push({ input, output, calledAt: sentMs, returnedAt: atMs });
  }
  const input = inputOf(act, false);
  if (input === null || input.kind === 'read') return operations;
  if (doneAt < Infinity)
    operations.push({ input, output: { kind: 'done' }, calledAt: firstSentMs, returnedAt: doneAt }); // Y2
  else if (open.size > 0) operations.push({ input, output: undefined, calledAt: Math.min(...open.values()), returnedAt: Infinity });
  return operations;
}

function shown({ available, levels }: StockReply): StockOutput {
  return { kind: 'shown', available, held: levels.reduce((sum, level) => sum + level.held, 0) };
}

/** Null: it says nothing that the model knows of. */
function refusal(refused: StockRefusal): StockOutput | null {
  switch (refused.code) {
    case 'insufficient_stock':
      return { kind: 'insufficient', available: refused.available, held: refused.held };
    case 'hold_ended':
    case 'already_committed':
      return { kind: 'ended' };
    case 'hold_unknown':
      return { kind: 'unknown' };
    default:
      return null;
  }
}

function violation(sku: string, history: readonly StockOperation[]): Violation {
  const answers = smallestContradiction(stockModel, history);
  const others = history.length - answers.length;
  return new Violation(
    'linearizability',
    [`no order explains what clients were told of ${sku} (${others} more operations do not matter):`, ...historyText(answers)].join(
      '\n    ',
    ),
  );
}
