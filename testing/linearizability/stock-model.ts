/**
 * One SKU under `deny`, as a buyer may reason about it: units that are there, and holds that stand for some of them.
 * Shares no code with the actor. What it does not know (sales, parts of larger holds, replacing, what a merchant may do
 * beyond receiving) must be kept out of the history, or the verdict would accuse an honest shop. Extensions may be left
 * out: they only let a hold live longer.
 *
 * K1. A hold that is due may be called ended before its units are back; the units come back with `expire`, an operation
 *     that nobody asks for and nobody hears of: it may happen at any time after its call, or never.
 */
import type { Model } from './check.ts';

export type StockInput =
  | { readonly kind: 'receive'; readonly quantity: number }
  | { readonly kind: 'hold'; readonly holdId: string; readonly quantity: number }
  | { readonly kind: 'release'; readonly holdId: string }
  /** `mayBeDue`: the answer came when the hold may have had its time. */
  | { readonly kind: 'commit'; readonly holdId: string; readonly mayBeDue?: boolean }
  | { readonly kind: 'expire'; readonly holdId: string }
  | { readonly kind: 'read' };

/** `insufficient` and `shown`: with how many units were said to be available, and held where that was said. */
export type StockOutput =
  | { readonly kind: 'done' }
  | { readonly kind: 'insufficient'; readonly available: number; readonly held?: number }
  | { readonly kind: 'shown'; readonly available: number; readonly held?: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'unknown' };

type HoldStatus = 'held' | 'overdue' | 'released' | 'committed' | 'expired';

export interface StockModelState {
  readonly available: number;
  /** Units that holds stand for which may still give them back. */
  readonly held: number;
  /** What became of each hold, and how many units it stands for. */
  readonly holds: ReadonlyMap<string, { readonly status: HoldStatus; readonly quantity: number }>;
}

type Decided = readonly [StockOutput, StockModelState];

export const stockModel: Model<StockModelState, StockInput, StockOutput> = {
  initial: () => ({ available: 0, held: 0, holds: new Map() }),
  step(state, input, output) {
    const decided = decide(state, input, output);
    return decided !== null && (output === undefined || isSame(output, decided[0])) ? decided[1] : null;
  },
  key: ({ available, holds }) =>
    `${available} ${[...holds]
      .map(([id, { status }]) => `${id}=${status[0]}`)
      .sort()
      .join(',')}`,
};

function isSame(said: StockOutput, answer: StockOutput): boolean {
  if (said.kind !== answer.kind) return false;
  if (!('available' in said) || !('available' in answer)) return true;
  return said.available === answer.available && (said.held === undefined || said.held === answer.held);
}

/** Null: it cannot happen now. */
function decide(state: StockModelState, input: StockInput, output: StockOutput | undefined): Decided | null {
  const { available, held } = state;
  switch (input.kind) {
    case 'receive':
      return [{ kind: 'done' }, { ...state, available: available + input.quantity }];
    case 'read':
      return [{ kind: 'shown', available, held }, state];
    case 'hold':
      if (state.holds.has(input.holdId)) return [{ kind: 'done' }, state]; // a repeat
      if (available < input.quantity) return [{ kind: 'insufficient', available, held }, state];
      return [{ kind: 'done' }, moved(state, input.holdId, 'held', input.quantity)];
    case 'release':
      return decideRelease(state, input.holdId);
    case 'commit':
      return decideCommit(state, input, output);
    case 'expire': {
      const known = state.holds.get(input.holdId);
      if (known?.status !== 'held' && known?.status !== 'overdue') return null;
      return [{ kind: 'done' }, moved(state, input.holdId, 'expired', known.quantity)];
    }
  }
}

function decideRelease(state: StockModelState, holdId: string): Decided {
  const known = state.holds.get(holdId);
  if (known === undefined) return [{ kind: 'unknown' }, state];
  if (known.status === 'held' || known.status === 'overdue') return [{ kind: 'done' }, moved(state, holdId, 'released', known.quantity)];
  return [{ kind: known.status === 'committed' ? 'ended' : 'done' }, state];
}

function decideCommit(
  state: StockModelState,
  { holdId, mayBeDue = false }: Extract<StockInput, { kind: 'commit' }>,
  output: StockOutput | undefined,
): Decided {
  const known = state.holds.get(holdId);
  if (known === undefined) return [{ kind: 'unknown' }, state];
  if (known.status === 'committed') return [{ kind: 'done' }, state];
  if (known.status !== 'held') return [{ kind: 'ended' }, state];
  if (output?.kind === 'ended' && mayBeDue) return [{ kind: 'ended' }, moved(state, holdId, 'overdue', known.quantity)]; // K1
  return [{ kind: 'done' }, moved(state, holdId, 'committed', known.quantity)];
}

/** What each status keeps of the units: `available` and `held`, of one unit. */
const keeps: Readonly<Record<HoldStatus | 'none', readonly [available: number, held: number]>> = {
  none: [0, 0],
  held: [-1, 1],
  overdue: [-1, 1],
  committed: [-1, 0],
  released: [0, 0],
  expired: [0, 0],
};

function moved(state: StockModelState, holdId: string, status: HoldStatus, quantity: number): StockModelState {
  const [availableBefore, heldBefore] = keeps[state.holds.get(holdId)?.status ?? 'none'];
  const [available, held] = keeps[status];
  return {
    available: state.available + quantity * (available - availableBefore),
    held: state.held + quantity * (held - heldBefore),
    holds: new Map(state.holds).set(holdId, { status, quantity }),
  };
}
