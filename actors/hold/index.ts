/**
 * The `hold` actor: several lines, all or none, one expiry, one commit or release.
 *
 * It owns no units. Each SKU's `stock` keeps a *part* for it, and the hold drives all parts through the same steps:
 *
 *     take ──▶ asking ──all taken──▶ held ──commit──▶ committing ──all in──▶ committed
 *                │                    │ ├──release──▶ releasing ──all in──▶ released
 *          a line refused             │ └──expiry───▶ expiring ───all in──▶ expired
 *                ▼                    └──retake: generation g+1 asks for what grew, switches in one event,
 *             refusing ──all in──▶ refused          and gives back the surplus; refused, generation g stays
 *
 * H1. All or none: a hold is held only when every part is taken, and a refused one is answered only when every
 *     part asked for is released, taken or not.
 * H2. No part outlives its hold: a part asks after its hold (`askHold`), and the verdict ends it unless it is wanted.
 * H3. Once `committing` is recorded nothing can refuse or release it any more.
 * H4. Every state has a deadline, owes something to a part, or is final (I9).
 * H5. Work per answered part is O(1): see S1 in `state.ts`.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { apply } from './apply.ts';
import { canonical } from './canonical.ts';
import type { HoldCommand, HoldRefusal, HoldReplyAny } from './commands.ts';
import { decide } from './decide.ts';
import { answered, deadline, pending } from './effects.ts';
import type { HoldEvent } from './events.ts';
import { broken } from './laws.ts';
import { load } from './load.ts';
import { holdTables, rows } from './rows.ts';
import { initialState, type HoldState } from './state.ts';

export * from './commands.ts';
export type { HoldEvent } from './events.ts';
export type { HoldState } from './state.ts';

export const holdDefinition: ActorDefinition<HoldState, HoldCommand, HoldEvent, HoldReplyAny, HoldRefusal> = {
  kind: 'hold',
  restsInRows: true,
  format: 1,
  tables: holdTables,
  initial: initialState,
  decide,
  apply,
  deadline,
  tick: { type: 'tick' },
  pending,
  answered,
  rows,
  load,
  /** Pages follow stock and orders; a hold is seen by whoever took it, in the answers. */
  view: () => null,
  canonical,
  broken,
};
