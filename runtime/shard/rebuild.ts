/**
 * Actors whose rows are damaged, made again from the history of their shard, as if nothing had ever been stored.
 *
 * B1. History is folded up to the newest frame whose rows are written, not further. An actor that is being loaded
 *     has no later event that is not replayed onto it: it left memory only when all of it was projected (M2).
 * B2. Only the wanted actors are kept, and the event loop is let go every `rebuildTurnMs`.
 * B3. One fold at a time; who comes meanwhile is folded together by the next one.
 * B4. What history cannot show is not guessed: the load fails, and who waits is told `unavailable`.
 * B5. Rows are put right by write-behind, before anything newer of the actor is written. They say nothing that
 *     the log does not say: no frame is needed for it.
 */
import {
  type ActorId,
  type ActorState,
  type AnyActorDefinition,
  actorKey,
  type Instant,
  type Row,
  type RowChange,
} from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import type { Log, Shard } from '../log/port.ts';
import type { Logger } from '../logger.ts';
import { forgettableTables, isForgotten } from '../rows/forgettable.ts';
import type { RowDamage } from '../rows/port.ts';
import { actorsTable, keyText, TableSet, versionOf } from '../rows/table-set.ts';
import { ShardFold } from '../verify/fold.ts';
import { pause } from './append.ts';

/** All frames of a shard from its first: the log, or archive and log as one chain. */
export type History = Pick<Log, 'read'>;

/** Why the rows of an actor are not believed: damage that the store saw, or rows that `load` made nothing of. */
export type Distrust = RowDamage | { readonly kind: 'senseless'; readonly cause: string };

export interface Distrusted {
  readonly id: ActorId;
  readonly why: Distrust;
}

export interface RebuildDeps {
  readonly shard: Shard;
  readonly log: Log;
  /** Absent = the log. */
  readonly history?: History;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly now: () => Instant;
  readonly halted: () => boolean;
  /** The newest frame whose rows are written. */
  readonly projectedFrame: () => number;
  readonly mend: (changes: readonly RowChange[]) => void;
}

/** For how long a fold keeps everybody else waiting. */
const rebuildTurnMs = 10;

const stopped = 'the shard stopped while an actor was rebuilt';

interface Wanted extends Distrusted {
  readonly resolve: (state: ActorState) => void;
  readonly reject: (error: unknown) => void;
}

export class Rebuild {
  readonly #deps: RebuildDeps;
  readonly #tables: TableSet;
  /** Bounded by how many actors may be loading at once (I7). */
  #waiting: Wanted[] = [];
  #folding = false;
  #damaged = 0;

  constructor(deps: RebuildDeps) {
    this.#deps = deps;
    this.#tables = new TableSet([...deps.definitions.values()]);
  }

  /** Actors rebuilt or tried to, since the shard was taken over. */
  get damaged(): number {
    return this.#damaged;
  }

  /** The state at the newest projected frame. Throws `LogUnavailable`, `LogDamaged` (B4). */
  state(id: ActorId, why: Distrust): Promise<ActorState> {
    this.#damaged++;
    this.#deps.logger.error(
      { shard: this.#deps.shard, actor: actorKey(id), damage: inWords(why) },
      'stored rows are damaged; the actor is rebuilt from history',
    );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, why, resolve, reject });
      if (this.#folding) return; // B3
      this.#folding = true;
      queueMicrotask(() => void this.#foldAll());
    });
  }

  async #foldAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#deps.halted()) {
      const wanted = this.#waiting;
      this.#waiting = [];
      try {
        const fold = await this.#fold(wanted);
        for (const one of wanted) this.#settle(one, fold);
      } catch (error) {
        for (const { reject } of wanted) reject(error); // B4
      }
    }
    this.#folding = false;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error(stopped));
  }

  async #fold(wanted: readonly Wanted[]): Promise<ShardFold> {
    const { shard, log, history, definitions, clock, halted, projectedFrame } = this.#deps;
    const upTo = projectedFrame(); // B1
    let turnBeganMs = clock.monotonicMs();
    const breathe = async () => {
      if (clock.monotonicMs() - turnBeganMs < rebuildTurnMs) return;
      await pause(clock, 0); // B2
      turnBeganMs = clock.monotonicMs();
      if (halted()) throw new Error(stopped);
    };
    const only = new Set(wanted.map(({ id }) => actorKey(id)));
    const fold = new ShardFold({ log: history ?? log, shard, definitions, tables: this.#tables, rowsUpTo: upTo, only, breathe });
    await fold.advance(upTo);
    return fold;
  }

  #settle({ id, why, resolve }: Wanted, fold: ShardFold): void {
    const { logger, shard, definitions } = this.#deps;
    const folded = fold.actors.get(actorKey(id));
    const state = folded?.state ?? (definitions.get(id.kind)!.initial(id) as ActorState);
    // Where rows cannot be read they cannot be written either: trying would hold up everybody else's.
    if (why.kind !== 'unreadable') this.#mend(id, why, fold);
    logger.warn({ shard, actor: actorKey(id), version: state.version, frame: fold.frame }, 'the actor was rebuilt from history');
    resolve(state);
  }

  /** B5: right rows in the place of wrong ones, whatever version those say; away only with what has no right one. */
  #mend(id: ActorId, why: Distrust, fold: ShardFold): void {
    const wrong = why.kind === 'checksum' ? why.rows.filter(({ row }) => Number.isSafeInteger(versionOf(row))) : [];
    const right = this.#rowsOf(id, fold);
    const keyOf = ({ table, row }: { readonly table: string; readonly row: Row }) => `${table} ${keyText(this.#tables.table(table), row)}`;
    const replaced = new Set(right.map(keyOf));
    const left = wrong.filter((one) => !replaced.has(keyOf(one)));
    this.#deps.mend([...left.map(({ table, row }) => ({ table, row, remove: true as const })), ...right]);
  }

  /** What is read back of an actor, all of it. */
  #rowsOf({ kind, store, id }: ActorId, fold: ShardFold): RowChange[] {
    const forgettable = forgettableTables(this.#tables);
    const changes: RowChange[] = [];
    for (const [name, rows] of fold.rows) {
      const use = this.#tables.usesOf(name).find((one) => one.kind === kind)?.table;
      if (name !== actorsTable.name && use?.loaded !== true) continue;
      const column = use?.actorColumn ?? 'actor_id';
      const old = forgettable.find((table) => table.name === name);
      for (const { table, row } of rows.values()) {
        const isOurs = row['store_id'] === store && row[column] === id && (row['kind'] === kind || !this.#saysKind(name));
        if (isOurs && (old === undefined || !isForgotten(old, row, this.#deps.now()))) changes.push({ table, row });
      }
    }
    return changes;
  }

  /** Tables that kinds share name the kind in every row. */
  #saysKind(name: string): boolean {
    return name === actorsTable.name || this.#tables.usesOf(name).some(({ table }) => table.where?.['kind'] !== undefined);
  }
}

function inWords(why: Distrust): string {
  if (why.kind !== 'checksum') return why.cause;
  return `the checksum is wrong of ${why.rows.map(({ table, row }) => `${table} version ${String(row['version'])}`).join(', ')}`;
}
