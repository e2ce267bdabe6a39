/**
 * The actors of one shard that are in memory (I7: at most `residentActorsMax` for clients, and
 * `residentInternalMax` more for internal commands).
 *
 * M1. An actor is loaded once, from rows read in one snapshot; commands for it wait in order meanwhile.
 * M2. An actor leaves memory only when everything it did is projected, it owes nothing, and its next
 *     deadline is further away than `deadlineResidentMs`. So what is in rows is never older than what was here.
 *     When there is no room even so, projected actors leave although they are due soon, and for internal
 *     commands although they owe: rows say so, the scan for deadlines brings them back, and what waits for
 *     what cannot stand still for ever. An expiry may then be late by one scan; it is never believed late,
 *     because a hold past its end counts as ended whoever asks.
 *     Actors of kinds that rest in rows leave when nobody asks for them, also while there is room (`resting.ts`).
 * M3. Names without rows are remembered (bounded), so that a flood of unknown SKUs costs no reads twice.
 * M4. Rows that are damaged, or that nothing can be made of, never become memory: the actor is rebuilt from
 *     history (`rebuild.ts`), and only its own commands wait for that.
 */
import { type ActorId, type ActorState, type AnyActorDefinition, actorKey, assert, type Instant } from '../../actors/kernel/index.ts';
import { LogDamaged } from '../frame/frame.ts';
import type { Limits } from '../limits.ts';
import type { Envelope } from '../router/port.ts';
import { type LoadedActor, RowsTooNew, type RowStore } from '../rows/port.ts';
import { actorsTable } from '../rows/table-set.ts';
import { Activation } from './activation.ts';
import { type Business, mayLeave } from './may-leave.ts';
import type { Pending } from './pending.ts';
import { type Distrust, type Distrusted, Rebuild, type RebuildDeps } from './rebuild.ts';
import { Resting } from './resting.ts';

export interface ResidentsDeps extends RebuildDeps {
  readonly rows: RowStore;
  readonly limits: Limits;
  readonly onEvicted: (activation: Activation) => void;
  readonly onLoaded: (activation: Activation, parked: readonly Pending[]) => void;
  readonly onLoadFailed: (parked: readonly Pending[]) => void;
}

export class Residents {
  readonly #deps: ResidentsDeps;
  readonly #rebuilding: Rebuild;
  readonly #resting: Resting;
  readonly #actors = new Map<string, Activation>();
  /** The one asked for last: of a hot SKU every command finds it without its key being put together. */
  #latest: Activation | null = null;
  readonly #unknown = new Set<string>();
  readonly #loading = new Set<Activation>();
  #loadQueue: Activation[] = [];
  #loadsInFlight = 0;
  #cursor: Iterator<Activation> | null = null;

