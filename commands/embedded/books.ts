/** The books of an opened storage, as `verify` reads them. */
import { historyOf } from '../../runtime/archive/history.ts';
import { systemClock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import type { Books } from '../../runtime/verify/report.ts';
import { definitionsByKind } from './definitions.ts';
import type { EmbeddedStorage } from './storage.ts';

export function booksOf({ log, archive, rows, cluster }: EmbeddedStorage): Books {
  return {
    log: historyOf(log, archive),
    rows,
    definitions: definitionsByKind,
    limits,
    shardCount: cluster.shardCount,
    now: () => systemClock.wallMs(),
  };
}
