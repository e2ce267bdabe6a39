/**
 * The embedded Postgres is log and rows at once. Killed again and again under load it comes back, the shop
 * sells again within the bound of I8, nothing acknowledged is lost, and the books are clean.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { StockReply } from '../actors/stock/replies.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { verifyRunning } from '../runtime/verify/report.ts';
import { Crowd, receiptOf, sendStock } from '../testing/crowd.ts';
import { prepareFolder } from '../testing/prepared-folder.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { until } from '../testing/until.ts';
import { booksOf } from './embedded/books.ts';
import { definitions } from './embedded/definitions.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';

const kills = 3;
const buyersAtOnce = 20;
/** I8: 5 s plus the database's own recovery, on a machine that may be busy with other tests. */
const backWithinMs = 15_000;
const opening = 100_000;

test('a database killed under load loses nothing that was acknowledged', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  prepareFolder(dataDir);
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  const lost: number[] = [];
  const node = new Node({
    ...storage.cluster,
    definitions,
    log: storage.log,
    rows: storage.rows,
    clock: systemClock,
    logger: silentLogger,
    onShardLost: (shard) => lost.push(shard),
  });
  await node.start();
  await sendStock(node, 'shop', 'A', receiptOf('first', opening));
  const crowd = new Crowd(node, { buyersAtOnce, store: 'shop', sku: 'A' });
  for (let kill = 0; kill < kills; kill++) {
    const before = crowd.acknowledged.size;
    await until(
      'buyers are served',
      () => crowd.acknowledged.size,
      (size) => size > before + buyersAtOnce,
      backWithinMs,
    );
    process.kill(storage.postgres.pid, 'SIGKILL');
    const killedAt = crowd.acknowledged.size;
    await until(
      'buyers are served again',
      () => crowd.acknowledged.size,
      (size) => size > killedAt + buyersAtOnce,
      backWithinMs,
    );
  }
  await crowd.stop();
  const report = await verifyRunning(node, booksOf(storage), null);
  expect(report.differences).toEqual([]);
  const read = (await sendStock(node, 'shop', 'A', { type: 'read' })) as { reply: StockReply };
  expect(read.reply.levels[0]).toMatchObject({ held: crowd.acknowledged.size, onHand: opening });
  expect(lost).toEqual([]);
  await node.drain();
}, 120_000);
