/**
 * Rows in memory: the twin of Postgres for tests and the seeded simulation. Deterministic, and strict where
 * Postgres is: types, keys, versions, epochs and checkpoints are really checked (R1 to R4).
 *
 * Rows are copied on the way in and frozen: what was stored cannot be changed from outside. Everything
 * between two awaits is one transaction; no method awaits in the middle.
 */
import { type ActorId, actorId, actorKey, assert, type Instant, type Row, type TableDefinition } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { logStart, type Shard } from '../log/port.ts';
import { checksumOf } from './checksum.ts';
import { type Forgettable, forgettableTables, isForgotten } from './forgettable.ts';
import {
  type ActorRow,
  type Checkpoint,
  type DamagedRow,
  EpochSuperseded,
  isSameCheckpoint,
  type LoadedActor,
  type RowBatch,
  type Stray,
  type RowStore,
  type WriteOutcome,
} from './port.ts';
import {
  actorOfLine,
  actorsTable,
  type ActorTables,
  coalesce,
  isLoaded,
  isOfKind,
  keyText,
  type StoredTable,
  TableSet,
  versionOf,
  rowOfActor,
} from './table-set.ts';

export interface MemoryRowStoreOptions {
  readonly kinds: readonly ActorTables[];
  readonly clock: Pick<Clock, 'wallMs'>;
}

type RowsByKey = Map<string, Row>;

export class MemoryRowStore implements RowStore {
  readonly #tables: TableSet;
  readonly #forgettable: readonly Forgettable[];
  readonly #clock: Pick<Clock, 'wallMs'>;
  readonly #checkpoints = new Map<Shard, Checkpoint>();
  readonly #actors = new Map<Shard, Map<string, ActorRow>>();
  readonly #rows = new Map<string, RowsByKey>();
  /** R5, by the frozen row it was stored with. */
  readonly #checksums = new WeakMap<object, number>();
  /** Rows of one actor: by `kind/table`, then by `store NUL actor id`. */
  readonly #byActor = new Map<string, Map<string, RowsByKey>>();

  constructor(options: MemoryRowStoreOptions) {
    this.#tables = new TableSet(options.kinds);
    this.#forgettable = forgettableTables(this.#tables);
    this.#clock = options.clock;
  }

  async claim(shard: Shard, epoch: number): Promise<Checkpoint> {
    const stored = this.#checkpoints.get(shard) ?? { ...logStart, epoch };
    if (stored.epoch > epoch) throw new EpochSuperseded(`shard ${shard} is claimed by epoch ${stored.epoch}, not ${epoch}`); // R2
    const claimed = { ...stored, epoch };
    this.#checkpoints.set(shard, claimed);
    return claimed;
  }

