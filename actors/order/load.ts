/** The state from its row, the inverse of `rows.ts`: load(rows(fold)) = fold (K5). */
import { assert, type ActorId, type Rows } from '../kernel/index.ts';
import { ordersTable } from './rows.ts';
import { initialState, type OrderState } from './state.ts';

/** What rows of before do not have: it begins as in an order that nobody has placed. */
const laterFields: ReadonlySet<string> = new Set(['payCommands', 'paymentTries']);

/** Rows are ours, but they come from outside the process: that they are whole is asserted on reading. */
export function load(id: ActorId, rows: Rows): OrderState {
  const row = rows[ordersTable.name]?.[0];
  const initial = initialState(id);
  if (row === undefined) return initial;
  const { version, state } = row;
  assert(typeof version === 'number', `orders.version is ${String(version)}, not a number`);
  assert(typeof state === 'object' && state !== null && !Array.isArray(state), 'orders.state is not an object');
  const stored = state as unknown as Omit<OrderState, 'id' | 'version'>;
  for (const field of Object.keys(initial))
    assert(field === 'id' || field === 'version' || field in stored || laterFields.has(field), `orders.state has no ${field}`);
  return { ...initial, ...stored, id, version };
}
