/**
 * The `store` actor: what belongs to a store as a whole and must be decided in one place. Today its order numbers; see
 * `commands.ts` for what is promised about them.
 *
 * An order that took a number asks for it again until it has heard it, and says so when it has recorded it. Between
 * the two the number is on its way; after that it is the order's, and remembered here only until no copy of the
 * question can be under way any more.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { apply } from './apply.ts';
import type { StoreCommand, StoreRefusal, StoreReply } from './commands.ts';
import { decide } from './decide.ts';
import { canonical, load, rows, storeTables } from './rows.ts';
import { initialState, type StoreEvent, storeLimits, type StoreState } from './state.ts';

export * from './commands.ts';

/** N1, the sums, and what bounds the memory (I7). */
function broken({ nextNumber, onTheirWay, numbers, noted }: StoreState): readonly string[] {
  const wrong: string[] = [];
  const known = [...numbers.values()];
  if (known.some(({ number }) => number >= nextNumber)) wrong.push('a number was never taken');
  if (new Set(known.map(({ number }) => number)).size < known.length) wrong.push('two orders have one number');
  const waiting = known.filter(({ notedAt }) => notedAt === null).length;
  if (waiting !== onTheirWay || known.length - waiting !== noted.size)
    wrong.push(`${waiting} numbers are on their way, the sum says ${onTheirWay}`);
  if (onTheirWay > storeLimits.onTheirWayMax) wrong.push(`${onTheirWay} numbers are on their way`);
  return wrong;
}

export const storeDefinition: ActorDefinition<StoreState, StoreCommand, StoreEvent, StoreReply, StoreRefusal> = {
  kind: 'store',
  format: 1,
  tables: storeTables,
  initial: initialState,
  decide,
  apply,
  deadline: () => null,
  tick: { type: 'tick' },
  pending: () => [],
  /** It owes nobody anything, so no answer ever comes. */
  answered: () => ({ type: 'tick' }),
  rows,
  load,
  view: () => null,
  canonical,
  broken,
};
