/**
 * Node and Postgres cannot reach each other for a minute, with the log on JetStream (FAULTS 16): what is in memory is sold
 * on all the time, what waits for rows is bounded, and rows have caught up within 30 s of the end.
 */
import { expect, test } from 'vitest';
import { limits } from '../../runtime/limits.ts';
import { until } from '../until.ts';
import { BrokerWorld } from './broker-world.ts';

const apartMs = 60_000;
const lookEveryMs = 5_000;
const caughtUpWithinMs = 30_000;
const skus = ['A', 'B', 'C', 'D'];

test('a minute without Postgres stops no sale of what is in memory, and rows catch up afterwards', { timeout: 240_000 }, async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  for (const sku of skus) await world.openSku(sku);
  const crowds = skus.map((sku) => world.crowd(sku, 1));
  for (const crowd of crowds) await world.served(crowd, 20);
  const backlog = () => world.node.status.map(({ writeBehind }) => writeBehind);
  await until('rows are written', backlog, (all) => all.every(({ lagMs }) => lagMs < 1_000), 30_000);
  world.rowsLink.part();
  const partedAtMs = performance.now();
  for (let look = 1; performance.now() - partedAtMs < apartMs; look++) {
    const passed = partedAtMs + look * lookEveryMs;
    for (const crowd of crowds) await world.served(crowd, 20, lookEveryMs);
    await until(
      'the next look',
      () => performance.now(),
      (now) => now >= passed,
      lookEveryMs * 2,
    );
    expect(world.node.ready.why).toEqual([]);
    const lagMaxMs = performance.now() - partedAtMs + 2_000; // since before the fault, not longer
    for (const { frames, bytes, lagMs } of backlog()) {
      expect(frames).toBeLessThan(limits.writeBehindFramesMax);
      expect(bytes).toBeLessThan(limits.writeBehindBytesMax);
      expect(lagMs).toBeLessThan(lagMaxMs);
    }
  }
  expect(Math.max(...backlog().map(({ lagMs }) => lagMs))).toBeGreaterThan(apartMs / 2); // they really were apart
  world.rowsLink.heal();
  const healedAtMs = performance.now();
  await until(
    'rows have caught up while buyers go on buying',
    () => Math.max(...backlog().map(({ lagMs }) => lagMs)),
    (lagMs) => lagMs < 1_000,
    caughtUpWithinMs,
  );
  const caughtUpMs = performance.now() - healedAtMs;
  for (const crowd of crowds) await world.served(crowd, 20);
  for (const crowd of crowds) await crowd.stop();
  for (const [index, crowd] of crowds.entries()) expect(await world.held(skus[index]!)).toBe(crowd.acknowledged.size);
  const report = await world.verify();
  expect(report.differences).toEqual([]);
  expect(world.lost).toEqual([]);
  console.log(
    `caught up ${Math.round(caughtUpMs)} ms after ${apartMs} ms apart; ${crowds.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)} holds`,
  );
});
