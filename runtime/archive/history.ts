/**
 * Archive and log as one chain: what `verify`, a rebuild and a look into the past read.
 *
 * H1. A reader never meets a gap because a trim came between: what left the log meanwhile is in the archive, and
 *     is read from there.
 */
import { LogDamaged } from '../frame/frame.ts';
import type { EncodedFrame, LogReader, Shard } from '../log/port.ts';
import type { Archive } from './archive.ts';

export function historyOf(log: LogReader, archive: Archive): LogReader {
  return {
    tail: (shard) => log.tail(shard),
    read: (shard, from) => readBoth(log, archive, shard, from),
  };
}

async function* readBoth(log: LogReader, archive: Archive, shard: Shard, from: number): AsyncIterable<EncodedFrame> {
  const upTo = (await log.tail(shard)).frame;
  let next = Math.max(0, from);
  while (next <= upTo) {
    const before = next;
    for await (const stored of archive.read(shard, next)) {
      if (stored.frame > upTo) return;
      if (stored.frame !== next) throw new LogDamaged(shard, next, 'the archive begins later than the log may end');
      yield stored;
      next = stored.frame + 1;
    }
    for await (const stored of log.read(shard, next)) {
      if (stored.frame !== next) break; // trimmed since we looked: H1
      if (stored.frame > upTo) return;
      yield stored;
      next = stored.frame + 1;
    }
    if (next === before && next <= upTo) throw new LogDamaged(shard, next, 'neither the archive nor the log has this frame');
  }
}
