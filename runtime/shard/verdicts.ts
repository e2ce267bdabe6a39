/** What is to be said about a decision, once it may be said. Pure. */
import type { ActorEvent, ActorRefusal, Decision, Instant } from '../../actors/kernel/index.ts';
import type { AnswerPosition } from '../router/port.ts';
import type { Activation } from './activation.ts';
import type { Promised } from './open-frame.ts';

export type AnyDecision = Decision<ActorEvent, unknown, ActorRefusal>;

export function answerOf(activation: Activation, decision: AnyDecision, position: AnswerPosition, at: Instant): Promised['answer'] {
  switch (decision.kind) {
    case 'waiting':
      return { kind: 'ticket', ticket: ticketKey(activation, decision.ticket) };
    case 'refused':
      return { kind: 'refused', refusal: decision.refusal, position, at };
    default:
      return { kind: 'reply', reply: decision.reply, repeated: decision.kind === 'repeated', position, at };
  }
}

const nothingSettled: Promised['settled'] = [];

export function settledBy(activation: Activation, decision: AnyDecision): Promised['settled'] {
  const settled = 'settled' in decision ? (decision.settled ?? []) : [];
  if (settled.length === 0) return nothingSettled;
  return settled.map((one) => ({ ticket: ticketKey(activation, one.ticket), settled: one }));
}

function ticketKey(activation: Activation, ticket: string): string {
  return `${activation.key}\n${ticket}`;
}
