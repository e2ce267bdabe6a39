/** What a broker can do to a log: pause, die, forget, run full, be cut off from the rows. Real servers, real files. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { logStart } from '../../runtime/log/port.ts';
import { holdOf, sendStock } from '../crowd.ts';
import { eventually, until } from '../until.ts';
import { BrokerWorld } from './broker-world.ts';

/** Every unit that was acknowledged is held, none twice, and log, memory and rows agree. */
async function expectWhole(world: BrokerWorld, sku: string, acknowledged: ReadonlySet<string>): Promise<void> {
  expect(await world.held(sku)).toBe(acknowledged.size);
  const report = await world.verify();
  expect(report.differences).toEqual([]);
}

test('a broker paused for longer than an append may take loses nothing and applies nothing twice (FAULTS 5)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  const crowd = world.crowd('A');
  for (const pausedMs of [500, 6_500]) {
    await world.served(crowd, 20);
    world.nats.servers[0]!.pause();
    await new Promise((resolve) => setTimeout(resolve, pausedMs)); // the fault itself lasts this long
    world.nats.servers[0]!.resume();
    await world.served(crowd, 20);
  }
  await crowd.stop();
  await expectWhole(world, 'A', crowd.acknowledged);
});

test('a broker killed again and again under load loses nothing it acknowledged (FAULTS 6)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  const crowd = world.crowd('A');
  for (let kill = 0; kill < 5; kill++) {
    await world.served(crowd, 10);
    await world.nats.servers[0]!.kill();
    await world.nats.servers[0]!.start();
  }
  await world.served(crowd, 10);
  await crowd.stop();
  await expectWhole(world, 'A', crowd.acknowledged);
});

test('a broker that comes back empty is not served, neither by the owner who remembers nor by the next (FAULTS 7)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  const crowd = world.crowd('A', 1);
  await world.served(crowd, 5);
  const [server] = world.nats.servers;
  await server!.kill();
  rmSync(server!.storeDir, { recursive: true });
  await server!.start();
  const acknowledged = crowd.acknowledged.size;
  await eventually('the shard is not served', () => !world.node.ready.ready, 30_000);
  await until(
    'the node says why',
    () => world.node.ready.why.join('; '),
    (why) => /it was emptied, cut, or is another log/.test(why),
    30_000,
  );
  expect(crowd.acknowledged.size).toBe(acknowledged);
  await crowd.abandon();
  const next = await world.newNode();
  await expect(next.start()).rejects.toThrow(/it was emptied, cut, or is another log/);
  for (let shard = 0; shard < next.shardCount; shard++) expect(await world.log.tail(shard)).toEqual(logStart);
});

test('a log whose newest frames are gone from the disk is refused (FAULTS 8)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  for (let unit = 0; unit < 20; unit++) await sendStock(world.node, 'shop', 'A', holdOf(`hold-${unit}`));
  await world.drainNode();
  const [server] = world.nats.servers;
  await server!.stop();
  for (const block of blocksOf(server!.storeDir)) truncateSync(block, Math.max(0, readFileSync(block).length - 700));
  await server!.start();
  await expect(world.startNode()).rejects.toThrow(/it was emptied, cut, or is another log|not the frame|shows/);
});

test('a flipped bit in a stored frame is never served: it is named, or the frame is gone and the hole is named (FAULTS 9)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  for (let unit = 0; unit < 20; unit++) await sendStock(world.node, 'shop', 'A', holdOf(`hold-${unit}`));
  await world.endNode(); // rows may be behind: the next owner replays
  const [server] = world.nats.servers;
  await server!.stop();
  expect(flipBit(server!.storeDir, 'hold-7"')).toBe(true);
  await server!.start();
  const node = await world.newNode();
  const failed = await node.start().then(
    async () => (await world.verify()).differences.map(({ what }) => what).join('; '),
    (error: unknown) => String(error),
  );
  expect(failed).toMatch(/frame|checksum|chain|log/);
});

