/**
 * The decisions of a multi-line hold, one function per command in `decide/`.
 *
 * D1. Nothing is changed here; what a decision answers before its events are applied is computed from them.
 * D2. The repeat check comes first, then the refusals in the order of `HoldRefusal`, then acceptance.
 * D3. A command at or after `expiresAt` finds an expired hold, also when the tick that says so is still to come.
 * D4. A refusal of a take or change is answered only when every part asked for is released: or the buyer's
 *     own units would block the retry.
 */
import { unreachable, type Instant } from '../kernel/index.ts';
import type { HoldCommand } from './commands.ts';
import { decideAskHold, decidePartAnswered } from './decide/answers.ts';
import { noted, type HoldDecision } from './decide/decision.ts';
import { decideCommit, decideExtend, decideRead, decideRelease, decideTick } from './decide/life.ts';
import { decideRetake, decideTake } from './decide/take.ts';
import type { HoldState } from './state.ts';

export function decide(state: HoldState, command: HoldCommand, at: Instant): HoldDecision {
  switch (command.type) {
    case 'take':
      return decideTake(state, command, at);
    case 'retake':
      return decideRetake(state, command, at);
    case 'extend':
      return decideExtend(state, command, at);
    case 'release':
      return decideRelease(state, command, at);
    case 'commit':
      return decideCommit(state, command, at);
    case 'askHold':
      return decideAskHold(state, command, at);
    case 'partAnswered':
      return decidePartAnswered(state, command, at);
    case 'tick':
      return state.status === 'none' ? noted() : decideTick(state, at);
    case 'read':
      return decideRead(state, command, at);
    default:
      return unreachable(command);
  }
}
