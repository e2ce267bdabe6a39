/**
 * The sequential fold of one shard's log: the state every actor must have, and the rows that must be stored.
 * Reads nothing but the log; chain, checksum and density are checked on the way (I4).
 *
 * Holds one shard in memory while it works.
 */
import {
  type ActorId,
  type ActorState,
  type AnyActorDefinition,
  actorKey,
  type Instant,
  noUndo,
  type Row,
  type RowChange,
  type StampedEvent,
  type ActorEvent,
} from '../../actors/kernel/index.ts';
import { decodeFrame, verifyChain } from '../frame/codec.ts';
import { type Frame, LogDamaged } from '../frame/frame.ts';
import { type Log, logStart, type Shard } from '../log/port.ts';
import { actorsTable, keyText, rowOfActor, type TableSet } from '../rows/table-set.ts';

export interface FoldedActor {
  readonly id: ActorId;
  readonly definition: AnyActorDefinition;
  state: ActorState;
  /** The newest frame that holds an event of it. */
  frame: number;
}

/** A row as it must be stored, and the frame it rests on. */
export interface ExpectedRow {
  readonly table: string;
  readonly row: Row;
  readonly frame: number;
}

export interface Fold {
  /** The last frame folded. */
  readonly frame: number;
  readonly hash: string;
  readonly at: Instant;
  readonly actors: ReadonlyMap<string, FoldedActor>;
  /** By table, by key: as of `rowsUpTo`. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, ExpectedRow>>;
  /** Hash of the frame `rowsUpTo`, which the checkpoint must name. */
  readonly rowsHash: string;
  /** Laws that an event broke when it was applied (I2). */
  readonly broken: readonly { readonly id: ActorId; readonly frame: number; readonly what: string }[];
}

export interface FoldRequest {
  readonly log: Log;
  readonly shard: Shard;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly tables: TableSet;
  readonly upTo: number;
  /** Rows are expected only for frames up to this one: the checkpoint. */
  readonly rowsUpTo: number;
  readonly onFrame?: (frame: number) => void;
}

/** Throws `LogDamaged`, `LogUnavailable`. */
export async function foldShard(request: FoldRequest): Promise<Fold> {
  const { log, shard, upTo, rowsUpTo } = request;
  const folding = new Folding(request);
  let previous = { ...logStart, at: 0 };
  let rowsHash = logStart.hash;
  for await (const stored of log.read(shard, 0)) {
    if (stored.frame > upTo) break;
    const frame = decodeFrame(shard, stored);
    verifyChain(shard, previous, stored, frame);
    previous = { frame: stored.frame, hash: stored.hash, at: frame.header.at };
    if (stored.frame === rowsUpTo) rowsHash = stored.hash;
    folding.apply(frame, stored.frame <= rowsUpTo);
    request.onFrame?.(stored.frame);
  }
  if (previous.frame < upTo) throw new LogDamaged(shard, previous.frame + 1, `the log ends before frame ${upTo}`);
  return { ...previous, actors: folding.actors, rows: folding.rows, rowsHash, broken: folding.broken };
}

class Folding {
  readonly actors = new Map<string, FoldedActor>();
  readonly rows = new Map<string, Map<string, ExpectedRow>>();
  readonly broken: { id: ActorId; frame: number; what: string }[] = [];
  readonly #request: FoldRequest;

  constructor(request: FoldRequest) {
    this.#request = request;
  }

  apply(frame: Frame, withRows: boolean): void {
    const { at, frame: number } = frame.header;
    const touched = new Map<FoldedActor, StampedEvent<ActorEvent>[]>();
    for (const { actor: id, version, event } of frame.entries) {
      const actor = this.#actor(id, number);
      if (version !== actor.state.version + 1)
        throw new LogDamaged(
          this.#request.shard,
          number,
          `event ${version} of ${actorKey(id)} cannot follow version ${actor.state.version}`,
        );
      for (const what of actor.definition.forbids?.(actor.state, event, at) ?? []) this.broken.push({ id, frame: number, what });
      actor.state = actor.definition.apply(actor.state, event, at, noUndo) as ActorState;
      actor.frame = number;
      const events = touched.get(actor);
      if (events === undefined) touched.set(actor, [{ event, version, at }]);
      else events.push({ event, version, at });
    }
    if (withRows) for (const [actor, events] of touched) this.#expectRows(actor, events, number);
  }

  #actor(id: ActorId, frame: number): FoldedActor {
    const key = actorKey(id);
    const known = this.actors.get(key);
    if (known !== undefined) return known;
    const definition = this.#request.definitions.get(id.kind);
    if (definition === undefined) throw new LogDamaged(this.#request.shard, frame, `there is no actor of kind ${id.kind}`);
    const actor: FoldedActor = { id, definition, state: definition.initial(id) as ActorState, frame };
    this.actors.set(key, actor);
    return actor;
  }

  #expectRows(actor: FoldedActor, events: readonly StampedEvent<ActorEvent>[], frame: number): void {
    const { definition, id, state } = actor;
    const { shard } = this.#request;
    const line = {
      actor: id,
      shard,
      version: state.version,
      deadline: definition.deadline(state),
      owes: definition.pending(state).length > 0,
      format: definition.format,
    };
    const changes: readonly RowChange[] = [{ table: actorsTable.name, row: rowOfActor(line) }, ...definition.rows(id, events, state)];
    for (const { table, row, remove } of changes) {
      let rows = this.rows.get(table);
      if (rows === undefined) this.rows.set(table, (rows = new Map()));
      const key = keyText(this.#request.tables.table(table), row);
      if (remove === true) rows.delete(key);
      else rows.set(key, { table, row, frame });
    }
  }
}