test('nobody can take one frame out of the middle: the stream itself refuses (FAULTS 10)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  const connection = await connect({ servers: world.nats.url.replace('nats://', '') });
  const manager = await jetstreamManager(connection);
  await expect(manager.streams.deleteMessage('ONHAND_LOG_0', 2)).rejects.toThrow(/not permitted/);
  await connection.close();
});

test('a broker without room answers nobody with a promise, and sells again after a trim (FAULTS 26)', { timeout: 240_000 }, async () => {
  await using world = await BrokerWorld.open({ storeBytesMax: 1024 * 1024 });
  const node = await world.startNode();
  await world.openSku('A');
  let taken = 0;
  let refused: unknown = null;
  while (refused === null) {
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, unit) => sendStock(node, 'shop', 'A', holdOf(`hold-${taken + unit}`))),
    );
    taken += outcomes.length;
    refused = outcomes.find((outcome) => outcome.kind === 'unavailable') ?? null;
    expect(taken).toBeLessThan(100_000);
  }
  expect(refused).toMatchObject({ kind: 'unavailable', code: 'overloaded' });
  await until('rows are written', () => node.status.every(({ writeBehind }) => writeBehind.frames === 0), Boolean, 30_000);
  for (const { shard, projectedFrame } of node.status) await world.log.trim(shard, projectedFrame);
  await until(
    'units are sold again',
    async () => (await sendStock(node, 'shop', 'A', holdOf('after the trim'))).kind,
    (kind) => kind === 'reply',
    30_000,
  );
});

test('what is trimmed under a running sale is in the archive, and the next owner begins without frame 0 (FAULTS 36)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  const crowd = world.crowd('A');
  for (let round = 0; round < 3; round++) {
    await world.served(crowd, 200);
    await world.archiveAll();
  }
  // how many frames a sale makes depends on the machine: it goes on until there are enough
  const trimmed = async () => {
    await world.served(crowd, 200);
    return Math.max(...(await world.archiveAll()).map(({ trimmedBelow }) => trimmedBelow));
  };
  await until('more than twenty frames are gone', trimmed, (below) => below > 20, 60_000);
  await crowd.stop();
  await world.drainNode();
  await world.startNode();
  await expectWhole(world, 'A', crowd.acknowledged);
  for (const { trimmedBelow, shard } of await world.archiveAll()) {
    const checkpoint = world.node.status[shard]!.projectedFrame;
    expect(trimmedBelow).toBeLessThanOrEqual(Math.max(0, checkpoint));
  }
});

test('while Postgres cannot be reached, what is in memory is sold on, what is not waits, and rows catch up (FAULTS 16)', async () => {
  await using world = await BrokerWorld.open();
  await world.startNode();
  await world.openSku('A');
  await world.openSku('cold');
  const crowd = world.crowd('A', 4);
  await world.served(crowd, 20);
  await until('rows are written', () => world.node.status.every(({ writeBehind }) => writeBehind.lagMs < 1_000), Boolean, 30_000);
  world.rowsLink.part();
  await world.served(crowd, 200);
  const unread = await sendStock(world.node, 'shop', 'never seen', holdOf('unknown sku'), 500);
  expect(unread).toMatchObject({ kind: 'unavailable' });
  await world.served(crowd, 200);
  world.rowsLink.heal();
  await crowd.stop();
  await until('rows have caught up', () => world.node.status.every(({ writeBehind }) => writeBehind.frames === 0), Boolean, 30_000);
  await expectWhole(world, 'A', crowd.acknowledged);
});

function blocksOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && entry.name.endsWith('.blk') && entry.parentPath.includes('ONHAND_LOG_') && !entry.parentPath.includes('CLOCK'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

/** In the first block that holds the text. */
function flipBit(folder: string, text: string): boolean {
  for (const block of blocksOf(folder)) {
    const bytes = readFileSync(block);
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(block, bytes);
    return true;
  }
  return false;
}
