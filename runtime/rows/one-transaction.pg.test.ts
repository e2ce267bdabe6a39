/** Rows and checkpoint are one (R1): nobody ever sees the one without the other, however often somebody looks. */
import { expect, test } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { definitions } from '../../commands/embedded/definitions.ts';
import { testDatabase } from '../../testing/postgres.ts';
import type { Checkpoint } from './port.ts';
import { PostgresRowStore } from './postgres.ts';

test('whoever looks in the middle of a thousand batches sees rows and checkpoint at one frame', async () => {
  await using database = await testDatabase();
  const rows = new PostgresRowStore({ url: database.url('projector'), kinds: definitions });
  let checkpoint = await rows.claim(0, 1);
  let writing = true;
  const seen = new Set<string>();
  const looking = (async () => {
    while (writing) {
      const { rows: looks } = await database
        .poolFor('superuser')
        .query<{ frame: number; version: number }>(
          `select c.frame::int as frame, a.version::int as version from onhand.checkpoints c join onhand.actors a on a.shard = c.shard where c.shard = 0`,
        );
      for (const { frame, version } of looks) seen.add(`${frame - version}`);
    }
  })();
  for (let frame = 0; frame < 1_000; frame++) {
    const to: Checkpoint = { frame, hash: `${frame}`.padStart(64, '0'), epoch: 1 };
    const actor = { actor: actorId('stock', 's', 'A'), shard: 0, version: frame + 1, deadline: null, owes: false, format: 1 };
    expect(await rows.write(0, checkpoint, to, { actors: [actor], changes: [] })).toEqual({ kind: 'written' });
    checkpoint = to;
  }
  writing = false;
  await looking;
  await rows.close();
  expect([...seen]).toEqual(['-1']);
});
