/**
 * Folds the log in a stopped data folder, frame by frame, and prints for each shard a digest that chains the state after
 * every frame: what actor it touched, and all it then knows. A process of its own, so that it shares nothing with another.
 */
import { createHash } from 'node:crypto';
import { booksOf } from '../../commands/embedded/books.ts';
import { definitionsByKind } from '../../commands/embedded/definitions.ts';
import { openEmbeddedStorage } from '../../commands/embedded/storage.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { TableSet } from '../../runtime/rows/table-set.ts';
import { ShardFold } from '../../runtime/verify/fold.ts';

/** Maps and sets in the order they have: that is part of what must not differ. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return { map: [...value] };
  if (value instanceof Set) return { set: [...value] };
  return typeof value === 'bigint' ? `${value}n` : value;
}

await using storage = await openEmbeddedStorage({ dataDir: process.argv[2]!, logger: silentLogger, mustExist: true });
const { log, shardCount } = booksOf(storage);
const tables = new TableSet([...definitionsByKind.values()]);
for (let shard = 0; shard < shardCount; shard++) {
  const fold = new ShardFold({ log, shard, definitions: definitionsByKind, tables, rowsUpTo: Number.POSITIVE_INFINITY });
  const { frame: last } = await log.tail(shard);
  const digests: string[] = [];
  let digest = '';
  for (let frame = 0; frame <= last; frame++) {
    await fold.advance(frame);
    const touched = [...fold.actors].filter(([, actor]) => actor.frame === frame);
    digest = createHash('sha256')
      .update(digest + JSON.stringify(touched, plain))
      .digest('hex');
    digests.push(digest.slice(0, 16));
  }
  process.stdout.write(`${JSON.stringify({ shard, digests })}\n`);
}
