/**
 * Loads actors from Postgres. Almost every order, hold and cart that is asked for first is one that is about to begin:
 * which of them exist at all is one look into `actors`, for all kinds and all shards that ask at the same time.
 *
 * A1. What exists is then read by one statement that finds the actor again (R4): that it existed says nothing else. What
 *     was not there when it was looked for, after it was asked for, is absent: an actor leaves memory only once its rows
 *     are written.
 * A2. A look that the server refuses tells of none of those in it: each question then goes by itself.
 * A3. What cannot be read is found by halving (R5).
 */
import type pg from 'pg';
import { type ActorId, actorKey, assert, type Instant, type TableDefinition } from '../../actors/kernel/index.ts';
import { limits } from '../limits.ts';
import { arrayLiteral } from '../postgres/array-literal.ts';
import { describe, sqlStateOf } from '../postgres/errors.ts';
import { Gather } from './gather.ts';
import { type LoadRow, loadedActors } from './loaded-actors.ts';
import { type LoadedActor, RowsUnavailable } from './port.ts';
import { existingText, loadText } from './table-sql.ts';
import type { TableSet } from './table-set.ts';

export interface ActorLoaderDeps {
  readonly tables: TableSet;
  readonly kinds: readonly string[];
  readonly pool: pg.Pool;
  /** Calls at the end of the turn. */
  readonly defer: (call: () => void) => void;
}

interface Question {
  /** Of nobody else: two of the same actors may travel together. */
  readonly number: number;
  readonly actors: readonly ActorId[];
  /** Keys of those there are, or null: not known, go and read. */
  readonly answer: (existing: ReadonlySet<string> | null) => void;
  readonly fail: (error: unknown) => void;
}

interface KindLoad {
  readonly name: string;
  readonly text: string;
  readonly tables: readonly TableDefinition[];
}

interface ExistingRow {
  readonly store_id: string;
  readonly kind: string;
  readonly actor_id: string;
}

/** Two, so that nobody waits for one that hangs. */
const looksMax = 2;
/** Full ones bring in what is there after a start. */
const fullLooksMax = 4;

export class ActorLoader {
  readonly #deps: ActorLoaderDeps;
  readonly #loads = new Map<string, KindLoad>();
  readonly #gather: Gather<Question>;
  #questions = 0;

  constructor(deps: ActorLoaderDeps) {
    this.#deps = deps;
    for (const kind of deps.kinds) {
      const tables = deps.tables.tablesOf(kind).filter((table) => table.loaded);
      this.#loads.set(kind, { name: `rows_load_${kind}`, text: loadText(kind, tables), tables });
    }
    this.#gather = new Gather({
      inFlightMax: looksMax,
      fullInFlightMax: fullLooksMax,
      weightMax: limits.loadBatchMax,
      weightOf: (question) => question.actors.length,
      nameOf: (question) => question.number,
      send: async (questions) => this.#look(questions),
      defer: deps.defer,
    });
  }

  /** As `load` of the port says. */
  async load(kind: string, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>> {
    assert(actors.length <= limits.loadBatchMax, `at most ${limits.loadBatchMax} actors are loaded at once`);
    const load = this.#loads.get(kind);
    assert(load !== undefined, `unknown kind of actor ${kind}`);
    for (const actor of actors) assert(actor.kind === kind, `${actorKey(actor)} is not of kind ${kind}`);
    // asked for with the others it would be the end of the question for all of them
    const nameable = actors.filter((actor) => !actorKey(actor).includes('\0'));
    if (nameable.length === 0) return new Map();
    const existing = await new Promise<ReadonlySet<string> | null>((answer, fail) => {
      this.#gather.add({ number: this.#questions++, actors: nameable, answer, fail });
    });
    const found = existing === null ? nameable : nameable.filter((actor) => existing.has(actorKey(actor)));
    return found.length === 0 ? new Map() : this.#read(kind, load, found, now); // A1
  }

  async #look(questions: readonly Question[]): Promise<void> {
    const actors = questions.flatMap((question) => question.actors);
    try {
      const { rows } = await this.#deps.pool.query<ExistingRow>({
        name: 'rows_existing',
        text: existingText,
        values: [textArray(actors, 'store'), textArray(actors, 'kind'), textArray(actors, 'id')],
      });
      const existing = new Set(rows.map((row) => actorKey({ store: row.store_id, kind: row.kind, id: row.actor_id })));
      for (const { answer } of questions) answer(existing);
    } catch (error) {
      const wasRefused = sqlStateOf(error) !== null; // A2
      for (const { answer, fail } of questions) {
        if (wasRefused) answer(null);
        else fail(unavailable(error));
      }
    }
  }

  async #read(kind: string, load: KindLoad, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>> {
    const values = [textArray(actors, 'store'), textArray(actors, 'id'), now];
    let rows: readonly LoadRow[];
    try {
      rows = (await this.#deps.pool.query<LoadRow>({ name: load.name, text: load.text, values })).rows;
    } catch (error) {
      if (!isUnreadable(error)) throw unavailable(error);
      return this.#readAround(kind, load, actors, now, error);
    }
    return loadedActors(this.#deps.tables, kind, load.tables, rows);
  }

  /** A3. */
  async #readAround(
    kind: string,
    load: KindLoad,
    actors: readonly ActorId[],
    now: Instant,
    error: unknown,
  ): Promise<ReadonlyMap<string, LoadedActor>> {
    const [only] = actors;
    if (actors.length === 1) {
      return new Map([[actorKey(only!), { version: 0, format: 0, rows: {}, damage: { kind: 'unreadable', cause: describe(error) } }]]);
    }
    const middle = Math.ceil(actors.length / 2);
    const first = await this.#read(kind, load, actors.slice(0, middle), now);
    return new Map([...first, ...(await this.#read(kind, load, actors.slice(middle), now))]);
  }
}

function textArray(actors: readonly ActorId[], part: keyof ActorId): string {
  return arrayLiteral(
    'text',
    actors.map((actor) => actor[part]),
  );
}

/** XX001 data_corrupted, XX002 index_corrupted: a page whose own checksum is wrong, or that is not a page. */
function isUnreadable(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === 'XX001' || state === 'XX002';
}

function unavailable(error: unknown): RowsUnavailable {
  return new RowsUnavailable(describe(error), { cause: error });
}
