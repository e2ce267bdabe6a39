/**
 * I4 for worlds whose log is trimmed: archive and log, read as one chain, still say all that was ever acknowledged.
 * Folded by the runtime's own fold, which is what `verify` and a rebuild use, and compared with the auditor's.
 */
import { isDeepStrictEqual } from 'node:util';
import { type AnyActorDefinition, actorKey } from '../../actors/kernel/index.ts';
import type { Archive } from '../../runtime/archive/archive.ts';
import { historyOf } from '../../runtime/archive/history.ts';
import type { LogReader } from '../../runtime/log/port.ts';
import { TableSet } from '../../runtime/rows/table-set.ts';
import { ShardFold } from '../../runtime/verify/fold.ts';
import type { Auditor } from './auditor.ts';
import type { DurableLog } from './sim-log.ts';
import { hold, Violation } from './violation.ts';

interface HistoryShape {
  readonly definitions: readonly AnyActorDefinition[];
  readonly shardCount: number;
}

export async function checkHistory(
  auditor: Auditor,
  durable: DurableLog,
  archive: Archive,
  { definitions, shardCount }: HistoryShape,
): Promise<void> {
  const history = historyOf(calmLog(durable), archive);
  const byKind = new Map(definitions.map((definition) => [definition.kind, definition]));
  const tables = new TableSet(definitions);
  let folded = 0;
  for (let shard = 0; shard < shardCount; shard++) {
    const fold = new ShardFold({ log: history, shard, definitions: byKind, tables, rowsUpTo: -1 });
    await fold.advance(durable.tail(shard).frame).catch((error: unknown) => {
      throw new Violation('I4', `archive and log are no whole chain: ${String(error)}`);
    });
    for (const { id, definition, state } of fold.actors.values()) {
      const known = auditor.fold.actor(actorKey(id));
      const isSame =
        known !== undefined && isDeepStrictEqual(definition.canonical(known.state, fold.at), definition.canonical(state, fold.at));
      hold(isSame, 'I4', () => `${actorKey(id)}: archive and log say something else than what was acknowledged`);
      folded += 1;
    }
  }
  const acknowledged = [...auditor.fold.actors].length;
  hold(folded === acknowledged, 'I4', () => `archive and log know ${folded} actors, ${acknowledged} were acknowledged`);
}

/** The truth without a road to it. */
function calmLog(durable: DurableLog): LogReader {
  return {
    tail: async (shard) => durable.tail(shard),
    async *read(shard, from) {
      yield* durable.framesFrom(shard, from);
    },
  };
}
