/**
 * What one SKU answers to a command. Pure: reads the state, changes nothing (K1). The groups of commands
 * stand in `decide/`; inside each decision the order is: repeat, then refusals in the order of
 * `StockRefusal`, then acceptance.
 *
 * Does not know about frames, other actors or the network. `at` is the frame's instant.
 */
import { unreachable } from '../kernel/index.ts';
import type { Instant } from '../kernel/index.ts';
import type { StockCommand } from './commands.ts';
import {
  decideAdjust,
  decideConfigure,
  decideExpect,
  decidePause,
  decideRead,
  decideReceive,
  decideReturn,
  decideSet,
  decideTransfer,
} from './decide/counts.ts';
import { decideCommit, decideExtend, decideHold, decideReadHold, decideRelease, decideSold } from './decide/holds.ts';
import { decideCommitPart, decidePartVerdict, decideReleasePart, decideShrinkPart, decideTakePart } from './decide/parts.ts';
import { decideAllot, decideTakeBack } from './decide/sales.ts';
import type { StockDecision } from './decide/shared.ts';
import { decideTick } from './decide/timers.ts';
import type { StockState } from './state.ts';

export function decideStock(state: StockState, command: StockCommand, at: Instant): StockDecision {
  switch (command.type) {
    case 'hold':
      return decideHold(state, command, at);
    case 'extend':
      return decideExtend(state, command, at);
    case 'release':
      return decideRelease(state, command, at);
    case 'commit':
      return decideCommit(state, command, at);
    case 'fulfil':
      return decideSold(state, command, at);
    case 'uncommit':
      return decideSold(state, command, at);
    case 'takePart':
      return decideTakePart(state, command, at);
    case 'releasePart':
      return decideReleasePart(state, command, at);
    case 'shrinkPart':
      return decideShrinkPart(state, command, at);
    case 'commitPart':
      return decideCommitPart(state, command, at);
    case 'partVerdict':
      return decidePartVerdict(state, command, at);
    case 'receive':
      return decideReceive(state, command, at);
    case 'adjust':
      return decideAdjust(state, command, at);
    case 'set':
      return decideSet(state, command, at);
    case 'transfer':
      return decideTransfer(state, command, at);
    case 'return':
      return decideReturn(state, command, at);
    case 'expect':
      return decideExpect(state, command, at);
    case 'configure':
      return decideConfigure(state, command, at);
    case 'pause':
      return decidePause(state, command, at);
    case 'resume':
      return decidePause(state, command, at);
    case 'allot':
      return decideAllot(state, command, at);
    case 'takeBack':
      return decideTakeBack(state, command, at);
    case 'tick':
      return decideTick(state, at);
    case 'read':
      return decideRead(state);
    case 'readHold':
      return decideReadHold(state, command, at);
    default:
      return unreachable(command);
  }
}
