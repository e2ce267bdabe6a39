/**
 * The embedded Postgres is log and rows at once. Killed again and again under load it comes back, the shop
 * sells again within the bound of I8, nothing acknowledged is lost, and the books are clean.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ActorCommand, actorId } from '../actors/kernel/index.ts';
import type { StockReply } from '../actors/stock/replies.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { ask, type Outcome } from '../runtime/router/port.ts';
import { verifyRunning } from '../runtime/verify/report.ts';
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

/** Buyers who take one unit after the other, each with its own id, repeating what got no verdict. */
class Crowd {
  readonly acknowledged = new Set<string>();
  #going = true;
  #taken = 0;
  readonly #ended: Promise<unknown>;

  constructor(node: Node) {
    this.#ended = Promise.all(Array.from({ length: buyersAtOnce }, () => this.#buy(node)));
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#ended;
  }

  async #buy(node: Node): Promise<void> {
    while (this.#going) {
      const holdId = `hold-${this.#taken++}`;
      while (!(await this.#take(node, holdId)));
    }
  }

  async #take(node: Node, holdId: string): Promise<boolean> {
    const nearness = [{ location: 'main', rank: 0 }];
    const outcome = await send(node, {
      type: 'hold',
      holdId,
      fingerprint: 'f',
      buyer: holdId,
      quantity: 1,
      ttlMs: 600_000,
      nearness,
    } as ActorCommand);
    if (outcome.kind === 'reply') this.acknowledged.add(holdId);
    return outcome.kind === 'reply';
  }
}

function send(node: Node, command: ActorCommand): Promise<Outcome> {
  return ask(node, { actor: actorId('stock', 'shop', 'A'), command, class: 'client', waitMs: 2_000 });
}

test('a database killed under load loses nothing that was acknowledged', async () => {
  using folder = temporaryFolder();
  await using storage = await openEmbeddedStorage({ dataDir: join(folder.path, 'data'), logger: silentLogger });
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
  await send(node, { type: 'receive', location: 'main', quantity: opening, commandId: 'first', fingerprint: 'f' } as ActorCommand);
  const crowd = new Crowd(node);
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
  const read = (await send(node, { type: 'read' })) as { reply: StockReply };
  expect(read.reply.levels[0]).toMatchObject({ held: crowd.acknowledged.size, onHand: opening });
  expect(lost).toEqual([]);
  await node.drain();
}, 120_000);