  constructor(deps: ResidentsDeps) {
    this.#deps = deps;
    this.#rebuilding = new Rebuild(deps);
    this.#resting = new Resting({
      clock: deps.clock,
      restMs: deps.limits.residentRestMs,
      halted: deps.halted,
      isHere: (activation) => this.#actors.get(activation.key) === activation,
      hereCount: () => this.#actors.size,
      leave: (activation) => this.#leave(activation, 'idle'),
    });
  }

  get size(): number {
    return this.#actors.size;
  }

  get damaged(): number {
    return this.#rebuilding.damaged;
  }

  get unknownSize(): number {
    return this.#unknown.size;
  }

  get(key: string): Activation | undefined {
    return this.#actors.get(key);
  }

  all(): IterableIterator<Activation> {
    return this.#actors.values();
  }

  loading(): Iterable<Activation> {
    return this.#loading;
  }

  /** The actor, resident or loading; null when there is no room for one more of this class. */
  acquire(id: ActorId, commandClass: Envelope['class']): Activation | null {
    if (this.#latest === null || !isSameActor(this.#latest.id, id)) this.#latest = this.#find(id, commandClass);
    if (this.#latest !== null) this.#latest.touched = true;
    return this.#latest;
  }

  #find(id: ActorId, commandClass: Envelope['class']): Activation | null {
    const key = actorKey(id);
    const known = this.#actors.get(key);
    if (known !== undefined) return known;
    if (!this.#makeRoomFor(commandClass)) return null;
    const definition = this.#deps.definitions.get(id.kind);
    assert(definition !== undefined, `no actor of kind ${id.kind}`);
    const isUnknown = this.#unknown.delete(key);
    const activation = new Activation(id, definition, isUnknown ? { kind: 'resident' } : { kind: 'loading', parked: [] });
    this.#add(activation);
    if (!isUnknown) {
      this.#loading.add(activation);
      this.#loadQueue.push(activation);
      queueMicrotask(() => this.#startLoads());
    }
    return activation;
  }

  /** An actor that turned out not to exist need not stay. */
  forgetUnborn(activation: Activation): void {
    assert(activation.state.version === 0, 'only an actor without events is unborn');
    if (this.#actors.get(activation.key) !== activation) return;
    this.#remove(activation);
    this.#rememberUnknown(activation.key);
  }

  #add(activation: Activation): void {
    this.#actors.set(activation.key, activation);
    this.#resting.cameIn(activation);
  }

  #remove(activation: Activation): void {
    this.#actors.delete(activation.key);
    if (this.#latest === activation) this.#latest = null;
  }

  /** For a take-over: reads many actors at once and makes them resident. Throws `RowsUnavailable`, `RowsTooNew`. */
  async loadAll(ids: readonly ActorId[]): Promise<void> {
    const byKind = groupByKind(ids);
    for (const [kind, kindIds] of byKind) {
      for (let from = 0; from < kindIds.length; from += this.#deps.limits.loadBatchMax) {
        const slice = kindIds.slice(from, from + this.#deps.limits.loadBatchMax).filter((id) => !this.#actors.has(actorKey(id)));
        if (slice.length === 0) continue;
        const loaded = await this.#deps.rows.load(kind, slice, this.#deps.now());
        const distrusted = slice.flatMap((id): Distrusted[] => {
          const why = this.#adopt(id, loaded.get(actorKey(id)));
          return why === null ? [] : [{ id, why }];
        });
        await Promise.all(distrusted.map(async ({ id, why }) => this.#adoptState(id, await this.#rebuilding.state(id, why))));
      }
    }
  }

  /** Why not, when the rows are not to be believed. */
  #adopt(id: ActorId, loaded: LoadedActor | undefined): Distrust | null {
    const definition = this.#deps.definitions.get(id.kind);
    assert(definition !== undefined, `no actor of kind ${id.kind}`);
    const restored =
      loaded === undefined ? { state: definition.initial(id) as ActorState } : restore(id, definition, loaded, this.#deps.now());
    if ('kind' in restored) return restored;
    this.#adoptState(id, restored.state);
    return null;
  }

  #adoptState(id: ActorId, state: ActorState): void {
    const activation = new Activation(id, this.#deps.definitions.get(id.kind)!, { kind: 'resident' });
    activation.state = state;
    this.#add(activation);
  }

  #startLoads(): void {
    while (this.#loadsInFlight < this.#deps.limits.loadsInFlightMax && this.#loadQueue.length > 0 && !this.#deps.halted()) {
      const kind = this.#loadQueue[0]!.id.kind;
      const batch: Activation[] = [];
      const rest: Activation[] = [];
      for (const activation of this.#loadQueue) {
        (activation.id.kind === kind && batch.length < this.#deps.limits.loadBatchMax ? batch : rest).push(activation);
      }
      this.#loadQueue = rest;
      this.#loadsInFlight++;
      void this.#load(kind, batch);
    }
  }

  async #load(kind: string, batch: readonly Activation[]): Promise<void> {
    let loaded: ReadonlyMap<string, LoadedActor> | null = null;
    let failure: unknown = null;
    try {
      const ids = batch.map((activation) => activation.id);
      loaded = await this.#deps.rows.load(kind, ids, this.#deps.now());
    } catch (error) {
      failure = error;
    }
    if (this.#deps.halted()) return;
    this.#loadsInFlight--;
    for (const activation of batch) this.#finishLoad(activation, loaded?.get(activation.key), failure);
    this.#startLoads();
  }

  #finishLoad(activation: Activation, loaded: LoadedActor | undefined, failure: unknown): void {
    const { residence } = activation;
    assert(residence.kind === 'loading', 'an actor is loaded once (M1)');
    try {
      if (failure !== null) throw failure instanceof Error ? failure : new Error(String(failure));
      const restored =
        loaded === undefined ? { state: activation.state } : restore(activation.id, activation.definition, loaded, this.#deps.now());
      if ('kind' in restored) void this.#rebuild(activation, restored);
      else this.#settleLoad(activation, restored);
    } catch (error) {
      this.#settleLoad(activation, { error });
    }
  }

  /** M4: it goes on loading, and its commands waiting, while it is made again. */
  async #rebuild(activation: Activation, why: Distrust): Promise<void> {
    const result = await this.#rebuilding.state(activation.id, why).then(
      (state) => ({ state }),
      (error: unknown) => ({ error }),
    );
    if (!this.#deps.halted()) this.#settleLoad(activation, result);
  }

  #settleLoad(activation: Activation, result: { readonly state: ActorState } | { readonly error: unknown }): void {
    const { residence } = activation;
    assert(residence.kind === 'loading', 'an actor is loaded once (M1)');
    this.#loading.delete(activation);
    if ('error' in result) {
      this.#remove(activation);
      const { error } = result;
      const say = error instanceof RowsTooNew || error instanceof LogDamaged ? 'error' : 'warn'; // time alone mends the others
      this.#deps.logger[say]({ actor: activation.key, error: String(error) }, 'an actor could not be loaded');
      this.#deps.onLoadFailed(residence.parked);
      return;
    }
    activation.state = result.state;
    activation.residence = { kind: 'resident' };
    this.#deps.onLoaded(activation, residence.parked);
  }

  #rememberUnknown(key: string): void {
    this.#unknown.add(key);
    if (this.#unknown.size <= this.#deps.limits.unknownActorsMax) return;
    const oldest = this.#unknown.values().next();
    if (!oldest.done) this.#unknown.delete(oldest.value);
  }

  #makeRoomFor(commandClass: Envelope['class']): boolean {
    const { residentActorsMax, residentInternalMax } = this.#deps.limits;
    if (commandClass === 'client') return this.#makeRoom(residentActorsMax, 'idle') || this.#makeRoom(residentActorsMax, 'due');
    const max = residentActorsMax + residentInternalMax;
    return this.#makeRoom(max, 'idle') || this.#makeRoom(max, 'due') || this.#makeRoom(max, 'owing');
  }

  /** Second-chance eviction: goes round until fewer than `max` are here, or everybody was seen twice. */
  #makeRoom(max: number, most: Business): boolean {
    if (this.#actors.size < max) return true;
    const stepsMax = Math.min(this.#actors.size * 2, 10_000);
    for (let step = 0; step < stepsMax; step++) {
      const next = this.#advance();
      if (next === null) break;
      if (next.touched) next.touched = false;
      else if (this.#leave(next, most) && this.#actors.size < max) return true;
    }
    return false;
  }

  /** M2: it goes if all of it is in rows and it has at most so much to do. */
  #leave(activation: Activation, most: Business): boolean {
    const { limits, now, projectedFrame, onEvicted } = this.#deps;
    if (!mayLeave(activation, most, { projectedFrame: projectedFrame(), now: now(), soonMs: limits.deadlineResidentMs })) return false;
    this.#remove(activation);
    onEvicted(activation);
    if (activation.state.version === 0) this.#rememberUnknown(activation.key);
    return true;
  }

  #advance(): Activation | null {
    for (let round = 0; round < 2; round++) {
      this.#cursor ??= this.#actors.values();
      const step = this.#cursor.next();
      if (!step.done) return step.value;
      this.#cursor = null;
    }
    return null;
  }
}

function isSameActor(one: ActorId, other: ActorId): boolean {
  return one.id === other.id && one.kind === other.kind && one.store === other.store;
}

/** The state that rows tell, or why they are not believed (M4). Throws `RowsTooNew`. */
function restore(
  id: ActorId,
  definition: AnyActorDefinition,
  loaded: LoadedActor,
  now: Instant,
): { readonly state: ActorState } | Distrust {
  const key = actorKey(id);
  // Before damage: a checksum over columns that we do not know looks wrong to us, and must not be put "right".
  if (saysItsFormat(loaded) && loaded.format > definition.format)
    throw new RowsTooNew(`${key} was written in format ${loaded.format} by a newer version; this one reads up to ${definition.format}`);
  if (loaded.damage !== undefined) return loaded.damage;
  try {
    const state = definition.load(id, loaded.rows, now) as ActorState;
    assert(state.version === loaded.version, `${key}: its rows say version ${state.version}, its actor row ${loaded.version}`);
    return { state };
  } catch (error) {
    return { kind: 'senseless', cause: String(error) };
  }
}

/** The line of the actor is believed, whatever its other rows are. */
function saysItsFormat({ damage }: LoadedActor): boolean {
  return damage === undefined || (damage.kind === 'checksum' && damage.rows.every(({ table }) => table !== actorsTable.name));
}

function groupByKind(ids: readonly ActorId[]): Map<string, ActorId[]> {
  const groups = new Map<string, ActorId[]>();
  for (const id of ids) {
    const group = groups.get(id.kind);
    if (group === undefined) groups.set(id.kind, [id]);
    else group.push(id);
  }
  return groups;
}
