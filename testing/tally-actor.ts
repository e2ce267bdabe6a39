/**
 * The smallest actor that uses everything a shard offers: it counts, waits, owes and is woken. For tests of
 * the runtime, which must not depend on what real actors mean.
 */
import { actorId, type ActorDefinition, type Decision, type Effect, type EffectOutcome, type Instant } from '../actors/kernel/index.ts';

/** A deadline whose tick breaks an invariant. */
export const cursedInstant: Instant = 13;

export interface TallyState {
  readonly version: number;
  readonly total: number;
  readonly wakeAt: Instant | null;
  readonly woken: number;
  /** Name of another tally that is owed 1, or `bank` for the service of that name, or null. */
  readonly owes: string | null;
  /** Debts received, so that a repeat counts once. */
  readonly received: readonly string[];
}

export type TallyCommand =
  | { readonly type: 'add'; readonly n: number }
  | { readonly type: 'read' }
  /** Refused when the total is below `least`. */
  | { readonly type: 'require'; readonly least: number }
  | { readonly type: 'wait'; readonly ticket: string }
  | { readonly type: 'settle'; readonly ticket: string }
  | { readonly type: 'wakeAt'; readonly at: Instant }
  | { readonly type: 'owe'; readonly to: string }
  | { readonly type: 'receive'; readonly from: string }
  | { readonly type: 'paid' }
  | { readonly type: 'throwInDecide' }
  | { readonly type: 'throwInApply' }
  | { readonly type: 'tick' };

export type TallyEvent =
  | { readonly type: 'added'; readonly n: number }
  | { readonly type: 'wakeSet'; readonly at: Instant }
  | { readonly type: 'woke' }
  | { readonly type: 'owed'; readonly to: string }
  | { readonly type: 'received'; readonly from: string }
  | { readonly type: 'paid' }
  | { readonly type: 'poison' };

export type TallyReply = { readonly total: number };
export type TallyRefusal = { readonly code: 'too_small' };
type TallyDecision = Decision<TallyEvent, TallyReply, TallyRefusal>;

function accept(state: TallyState, events: readonly TallyEvent[], total = state.total): TallyDecision {
  return { kind: 'accepted', events, reply: { total } };
}

function decide(state: TallyState, command: TallyCommand): TallyDecision {
  switch (command.type) {
    case 'add':
      return accept(state, [{ type: 'added', n: command.n }], state.total + command.n);
    case 'read':
      return accept(state, []);
    case 'require':
      return state.total >= command.least ? accept(state, []) : { kind: 'refused', refusal: { code: 'too_small' } };
    case 'wait':
      return { kind: 'waiting', events: [{ type: 'added', n: 1 }], ticket: command.ticket };
    case 'settle':
      return {
        ...accept(state, [{ type: 'added', n: 1 }]),
        settled: [{ ticket: command.ticket, outcome: { reply: { total: state.total + 1 } } }],
      } as TallyDecision;
    case 'wakeAt':
      return accept(state, [{ type: 'wakeSet', at: command.at }]);
    case 'owe':
      return accept(state, [{ type: 'owed', to: command.to }]);
    case 'receive':
      return state.received.includes(command.from)
        ? { kind: 'repeated', reply: { total: state.total } }
        : accept(state, [{ type: 'received', from: command.from }]);
    case 'paid':
      return state.owes === null ? accept(state, []) : accept(state, [{ type: 'paid' }]);
    case 'throwInDecide':
      throw new Error('decide throws');
    case 'throwInApply':
      return accept(state, [{ type: 'added', n: 1 }, { type: 'poison' }]);
    case 'tick':
      if (state.wakeAt === cursedInstant) throw new Error('tick throws');
      return state.wakeAt === null ? accept(state, []) : accept(state, [{ type: 'woke' }]);
  }
}

function apply(state: TallyState, event: TallyEvent): TallyState {
  const next = { ...state, version: state.version + 1 };
  switch (event.type) {
    case 'added':
      return { ...next, total: state.total + event.n };
    case 'wakeSet':
      return { ...next, wakeAt: event.at };
    case 'woke':
      return { ...next, wakeAt: null, woken: state.woken + 1 };
    case 'owed':
      return { ...next, owes: event.to };
    case 'received':
      return { ...next, total: state.total + 1, received: [...state.received, event.from] };
    case 'paid':
      return { ...next, owes: null };
    case 'poison':
      throw new Error('apply throws');
  }
}

export const tallyDefinition: ActorDefinition<TallyState, TallyCommand, TallyEvent, TallyReply, TallyRefusal> = {
  kind: 'tally',
  format: 1,
  tables: [
    {
      name: 'tallies',
      columns: { store_id: 'text', tally: 'text', version: 'bigint', state: 'jsonb' },
      key: ['store_id', 'tally'],
      actorColumn: 'tally',
      loaded: true,
    },
  ],
  initial: () => ({ version: 0, total: 0, wakeAt: null, woken: 0, owes: null, received: [] }),
  decide,
  apply,
  deadline: (state) => state.wakeAt,
  tick: { type: 'tick' },
  pending: (state): readonly Effect[] =>
    state.owes === null
      ? []
      : [
          {
            id: `pay:${state.owes}`,
            to: actorId(state.owes === 'bank' ? 'bank' : 'tally', 's', state.owes),
            command: { type: 'receive', from: 'debtor' } as TallyCommand,
            notAfter: null,
          },
        ],
  answered: (_effect: Effect, _outcome: EffectOutcome): TallyCommand => ({ type: 'paid' }),
  rows: (id, _events, after) => [
    {
      table: 'tallies',
      row: { store_id: id.store, tally: id.id, version: after.version, state: { ...after, received: [...after.received] } },
    },
  ],
  load: (id, rows) => {
    const row = rows.tallies?.[0];
    return row === undefined ? tallyDefinition.initial(id) : (row.state as unknown as TallyState);
  },
  view: (id, state) => ({ channel: 'tally', store: id.store, id: id.id, version: state.version, item: { total: state.total } }),
  canonical: (state) => ({ ...state, received: [...state.received] }),
  broken: () => [],
};
