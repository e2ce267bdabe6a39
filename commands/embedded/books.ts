/** The books of an opened storage, as `verify` reads them. */
import { systemClock } from '../../runtime/clock.ts';
import { limits } from '../../runtime/limits.ts';
import type { Books } from '../../runtime/verify/report.ts';
import { definitionsByKind } from './definitions.ts';
import type { EmbeddedStorage } from './storage.ts';

export function booksOf({ log, rows, cluster }: EmbeddedStorage): Books {
  return { log, rows, definitions: definitionsByKind, limits, shardCount: cluster.shardCount, now: () => systemClock.wallMs() };
}
