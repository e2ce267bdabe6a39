/** Which actors may leave memory (M2 in `residents.ts`). */
import type { Instant } from '../../actors/kernel/index.ts';
import type { Activation } from './activation.ts';

/** What an actor still has to do, least first: who has less leaves before who has more. Whoever is overdue was
 *  brought in for its tick, or is about to have it: nobody takes its place before that. */
export type Business = 'idle' | 'due' | 'owing' | 'overdue';
const ranks: Readonly<Record<Business, number>> = { idle: 0, due: 1, owing: 2, overdue: 3 };

interface Moment {
  readonly projectedFrame: number;
  readonly now: Instant;
  /** Who is due within it is due. */
  readonly soonMs: number;
}

/** All of it is in rows, and it has at most so much to do. */
export function mayLeave(activation: Activation, most: Business, moment: Moment): boolean {
  return isProjected(activation, moment.projectedFrame) && ranks[businessOf(activation, moment)] <= ranks[most];
}

function isProjected(activation: Activation, projectedFrame: number): boolean {
  return activation.residence.kind === 'resident' && !activation.tickQueued && activation.lastFrame <= projectedFrame;
}

function businessOf(activation: Activation, { now, soonMs }: Moment): Business {
  const deadline = activation.definition.deadline(activation.state);
  if (deadline !== null && deadline <= now) return 'overdue';
  if (activation.owed.size > 0) return 'owing';
  return deadline !== null && deadline <= now + soonMs ? 'due' : 'idle';
}
