/**
 * Compares what one shard's log says with what is in memory and what is in rows, and all of it with the laws.
 *
 * V1. All three are compared at one frame: on a live server the shard stands still meanwhile; on a stopped
 *     one, memory is what the next owner would load, and rows are compared at their checkpoint.
 * V2. Nothing is written.
 */
import {
  type ActorId,
  type ActorState,
  type AnyActorDefinition,
  actorKey,
  type Instant,
  type Json,
  noUndo,
  parseActorKey,
  type Row,
} from '../../actors/kernel/index.ts';
import { decodeFrame } from '../frame/codec.ts';
import type { Limits } from '../limits.ts';
import { type LogReader, logStart, type Shard } from '../log/port.ts';
import { forgettableTables, isForgotten } from '../rows/forgettable.ts';
import type { LoadedActor, RowStore } from '../rows/port.ts';
import { keyText, type TableSet } from '../rows/table-set.ts';
import { shardOf } from '../shard-of.ts';
import { differencesOf } from './compare.ts';
import { type ExpectedRow, type FoldedActor, ShardFold } from './fold.ts';

export interface Difference {
  readonly shard: Shard;
  readonly store: string;
  /** Actor or row, such as `stock/A1` or `stock_levels/A1/main`. */
  readonly key: string;
  readonly what: string;
  readonly log: Json;
  readonly memory: Json;
  readonly postgres: Json;
  /** What whoever takes the money says, where that was asked. */
  readonly payments?: Json;
  /** The frame that the log's word rests on, or null. */
  readonly frame: number | null;
  /** For rows: what `repair` needs. */
  readonly row?: { readonly table: string; readonly expected: Row | null; readonly stored: Row | null };
}

export interface ShardVerdict {
  readonly shard: Shard;
  readonly frames: number;
  /** Actors by kind. */
  readonly actors: ReadonlyMap<string, number>;
  /** Rows by table. */
  readonly rows: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}

export interface VerifyRequest {
  readonly shard: Shard;
  readonly log: LogReader;
  readonly rows: RowStore;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly tables: TableSet;
  readonly limits: Limits;
  /** The frame to compare at: the tail. */
  readonly upTo: number;
  readonly at: Instant;
  /** Memory of a running owner by actor key; null = what the next owner would load. */
  readonly memory: ReadonlyMap<string, ActorState> | null;
  /** A fold that was begun before the shard stood still; absent = from the first frame. */
  readonly fold?: ShardFold;
  /** Report only what concerns this store (I6); null = everything. */
  readonly store: string | null;
  readonly onFrame?: (frame: number) => void;
  /** Shown every actor as the log has it, before the shard is let go: for what must hold between actors. */
  readonly inspect?: (actor: FoldedActor) => void;
}

/** How late a deadline may be served before it counts as forgotten (I9). */
const deadlineGraceMs = 60_000;

/** Throws `LogDamaged`, `LogUnavailable`, `RowsUnavailable`. */
export async function verifyShard(request: VerifyRequest): Promise<ShardVerdict> {
  const checkpoint = (await request.rows.checkpoint(request.shard)) ?? { ...logStart, epoch: 0 };
  const found: Difference[] = [];
  const note = (difference: Omit<Difference, 'shard'>) => {
    if (request.store === null || request.store === difference.store) found.push({ shard: request.shard, ...difference });
  };
  const fold = request.fold ?? new ShardFold({ ...request, rowsUpTo: checkpoint.frame });
  await fold.advance(request.upTo);
  if (checkpoint.frame !== fold.rowsAt.frame || checkpoint.hash !== fold.rowsAt.hash) {
    note({
      store: '',
      key: 'checkpoint',
      what: 'rows were written from another log',
      log: fold.frame,
      memory: null,
      postgres: checkpoint.frame,
      frame: null,
    });
  }
  for (const { id, frame, what } of fold.broken)
    note({ store: id.store, key: nameOf(id), what, log: frame, memory: null, postgres: null, frame });
  await compareMemory(request, fold, checkpoint.frame, note);
  await compareRows(request, fold, note);
  checkLaws(request, fold, note);
  if (request.inspect !== undefined)
    for (const actor of fold.actors.values()) if (request.store === null || request.store === actor.id.store) request.inspect(actor);
  return {
    shard: request.shard,
    frames: fold.frame + 1,
    actors: countActors(request, fold),
    rows: countRows(request, fold),
    differences: found,
  };
}

