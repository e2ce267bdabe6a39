/**
 * One SKU under `deny`, as a buyer may reason about it: units that are there, and holds that stand for some of them.
 * Shares no code with the actor. What it does not know (sales, parts of larger holds, replacing, extending) must be kept
 * out of the history, or the verdict would accuse an honest shop.
 */
import type { Model } from './check.ts';

export type StockInput =
  | { readonly kind: 'receive'; readonly quantity: number }
  | { readonly kind: 'hold'; readonly holdId: string; readonly quantity: number }
  | { readonly kind: 'release'; readonly holdId: string }
  | { readonly kind: 'commit'; readonly holdId: string };

/** `insufficient`: with how many units were said to be available. */
export type StockOutput =
  | { readonly kind: 'done' }
  | { readonly kind: 'insufficient'; readonly available: number }
  | { readonly kind: 'ended' };

export interface StockModelState {
  readonly available: number;
  /** What became of each hold, and how many units it stands for. */
  readonly holds: ReadonlyMap<string, { readonly status: 'held' | 'released' | 'committed'; readonly quantity: number }>;
}

export const stockModel: Model<StockModelState, StockInput, StockOutput> = {
  initial: () => ({ available: 0, holds: new Map() }),
  step(state, input, output) {
    const [answer, after] = decide(state, input);
    return output === undefined || (output.kind === answer.kind && sameAvailable(output, answer)) ? after : null;
  },
  key: ({ available, holds }) =>
    `${available} ${[...holds]
      .map(([id, { status }]) => `${id}=${status[0]}`)
      .sort()
      .join(',')}`,
};

function sameAvailable(one: StockOutput, other: StockOutput): boolean {
  return one.kind !== 'insufficient' || other.kind !== 'insufficient' || one.available === other.available;
}

function decide(state: StockModelState, input: StockInput): readonly [StockOutput, StockModelState] {
  if (input.kind === 'receive') return [{ kind: 'done' }, { ...state, available: state.available + input.quantity }];
  const known = state.holds.get(input.holdId);
  if (input.kind === 'hold') {
    if (known !== undefined) return [{ kind: 'done' }, state]; // a repeat
    if (state.available < input.quantity) return [{ kind: 'insufficient', available: state.available }, state];
    return [{ kind: 'done' }, moved(state, input.holdId, 'held', input.quantity, -input.quantity)];
  }
  if (known === undefined) return [{ kind: 'ended' }, state];
  const wanted = input.kind === 'release' ? 'released' : 'committed';
  if (known.status !== 'held') return [{ kind: known.status === wanted ? 'done' : 'ended' }, state];
  return [{ kind: 'done' }, moved(state, input.holdId, wanted, known.quantity, wanted === 'released' ? known.quantity : 0)];
}

function moved(
  state: StockModelState,
  holdId: string,
  status: 'held' | 'released' | 'committed',
  quantity: number,
  by: number,
): StockModelState {
  return { available: state.available + by, holds: new Map(state.holds).set(holdId, { status, quantity }) };
}
