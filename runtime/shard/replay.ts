/**
 * Brings a new owner's memory up to the tail: the actors touched since the checkpoint are loaded from
 * rows, and the frames after it applied. Their rows go to write-behind again, as they did the first time.
 */
import { type ActorId, type AnyActorDefinition, actorKey, assert, type RowChange } from '../../actors/kernel/index.ts';
import { EventNotApplied, type Frame } from '../frame/frame.ts';
import type { WriteBehind } from '../write-behind/write-behind.ts';
import { applyEvent } from './frames.ts';
import { consequencesOf, OpenFrame } from './open-frame.ts';
import type { Residents } from './residents.ts';
import type { TakenOver } from './take-over.ts';

interface ReplayDeps {
  readonly shard: number;
  readonly definitions: ReadonlyMap<string, AnyActorDefinition>;
}

/** Throws `EventNotApplied`, `RowsUnavailable`, `RowsTooNew`. */
export async function replay(
  { shard, definitions }: ReplayDeps,
  taken: TakenOver,
  residents: Residents,
  writeBehind: WriteBehind,
): Promise<void> {
  await repairRows(taken, writeBehind);
  await residents.loadAll(actorsOf(taken, definitions));
  for (const { stored, frame } of taken.replay) {
    const applied = applyFrame(frame, residents);
    if (applied.touches.size === 0) continue;
    const { batch } = consequencesOf(applied.touches.values(), shard, frame.header.at);
    writeBehind.offer({ position: { frame: stored.frame, hash: stored.hash }, bytes: stored.bytes.byteLength, batch });
  }
}

/** Corrections come before anything is loaded: what is wrong in rows must never become memory. */
async function repairRows(taken: TakenOver, writeBehind: WriteBehind): Promise<void> {
  for (const { frame } of taken.replay) {
    const { corrections } = frame;
    await writeBehind.correct(
      corrections.flatMap(({ table, remove }): RowChange[] => (remove === null ? [] : [{ table, row: remove, remove: true }])),
    );
    await writeBehind.correct(corrections.flatMap(({ table, put }): RowChange[] => (put === null ? [] : [{ table, row: put }])));
  }
}

/** Events that the loaded rows already contain are passed over; all others must follow one another. */
function applyFrame(frame: Frame, residents: Residents): OpenFrame {
  const applied = new OpenFrame(frame.header.at);
  for (const { actor, version, event } of frame.entries) {
    const activation = residents.get(actorKey(actor));
    assert(activation !== undefined, 'actors of replayed frames are loaded first');
    if (version <= activation.state.version) continue;
    try {
      applyEvent(applied, activation, event, version);
    } catch (error) {
      throw new EventNotApplied(frame.header.shard, frame.header.frame, { actor, version }, error);
    }
    activation.lastFrame = frame.header.frame;
  }
  return applied;
}

function actorsOf(taken: TakenOver, definitions: ReplayDeps['definitions']): ActorId[] {
  const actors = new Map<string, ActorId>();
  for (const { frame } of taken.replay) {
    const { shard, frame: number } = frame.header;
    for (const entry of frame.entries) {
      if (!definitions.has(entry.actor.kind))
        throw new EventNotApplied(shard, number, entry, `there is no actor of kind ${entry.actor.kind}`);
      actors.set(actorKey(entry.actor), entry.actor);
    }
  }
  return [...actors.values()];
}
