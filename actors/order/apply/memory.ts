/** Commands whose repeats are known, oldest first: those after the sale within the horizon and at most `repeatsMax`,
 *  those that paid for ever. */
import { holdLimits, type Instant } from '../../kernel/index.ts';
import type { Once } from '../commands.ts';
import { orderLimits } from '../limits.ts';
import type { OrderState } from '../state.ts';

export function remembering(state: OrderState, { commandId, fingerprint }: Once, at: Instant): Pick<OrderState, 'remembered'> {
  const horizon = at - holdLimits.commandRepeatHorizonMs;
  const kept = state.remembered.filter((each) => each.at >= horizon).slice(-(orderLimits.repeatsMax - 1));
  return { remembered: [...kept, { commandId, fingerprint, at }] };
}

export function payingBy(state: OrderState, commandId: string, fingerprint: string | undefined): Pick<OrderState, 'payCommands'> {
  return { payCommands: [...state.payCommands, { commandId, fingerprint: fingerprint ?? null }] };
}
