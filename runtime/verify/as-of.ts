/**
 * The past: the state that actors of one shard had at an instant, folded from the frames up to there.
 *
 * A1. Of all frames up to `upTo` exactly those count whose time is not later than the instant. Frame time never
 *     goes back, so that the answer stays the same for ever once a later frame is acknowledged.
 * A2. Others have their turn: between frames the fold lets go of the event loop every `foldTurnMs`. Not within the
 *     opening of an archive segment, which is checked in one piece.
 * A3. Only the wanted actors are kept in memory.
 */
import type { AnyActorDefinition, Instant } from '../../actors/kernel/index.ts';
import type { Clock } from '../clock.ts';
import { decodeFrameHeader } from '../frame/codec.ts';
import { type LogReader, logStart, type Shard } from '../log/port.ts';
import { TableSet } from '../rows/table-set.ts';
import { pause } from '../shard/append.ts';
import { type FoldedActor, ShardFold } from './fold.ts';

export interface AsOfRequest {
  /** Archive and log as one chain. */
  readonly log: LogReader;
  readonly shard: Shard;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
  readonly clock: Clock;
  readonly at: Instant;
  /** The newest frame that may be believed: of a running shard the newest acknowledged one; absent = the tail. */
  readonly upTo?: number;
  readonly wanted: (actorKey: string) => boolean;
  readonly onFrame?: (frame: number) => void;
}

export interface ShardAsOf {
  readonly shard: Shard;
  /** The frame all of it rests on, and its time; `logStart` before the first one. */
  readonly frame: number;
  readonly frameAt: Instant;
  readonly actors: readonly FoldedActor[];
}

/** For how long a fold keeps everybody else waiting. */
const foldTurnMs = 5;

/** Throws `LogDamaged`, `LogUnavailable`, `MediaUnavailable`. */
export async function shardAsOf(request: AsOfRequest): Promise<ShardAsOf> {
  const { log, shard, definitions, clock, at, wanted, onFrame } = request;
  const fold = new ShardFold({
    log,
    shard,
    definitions,
    tables: new TableSet([...definitions.values()]),
    rowsUpTo: logStart.frame,
    only: { has: wanted },
    until: at,
    breathe: turns(clock),
    ...(onFrame === undefined ? {} : { onFrame }),
  });
  await fold.advance(request.upTo ?? (await log.tail(shard)).frame);
  return { shard, frame: fold.frame, frameAt: fold.at, actors: [...fold.actors.values()] };
}

/** When the history of a shard begins; null before its first frame. Throws as `shardAsOf` does. */
export async function beginningOf(log: LogReader, shard: Shard): Promise<Instant | null> {
  for await (const stored of log.read(shard, 0)) return decodeFrameHeader(shard, stored).at;
  return null;
}

function turns(clock: Clock): () => Promise<void> {
  let beganMs = clock.monotonicMs();
  return async () => {
    if (clock.monotonicMs() - beganMs < foldTurnMs) return;
    await pause(clock, 0); // A2
    beganMs = clock.monotonicMs();
  };
}
