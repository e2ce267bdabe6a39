/**
 * The sequential fold of one shard's log: the state every actor must have, and the rows that must be stored.
 * Reads nothing but the log; chain, checksum and density are checked on the way (I4).
 *
 * Goes on from where it stopped, so that most of a running shard can be folded while it sells, and only the
 * rest while it stands still. Holds one shard in memory while it works.
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
import { EventNotApplied, type Frame, type FrameEntry, type FrameHeader, LogDamaged } from '../frame/frame.ts';
import { type LogReader, logStart, type Position, type Shard } from '../log/port.ts';
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

export interface FoldRequest {
  readonly log: Pick<LogReader, 'read'>;
  readonly shard: Shard;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly tables: TableSet;
  /** Rows are expected only for frames up to this one: the checkpoint of a store that nobody runs. */
  readonly rowsUpTo: number;
  readonly onFrame?: (frame: number) => void;
  /** Keys of the actors to fold; all others are passed over. Absent = everybody. */
  readonly only?: Pick<ReadonlySet<string>, 'has'>;
  /** Nothing later than this is folded. Absent = no end. */
  readonly until?: Instant;
  /** Called between frames, to let others have a turn. */
  readonly breathe?: () => Promise<void>;
}

export class ShardFold {
  readonly actors = new Map<string, FoldedActor>();
  /** By table, by key. */
  readonly rows = new Map<string, Map<string, ExpectedRow>>();
  /** Laws that an event broke when it was applied (I2). */
  readonly broken: { id: ActorId; frame: number; what: string }[] = [];
  readonly #request: FoldRequest;
  #last = { ...logStart, at: 0 };
  #rowsAt: Position = logStart;

  constructor(request: FoldRequest) {
    this.#request = request;
  }

  /** The last frame folded. */
  get frame(): number {
    return this.#last.frame;
  }

  /** Its time. */
  get at(): Instant {
    return this.#last.at;
  }

  /** The newest frame that rows are expected of: what the checkpoint must name. */
  get rowsAt(): Position {
    return this.#rowsAt;
  }

  /** Folds on, up to and including a frame, or to the last one that is not later than `until`. Throws `LogDamaged`, `LogUnavailable`. */
  async advance(upTo: number): Promise<void> {
    const { log, shard, rowsUpTo, onFrame, breathe, until } = this.#request;
    if (upTo <= this.#last.frame) return;
    for await (const stored of log.read(shard, this.#last.frame + 1)) {
      if (stored.frame > upTo) break;
      const frame = decodeFrame(shard, stored);
      verifyChain(shard, this.#last, stored, frame.header);
      if (until !== undefined && frame.header.at > until) return; // so are all that follow (F2)
      this.#last = { frame: stored.frame, hash: stored.hash, at: frame.header.at };
      if (frame.entries.length > 0 && stored.frame <= rowsUpTo) this.#rowsAt = { frame: stored.frame, hash: stored.hash };
      this.#apply(frame, stored.frame <= rowsUpTo);
      onFrame?.(stored.frame);
      if (breathe !== undefined) await breathe();
    }
    if (this.#last.frame < upTo) throw new LogDamaged(shard, this.#last.frame + 1, `the log ends before frame ${upTo}`);
  }

  #apply(frame: Frame, withRows: boolean): void {
    const { at, frame: number } = frame.header;
    const touched = new Map<FoldedActor, StampedEvent<ActorEvent>[]>();
    const { only } = this.#request;
    for (const { actor: id, version, event } of frame.entries) {
      if (only !== undefined && !only.has(actorKey(id))) continue;
      const actor = this.#actor(id, number);
      if (version !== actor.state.version + 1)
        throw new LogDamaged(
          this.#request.shard,
          number,
          `event ${version} of ${actorKey(id)} cannot follow version ${actor.state.version}`,
        );
      for (const what of actor.definition.forbids?.(actor.state, event, at) ?? []) this.broken.push({ id, frame: number, what });
      actor.state = this.#next(actor, { actor: id, version, event }, frame.header);
      actor.frame = number;
      const events = touched.get(actor);
      if (events === undefined) touched.set(actor, [{ event, version, at }]);
      else events.push({ event, version, at });
    }
    if (withRows) for (const [actor, events] of touched) this.#expectRows(actor, events, number);
  }

  #next({ definition, state }: FoldedActor, entry: FrameEntry, { at, frame }: FrameHeader): ActorState {
    try {
      return definition.apply(state, entry.event, at, noUndo) as ActorState;
    } catch (error) {
      throw new EventNotApplied(this.#request.shard, frame, entry, error);
    }
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
