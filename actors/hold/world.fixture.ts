/**
 * A tiny host for several actors and a bad network between them: messages are late, doubled, lost and sent
 * again, in any order; ticks come when they like; decisions are undone and applied again, actors are put away
 * into rows and loaded. One seed decides it all.
 *
 * W1. Every decision is applied at once and in one order: there is no log here, so I3 is not what this shows.
 * W2. Effects are sent until the state no longer owes them, as the runtime does it.
 *
 * Knows nothing of holds or stock. Used by tests alone.
 */
import {
  actorId,
  actorKey,
  assert,
  noUndo,
  UndoLog,
  type ActorCommand,
  type ActorEvent,
  type ActorId,
  type ActorRefusal,
  type ActorState,
  type AnyActorDefinition,
  type Decision,
  type Effect,
  type Instant,
  type Row,
  type RowChange,
  type Rows,
} from '../kernel/index.ts';

export type Answer = { readonly reply: unknown } | { readonly refusal: ActorRefusal };
type AnyDecision = Decision<ActorEvent, unknown, ActorRefusal>;

export interface Weather {
  readonly delayMsMax: number;
  /** How often a message is much later than that. */
  readonly lateShare: number;
  readonly lateMsMax: number;
  readonly lostShare: number;
  readonly doubledShare: number;
  /** How often an actor is put away after a decision, or has its events undone and applied again. */
  readonly reloadShare: number;
  /** Ticks come up to this long after their deadline. */
  readonly tickLateMsMax: number;
}

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.share() * (high - low + 1));
  }

  happens(share: number): boolean {
    return this.share() < share;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.whole(0, items.length - 1)];
    assert(item !== undefined, 'nothing to pick from');
    return item;
  }
}

interface Hosted {
  readonly id: ActorId;
  readonly definition: AnyActorDefinition;
  state: ActorState;
  /** Debts known to be owed; sent again while they are. */
  owed: Set<string>;
  readonly tables: Map<string, Map<string, Row>>;
}

interface Planned {
  readonly at: Instant;
  readonly order: number;
  readonly run: () => void;
}

export class World {
  now: Instant;
  readonly random: Random;
  readonly weather: Weather;
  /** Called after every decision, with the actor's id. */
  watch: (id: ActorId) => void = () => {};
  readonly #definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly #actors = new Map<string, Hosted>();
  readonly #waiters = new Map<string, ((answer: Answer) => void)[]>();
  readonly #queue: Planned[] = [];
  #order = 0;

  constructor(definitions: readonly AnyActorDefinition[], seed: number, startedAt: Instant, weather: Weather) {
    this.#definitions = new Map(definitions.map((definition) => [definition.kind, definition]));
    this.random = new Random(seed);
    this.now = startedAt;
    this.weather = weather;
  }

  state<State extends ActorState>(kind: string, store: string, id: string): State {
    return this.#actor(actorId(kind, store, id)).state as State;
  }