  async write(shard: Shard, from: Checkpoint, to: Checkpoint, batch: RowBatch): Promise<WriteOutcome> {
    assert(to.epoch === from.epoch, 'the epoch moves by claim alone');
    assert(to.frame >= from.frame, 'a checkpoint never goes back');
    for (const row of batch.actors) assert(row.shard === shard, `actor ${actorKey(row.actor)} is not of shard ${shard}`);
    const changes = coalesce(this.#tables, batch.changes);
    const stored = this.#checkpoints.get(shard);
    if (stored === undefined || !isSameCheckpoint(stored, from)) {
      return { kind: stored !== undefined && isSameCheckpoint(stored, to) ? 'written' : 'fenced' }; // R2
    }
    // R1: nothing below can fail.
    for (const { table, inserts, upserts, removals } of changes) {
      for (const row of [...inserts, ...upserts]) this.#put(table, row, batch.force);
      for (const row of removals) this.#remove(table, row);
    }
    for (const row of batch.actors) this.#putActor(row);
    this.#checkpoints.set(shard, { frame: to.frame, hash: to.hash, epoch: to.epoch });
    return { kind: 'written' };
  }

  async checkpoint(shard: Shard): Promise<Checkpoint | null> {
    return this.#checkpoints.get(shard) ?? null;
  }

  async durableCheckpoint(shard: Shard): Promise<Checkpoint | null> {
    return this.checkpoint(shard);
  }

  async load(kind: string, actors: readonly ActorId[], now: Instant): Promise<ReadonlyMap<string, LoadedActor>> {
    const tables = this.#tables.tablesOf(kind).filter((table) => table.loaded);
    const loaded = new Map<string, LoadedActor>();
    for (const actor of actors) {
      assert(actor.kind === kind, `${actorKey(actor)} is not of kind ${kind}`);
      const stored = this.#actor(actor);
      if (stored === undefined) continue;
      const rows: Record<string, Row[]> = {};
      const damaged: DamagedRow[] = this.#isDamaged(actorsTable, stored) ? [{ table: actorsTable.name, row: rowOfActor(stored) }] : [];
      for (const table of tables) {
        const found = [...this.#rowsOf(kind, table, actor).values()].filter((row) => isLoaded(table, row, now));
        if (found.length > 0) rows[table.name] = found;
        for (const row of found) if (this.#isDamaged(this.#tables.table(table.name), row)) damaged.push({ table: table.name, row });
      }
      const sound = { version: stored.version, format: stored.format, rows };
      loaded.set(actorKey(actor), damaged.length === 0 ? sound : { ...sound, damage: { kind: 'checksum', rows: damaged } });
    }
    return loaded;
  }

  async due(shard: Shard, before: Instant): Promise<readonly ActorId[]> {
    const due = [...(this.#actors.get(shard)?.values() ?? [])].filter(
      (row) => row.owes || (row.deadline !== null && row.deadline <= before),
    );
    const soonest = (row: ActorRow) => row.deadline ?? Number.POSITIVE_INFINITY;
    due.sort((a, b) => (soonest(a) === soonest(b) ? 0 : soonest(a) - soonest(b)));
    return due.map((row) => row.actor);
  }

  async *scan(table: string, shard: Shard, onDamaged?: (row: Row) => void): AsyncIterable<Row> {
    const found: Row[] = [];
    const actors = [...(this.#actors.get(shard)?.values() ?? [])];
    if (table === actorsTable.name) {
      for (const line of actors) {
        found.push(rowOfActor(line));
        if (this.#isDamaged(actorsTable, line)) onDamaged?.(found.at(-1)!);
      }
    }
    for (const { kind, table: definition } of this.#tables.usesOf(table)) {
      for (const { actor } of actors) if (actor.kind === kind) found.push(...this.#rowsOf(kind, definition, actor).values());
    }
    if (table !== actorsTable.name) for (const row of found) if (this.#isDamaged(this.#tables.table(table), row)) onDamaged?.(row);
    yield* found;
  }

  async *strays(table: string): AsyncIterable<Stray> {
    const found: Stray[] = [];
    for (const { kind, table: use } of this.#tables.usesOf(table)) {
      for (const row of this.#rows.get(table)?.values() ?? []) {
        const actor = actorOfRow(kind, use, row);
        if (isOfKind(use, row) && this.#actor(actor) === undefined) found.push({ actor, row });
      }
    }
    yield* found;
  }

  async forget(now: Instant): Promise<number> {
    let forgotten = 0;
    for (const table of this.#forgettable) {
      const stored = this.#tables.table(table.name);
      const old = [...(this.#rows.get(table.name)?.values() ?? [])].filter((row) => isForgotten(table, row, now));
      for (const row of old) this.#remove(stored, row);
      forgotten += old.length;
    }
    return forgotten;
  }

  async now(): Promise<Instant> {
    return Math.floor(this.#clock.wallMs());
  }

  async close(): Promise<void> {}

  /** For tests: a bit turns where the row lies. Its checksum, version guard and key know nothing of it. Of the rows
   *  that `pick` wants, the first; false when there is none. */
  damage(table: string, pick: (row: Row) => boolean, change: Row): boolean {
    if (table === actorsTable.name) return this.#damageActor(pick, change);
    const stored = this.#tables.table(table);
    for (const [key, row] of this.#rows.get(table) ?? []) {
      if (!pick(row)) continue;
      const damaged = this.#withChecksumOf(row, Object.freeze({ ...row, ...change }));
      assert(keyText(stored, damaged) === key, 'a row is damaged in its values, not in its key');
      this.#unindex(stored, key, row);
      this.#store(stored, key, damaged);
      return true;
    }
    return false;
  }

  #damageActor(pick: (row: Row) => boolean, change: Row): boolean {
    for (const lines of this.#actors.values()) {
      for (const [key, line] of lines) {
        const row = rowOfActor(line);
        if (!pick(row)) continue;
        lines.set(key, this.#withChecksumOf(line, Object.freeze(actorOfLine({ ...row, ...change }))));
        return true;
      }
    }
    return false;
  }

  #withChecksumOf<Stored extends object>(before: object, after: Stored): Stored {
    const checksum = this.#checksums.get(before);
    if (checksum !== undefined) this.#checksums.set(after, checksum);
    return after;
  }

  #isDamaged(table: StoredTable, stored: Row | ActorRow): boolean {
    const checksum = this.#checksums.get(stored);
    return (
      checksum !== undefined && checksum !== checksumOf(table, table === actorsTable ? rowOfActor(stored as ActorRow) : (stored as Row))
    );
  }

  #put(table: StoredTable, given: Row, force?: true): void {
    if (table === actorsTable) return this.#putActor(actorOfLine(given), force);
    const key = keyText(table, given);
    const rows = entry(this.#rows, table.name, () => new Map<string, Row>());
    const earlier = rows.get(key);
    if (force === undefined && earlier !== undefined && versionOf(earlier) > versionOf(given)) return; // R3
    const row = Object.freeze(structuredClone(given));
    this.#checksums.set(row, checksumOf(table, row));
    if (earlier !== undefined) this.#unindex(table, key, earlier);
    this.#store(table, key, row);
  }

  #store(table: StoredTable, key: string, row: Row): void {
    this.#rows.get(table.name)!.set(key, row);
    for (const { kind, table: use } of this.#tables.usesOf(table.name)) {
      if (isOfKind(use, row)) this.#rowsOf(kind, use, actorOfRow(kind, use, row), true).set(key, row);
    }
  }

  #remove(table: StoredTable, given: Row): void {
    if (table === actorsTable) return this.#removeActor(actorOfLine(given));
    const key = keyText(table, given);
    const earlier = this.#rows.get(table.name)?.get(key);
    if (earlier === undefined || versionOf(earlier) > versionOf(given)) return; // R3
    this.#unindex(table, key, earlier);
    this.#rows.get(table.name)?.delete(key);
  }

  #unindex(table: StoredTable, key: string, row: Row): void {
    for (const { kind, table: use } of this.#tables.usesOf(table.name)) this.#rowsOf(kind, use, actorOfRow(kind, use, row)).delete(key);
  }

  #rowsOf(kind: string, table: TableDefinition, actor: ActorId, create = false): RowsByKey {
    const actors = entry(this.#byActor, `${kind}/${table.name}`, () => new Map<string, RowsByKey>());
    const name = `${actor.store}\u0000${actor.id}`;
    return create ? entry(actors, name, () => new Map<string, Row>()) : (actors.get(name) ?? new Map<string, Row>());
  }

  #actor(actor: ActorId): ActorRow | undefined {
    const key = actorKey(actor);
    for (const rows of this.#actors.values()) {
      const row = rows.get(key);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  #putActor(row: ActorRow, force?: true): void {
    const rows = entry(this.#actors, row.shard, () => new Map<string, ActorRow>());
    const key = actorKey(row.actor);
    const earlier = rows.get(key);
    if (force === true || earlier === undefined || earlier.version <= row.version) {
      const line = Object.freeze({ ...row });
      this.#checksums.set(line, checksumOf(actorsTable, rowOfActor(line)));
      rows.set(key, line); // R3
    }
  }

  #removeActor(row: ActorRow): void {
    const rows = this.#actors.get(row.shard);
    const earlier = rows?.get(actorKey(row.actor));
    if (earlier !== undefined && earlier.version <= row.version) rows!.delete(actorKey(row.actor)); // R3
  }
}

function actorOfRow(kind: string, table: TableDefinition, row: Row): ActorId {
  return actorId(kind, row['store_id'] as string, row[table.actorColumn] as string);
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
