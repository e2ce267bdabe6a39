/** The shapes every decision of a hold is built from, and the refusals that several commands share. */
import { assert, type Decision, type Instant, type Settled } from '../../kernel/index.ts';
import type { HoldCommand, HoldRefusal, HoldReplyAny, MultiHoldReply } from '../commands.ts';
import type { HoldEvent } from '../events.ts';
import { statusAt, type HoldState } from '../state.ts';

export type HoldDecision = Decision<HoldEvent, HoldReplyAny, HoldRefusal>;
export type HoldSettled = Settled<HoldReplyAny, HoldRefusal>;
export type CommandOf<Type extends HoldCommand['type']> = Extract<HoldCommand, { readonly type: Type }>;

export function accepted(events: readonly HoldEvent[], reply: HoldReplyAny): HoldDecision {
  return { kind: 'accepted', events, reply };
}

/** Progress recorded, or nothing to do. */
export function noted(events: readonly HoldEvent[] = [], settled: readonly HoldSettled[] = []): HoldDecision {
  return { kind: 'accepted', events, reply: { type: 'noted' }, ...(settled.length === 0 ? {} : { settled }) };
}

export function waiting(ticket: string, events: readonly HoldEvent[] = []): HoldDecision {
  return { kind: 'waiting', events, ticket };
}

export function repeated(reply: MultiHoldReply): HoldDecision {
  return { kind: 'repeated', reply };
}

export function refused(refusal: HoldRefusal): HoldDecision {
  return { kind: 'refused', refusal };
}

/** Several may wait on one ticket: a release has no command id, so all releases of one attempt share theirs. */
export function releaseTicket(state: HoldState): string {
  return `release:${state.generation}/${state.attempt}`;
}

export function commitTicket(state: HoldState): string {
  return `commit:${state.generation}`;
}

/** `buyer: null` is the merchant's secret key, which may touch every hold of its store. */
export function refusedCaller(state: HoldState, buyer: string | null): HoldRefusal | null {
  if (state.status === 'none') return { code: 'hold_unknown' };
  return buyer !== null && buyer !== state.buyer ? { code: 'hold_foreign' } : null;
}

export function ended(state: HoldState, at: Instant): HoldRefusal {
  return { code: 'hold_ended', status: statusAt(state, at) };
}

export function lineRefused(refusal: HoldState['refusal']): HoldRefusal {
  assert(refusal !== null, 'parts are given back only because of a refusal');
  const { kind, sku, cause } = refusal;
  return { code: 'line_refused', ...(kind === undefined ? {} : { kind }), sku, cause };
}
