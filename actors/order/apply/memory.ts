/** Commands after the sale whose repeats are known: within the horizon, at most `repeatsMax`, oldest first. */
import { holdLimits, type Instant } from '../../kernel/index.ts';
import type { Once } from '../commands.ts';
import { orderLimits } from '../limits.ts';
import type { OrderState } from '../state.ts';

export function remembering(state: OrderState, { commandId, fingerprint }: Once, at: Instant): Pick<OrderState, 'remembered'> {
  const horizon = at - holdLimits.commandRepeatHorizonMs;
  const kept = state.remembered.filter((each) => each.at >= horizon).slice(-(orderLimits.repeatsMax - 1));
  return { remembered: [...kept, { commandId, fingerprint, at }] };
}
