/**
 * The `cart` actor: what a buyer wants, what they were shown, and whether an order has taken it over.
 *
 *     create ─▶ open ─begin─▶ in_checkout ─ordered─▶ ordered
 *                │ ▲               │ └─past askAt: reads its order, and does what it says
 *                │ └───given up────┘
 *                ├─▶ merged (into another cart)
 *                └─▶ expired (30 days after its last change)
 *
 * See `commands.ts` for C1 to C3. An order that crashed for good does not keep its cart: it is asked.
 */
import type { ActorDefinition } from '../kernel/index.ts';
import { apply } from './apply.ts';
import type { CartCommand, CartRefusal, CartReply } from './commands.ts';
import { decide } from './decide.ts';
import { answered, deadline, pending } from './effects.ts';
import type { CartEvent } from './events.ts';
import { broken, forbids } from './laws.ts';
import { canonical, cartTables, lineJson, load, rows } from './rows.ts';
import { type CartState, initialState, statusAt } from './state.ts';

export * from './commands.ts';
export { cartLimits } from './state.ts';

export const cartDefinition: ActorDefinition<CartState, CartCommand, CartEvent, CartReply, CartRefusal> = {
  kind: 'cart',
  restsInRows: true,
  format: 1,
  tables: cartTables,
  initial: initialState,
  decide,
  apply,
  deadline,
  tick: { type: 'tick' },
  pending,
  answered,
  rows,
  load,
  view: (id, state, at) => ({
    channel: 'cart',
    store: id.store,
    id: id.id,
    version: state.version,
    item: { cartId: id.id, version: state.version, status: statusAt(state, at), lines: state.lines.map(lineJson), codes: state.codes },
  }),
  canonical,
  broken,
  forbids,
};