  actors(kind: string): readonly ActorId[] {
    return [...this.#actors.values()].filter(({ id }) => id.kind === kind).map(({ id }) => id);
  }

  /** Everything of an actor is lost, rows included: what a shard that lost its tail looks like to others. */
  lose(id: ActorId): void {
    this.#actors.delete(actorKey(id));
  }

  // --- time -----------------------------------------------------------------------------------------------

  later(delayMs: number, run: () => void): void {
    const planned = { at: this.now + Math.max(0, Math.round(delayMs)), order: this.#order++, run };
    let low = 0;
    let high = this.#queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(this.#queue[middle]!, planned)) high = middle;
      else low = middle + 1;
    }
    this.#queue.splice(low, 0, planned);
  }

  /** Until nothing is left to happen; says what still was, if that takes more than `stepsMax`. */
  run(stepsMax: number): void {
    for (let step = 0; this.#queue.length > 0; step++) {
      assert(step < stepsMax, `the world is still busy after ${stepsMax} steps: ${this.busy().join('; ')}`);
      this.step();
    }
  }

  step(): void {
    const next = this.#queue.pop();
    if (next === undefined) return;
    this.now = next.at;
    next.run();
  }

  busy(): string[] {
    const owing = [...this.#actors.values()].map(
      (actor) => [actorKey(actor.id), actor.definition.pending(actor.state).map(({ id }) => id)] as const,
    );
    return owing.filter(([, effects]) => effects.length > 0).map(([key, effects]) => `${key} owes ${effects.join(', ')}`);
  }

  // --- messages ---------------------------------------------------------------------------------------------

  /** Over the network: may come late, twice or never; so may the answer. */
  send(id: ActorId, command: ActorCommand, answer: (answer: Answer) => void = () => {}): void {
    this.#deliver(() => this.tell(id, command, (said) => this.#deliver(() => answer(said))));
  }

  #deliver(run: () => void): void {
    const { random, weather } = this;
    const copies = random.happens(weather.lostShare) ? 0 : random.happens(weather.doubledShare) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const late = random.happens(weather.lateShare);
      this.later(random.whole(0, late ? weather.lateMsMax : weather.delayMsMax), run);
    }
  }

  /** Decides and applies right now. */
  tell(id: ActorId, command: ActorCommand, answer: (answer: Answer) => void = () => {}): void {
    const actor = this.#actor(id);
    const decision = actor.definition.decide(actor.state, command, this.now) as AnyDecision;
    this.#apply(actor, 'events' in decision ? (decision.events ?? []) : []);
    this.watch(id);
    if (decision.kind === 'waiting') this.#wait(actor, decision.ticket, answer);
    else answer(decision.kind === 'refused' ? { refusal: decision.refusal } : { reply: decision.reply });
    const settled = 'settled' in decision ? (decision.settled ?? []) : [];
    for (const { ticket, outcome } of settled) this.#settle(actor, ticket, outcome);
    this.#followUp(actor);
  }

  #wait(actor: Hosted, ticket: string, answer: (answer: Answer) => void): void {
    const key = `${actorKey(actor.id)} ${ticket}`;
    this.#waiters.set(key, [...(this.#waiters.get(key) ?? []), answer]);
  }

  #settle(actor: Hosted, ticket: string, outcome: Answer): void {
    const key = `${actorKey(actor.id)} ${ticket}`;
    const waiting = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const answer of waiting) answer(outcome);
  }

  // --- actors -------------------------------------------------------------------------------------------------

  #actor(id: ActorId): Hosted {
    const known = this.#actors.get(actorKey(id));
    if (known !== undefined) return known;
    const definition = this.#definitions.get(id.kind);
    assert(definition !== undefined, `no actor is called ${id.kind}`);
    const actor: Hosted = { id, definition, state: definition.initial(id) as ActorState, owed: new Set(), tables: new Map() };
    this.#actors.set(actorKey(id), actor);
    return actor;
  }

  #apply(actor: Hosted, events: readonly ActorEvent[]): void {
    if (events.length === 0) return;
    const { definition } = actor;
    if (this.random.happens(this.weather.reloadShare)) this.#applyAndUndo(actor, events);
    const version = actor.state.version;
    for (const event of events)
      actor.state = definition.apply(actor.state, JSON.parse(JSON.stringify(event)) as ActorEvent, this.now, noUndo) as ActorState;
    const wrong = definition.broken(actor.state);
    assert(wrong.length === 0, `${actorKey(actor.id)} after ${events.map(({ type }) => type).join(', ')}: ${wrong.join('; ')}`);
    const stamped = events.map((event, index) => ({ event, version: version + 1 + index, at: this.now }));
    for (const change of definition.rows(actor.id, stamped, actor.state)) this.#store(actor, change);
    if (this.random.happens(this.weather.reloadShare)) this.#reload(actor);
  }

  #applyAndUndo(actor: Hosted, events: readonly ActorEvent[]): void {
    const { definition } = actor;
    const before = JSON.stringify(definition.canonical(actor.state, this.now));
    const undo = new UndoLog();
    let state = actor.state;
    for (const event of events) state = definition.apply(state, event, this.now, undo) as ActorState;
    undo.rollBack();
    const after = JSON.stringify(definition.canonical(actor.state, this.now));
    assert(after === before, `${actorKey(actor.id)}: apply then undo is not what was before`);
  }

  #store(actor: Hosted, { table: name, row, isNew }: RowChange): void {
    const table = actor.definition.tables.find((each) => each.name === name);
    assert(table !== undefined, `${actor.id.kind} has no table ${name}`);
    const rows = actor.tables.get(name) ?? new Map<string, Row>();
    const key = JSON.stringify(table.key.map((column) => row[column] ?? null));
    assert(isNew !== true || !rows.has(key), `${name} ${key} is said to be new and is there`);
    actor.tables.set(name, rows.set(key, JSON.parse(JSON.stringify(row)) as Row));
  }

  #rows(actor: Hosted): Rows {
    const loaded = actor.definition.tables.filter((table) => table.loaded);
    return Object.fromEntries(
      loaded.map(({ name, recent }) => {
        const rows = [...(actor.tables.get(name)?.values() ?? [])];
        const isKept = (row: Row): boolean =>
          recent === undefined ||
          recent.unlessStatus?.includes(String(row.status)) === true ||
          Number(row[recent.column] ?? Infinity) >= this.now - recent.keepMs;
        return [name, rows.filter(isKept)];
      }),
    );
  }

  #reload(actor: Hosted): void {
    const { definition } = actor;
    const loaded = definition.load(actor.id, this.#rows(actor), this.now) as ActorState;
    const [was, is] = [actor.state, loaded].map((state) => JSON.stringify(definition.canonical(state, this.now)));
    assert(was === is, `${actorKey(actor.id)}: its rows load as another state\n${is}\n${was}`);
    actor.state = loaded;
    actor.owed = new Set();
  }

  // --- what actors owe -------------------------------------------------------------------------------------------

  #followUp(actor: Hosted): void {
    const effects = actor.definition.pending(actor.state);
    const fresh = effects.filter(({ id }) => !actor.owed.has(id));
    actor.owed = new Set(effects.map(({ id }) => id));
    for (const effect of fresh) this.#dispatch(actor, effect, 2_000);
    const deadline = actor.definition.deadline(actor.state);
    if (deadline !== null) this.later(deadline - this.now + this.random.whole(0, this.weather.tickLateMsMax), () => this.#tick(actor));
  }

  /** W2 */
  #dispatch(actor: Hosted, effect: Effect, againAfterMs: number): void {
    const { definition } = actor;
    this.send(effect.to, effect.command, (outcome) => this.tell(actor.id, definition.answered(effect, outcome)));
    this.later(againAfterMs, () => {
      const current = this.#actors.get(actorKey(actor.id));
      const still = current === actor && definition.pending(actor.state).find(({ id }) => id === effect.id);
      if (still) this.#dispatch(actor, still, Math.min(againAfterMs * 2, 60_000));
    });
  }

  #tick(actor: Hosted): void {
    const deadline = actor.definition.deadline(actor.state);
    const isDue = this.#actors.get(actorKey(actor.id)) === actor && deadline !== null && deadline <= this.now;
    if (isDue) this.tell(actor.id, actor.definition.tick as ActorCommand);
  }
}

/** Later ones stand first, so that the next is taken from the end. */
function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