type Note = (difference: Omit<Difference, 'shard'>) => void;

function checkLaws(request: VerifyRequest, fold: ShardFold, note: Note): void {
  for (const { id, definition, state, frame } of fold.actors.values()) {
    const base = { store: id.store, key: nameOf(id), memory: null, postgres: null, frame };
    for (const what of definition.broken(state)) note({ ...base, what, log: null });
    const deadline = definition.deadline(state);
    if (request.memory !== null && deadline !== null && deadline < request.at - deadlineGraceMs) {
      note({ ...base, what: 'a deadline passed and nothing happened (I9)', log: deadline });
    }
  }
}

async function compareMemory(request: VerifyRequest, fold: ShardFold, checkpointFrame: number, note: Note): Promise<void> {
  const memory = await memoryOf(request, fold, checkpointFrame);
  for (const [key, { id, definition, state, frame }] of fold.actors) {
    const other = memory.get(key);
    if (other === undefined) {
      note({
        store: id.store,
        key: nameOf(id),
        what: 'the actor cannot be loaded',
        log: state.version,
        memory: null,
        postgres: null,
        frame,
      });
      continue;
    }
    for (const { path, left, right } of differencesOf(definition.canonical(state, request.at), definition.canonical(other, request.at))) {
      note({ store: id.store, key: nameOf(id), what: `state ${path}`, log: left, memory: right, postgres: null, frame });
    }
  }
  for (const [key, state] of memory) {
    if (fold.actors.has(key) || state.version === 0) continue;
    const id = parseActorKey(key);
    note({
      store: id.store,
      key: nameOf(id),
      what: 'the log knows nothing of this actor',
      log: null,
      memory: state.version,
      postgres: null,
      frame: null,
    });
  }
}

/** Memory of the running owner, completed by what it would load for actors that are not resident. */
async function memoryOf(request: VerifyRequest, fold: ShardFold, checkpointFrame: number): Promise<Map<string, ActorState>> {
  const memory = new Map(request.memory ?? []);
  const absent = [...fold.actors.values()].filter((actor) => !memory.has(actorKey(actor.id))).map((actor) => actor.id);
  await loadInto(memory, absent, request, fold);
  if (request.memory === null) await replayInto(memory, request, checkpointFrame);
  return memory;
}

async function loadInto(memory: Map<string, ActorState>, ids: readonly ActorId[], request: VerifyRequest, fold: ShardFold): Promise<void> {
  for (const [kind, definition] of request.definitions) {
    const ofKind = ids.filter((id) => id.kind === kind);
    for (let from = 0; from < ofKind.length; from += request.limits.loadBatchMax) {
      const slice = ofKind.slice(from, from + request.limits.loadBatchMax);
      const loaded = await request.rows.load(kind, slice, request.at);
      for (const id of slice) {
        const key = actorKey(id);
        const found = loaded.get(key);
        // An owner does not believe damaged rows: it makes the actor from the log, as the fold did. The rows are told of apart.
        const state = found?.damage === undefined ? loadedState(definition, id, found, request.at) : (fold.actors.get(key)?.state ?? null);
        if (state !== null) memory.set(key, state);
      }
    }
  }
}

/** Null when the rows are too broken to be loaded: that is a finding, not a failure of the check. */
function loadedState(definition: AnyActorDefinition, id: ActorId, loaded: LoadedActor | undefined, at: Instant): ActorState | null {
  if (loaded === undefined) return definition.initial(id) as ActorState;
  try {
    return definition.load(id, loaded.rows, at) as ActorState;
  } catch {
    return null;
  }
}

async function replayInto(memory: Map<string, ActorState>, request: VerifyRequest, after: number): Promise<void> {
  const { log, shard, definitions, upTo } = request;
  for await (const stored of log.read(shard, after + 1)) {
    if (stored.frame > upTo) break;
    const frame = decodeFrame(shard, stored);
    for (const { actor, version, event } of frame.entries) {
      const key = actorKey(actor);
      const state = memory.get(key);
      if (state === undefined || version !== state.version + 1) continue;
      memory.set(key, definitions.get(actor.kind)!.apply(state, event, frame.header.at, noUndo) as ActorState);
    }
  }
}

async function compareRows(request: VerifyRequest, fold: ShardFold, note: Note): Promise<void> {
  for (const [name, table] of request.tables.stored) {
    const missing = new Map(fold.rows.get(name) ?? []);
    const onDamaged = (row: Row) =>
      note(rowDifference(request, name, 'its checksum is wrong', fold.rows.get(name)?.get(keyText(table, row)) ?? null, row));
    for await (const stored of request.rows.scan(name, request.shard, onDamaged)) {
      const key = keyText(table, stored);
      const expected = missing.get(key);
      missing.delete(key);
      if (expected === undefined) note(rowDifference(request, name, 'row that the log knows nothing of', null, stored));
      else compareRow(request, expected, stored, note);
    }
    for (const expected of missing.values()) {
      if (!mayBeForgotten(request, expected)) note(rowDifference(request, name, 'row is missing', expected, null));
    }
  }
}

function compareRow(request: VerifyRequest, expected: ExpectedRow, stored: Row, note: Note): void {
  for (const { path, left, right } of differencesOf(expected.row, stored)) {
    note({ ...rowDifference(request, expected.table, path, expected, stored), log: left, postgres: right });
  }
}

function rowDifference(
  request: Pick<VerifyRequest, 'tables'>,
  table: string,
  what: string,
  expected: ExpectedRow | null,
  stored: Row | null,
): Omit<Difference, 'shard'> {
  const row = (expected?.row ?? stored)!;
  const [, ...key] = request.tables.table(table).key.map((column) => String(row[column]));
  return {
    store: String(row['store_id']),
    key: [table, ...key].join('/'),
    what,
    log: expected === null ? null : expected.row,
    memory: null,
    postgres: stored,
    frame: expected?.frame ?? null,
    row: { table, expected: expected?.row ?? null, stored },
  };
}

/** Rows that nobody reads back any more are deleted by and by; that is no difference. */
function mayBeForgotten(request: VerifyRequest, { table, row }: ExpectedRow): boolean {
  const forgettable = forgettableTables(request.tables).find(({ name }) => name === table);
  return forgettable !== undefined && isForgotten(forgettable, row, request.at);
}

/** Rows that no shard shows, told as differences of the shard their actor would be in. */
export async function verifyStrays(
  request: Pick<VerifyRequest, 'rows' | 'tables' | 'store'> & { readonly shardCount: number },
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const table of request.tables.stored.keys()) {
    for await (const { actor, row } of request.rows.strays(table)) {
      if (request.store !== null && request.store !== actor.store) continue;
      found.push({
        shard: shardOf(actor, request.shardCount),
        ...rowDifference(request, table, 'row that the log knows nothing of', null, row),
      });
    }
  }
  return found;
}

function countActors({ store }: VerifyRequest, fold: ShardFold): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { id } of fold.actors.values()) if (store === null || id.store === store) counts.set(id.kind, (counts.get(id.kind) ?? 0) + 1);
  return counts;
}

function countRows({ store }: VerifyRequest, fold: ShardFold): Map<string, number> {
  const count = (rows: Iterable<ExpectedRow>) => [...rows].filter(({ row }) => store === null || row['store_id'] === store).length;
  return new Map([...fold.rows].map(([table, rows]) => [table, count(rows.values())]));
}

function nameOf(id: ActorId): string {
  return `${id.kind}/${id.id}`;
}
