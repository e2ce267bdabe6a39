/**
 * Data that this version cannot read, met by a real process at its start: a frame or rows that a newer version wrote
 * (FAULTS 42), an event that makes `apply` throw (FAULTS 40). It says so in a sentence and changes nothing; where only
 * one shard is concerned, the others are served.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { definitions } from '../../commands/embedded/definitions.ts';
import { type EmbeddedStorage, openEmbeddedStorage } from '../../commands/embedded/storage.ts';
import { actorId } from '../../actors/kernel/index.ts';
import { freshDirectory, ServerUnderTest, freePort, startServer } from '../../load-tests/server.ts';
import { systemClock } from '../../runtime/clock.ts';
import { decodeFrame, encodeFrame, frameFormat } from '../../runtime/frame/codec.ts';
import { PayloadBuilder } from '../../runtime/frame/payload.ts';
import type { EncodedFrame } from '../../runtime/log/port.ts';
import { silentLogger } from '../../runtime/logger.ts';
import { Node } from '../../runtime/node.ts';
import { shardOf } from '../../runtime/shard-of.ts';
import { holdOf, receiptOf, sendStock } from '../crowd.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { Merchant } from './merchant.ts';

const store = 'elsewhere';
const sku = 'A';
const actor = actorId('stock', store, sku);

let template: string;

/** A shop that was used and stopped: copied for each test. */
beforeAll(async () => {
  template = await freshDirectory();
  const server = await startServer({ dataDirectory: template, prepare: prepareFolder });
  await server[Symbol.asyncDispose]();
  await inFolder(template, async (storage) => {
    const node = new Node({
      ...storage.cluster,
      definitions,
      log: storage.log,
      rows: storage.rows,
      clock: systemClock,
      logger: silentLogger,
    });
    await node.start();
    expect((await sendStock(node, store, sku, receiptOf('first', 10))).kind).toBe('reply');
    expect((await sendStock(node, store, sku, holdOf('held'))).kind).toBe('reply');
    await node.drain();
  });
});

afterAll(() => rmSync(template, { recursive: true, force: true }));

async function inFolder<Result>(dataDir: string, work: (storage: EmbeddedStorage) => Promise<Result>): Promise<Result> {
  await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
  return await work(storage);
}

async function copied(change: (storage: EmbeddedStorage) => Promise<unknown>): Promise<ServerUnderTest> {
  const dataDirectory = await freshDirectory();
  spawnSync('cp', ['-a', `${template}/.`, dataDirectory]); // with their owners: Postgres may run as a user of its own
  await inFolder(dataDirectory, change);
  return new ServerUnderTest(dataDirectory, await freePort(), { dataDirectory, readyStatus: 503 });
}

async function framesOf(storage: EmbeddedStorage, shard: number): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  for await (const frame of storage.log.read(shard, 0)) frames.push(frame);
  return frames;
}

/** Onto the shard of the SKU; returns shard and frame. */
async function append(
  storage: EmbeddedStorage,
  event: object,
  format = frameFormat,
): Promise<{ readonly shard: number; readonly frame: number }> {
  const shard = shardOf(actor, storage.cluster.shardCount);
  const last = (await framesOf(storage, shard)).at(-1)!;
  const payload = new PayloadBuilder();
  payload.addEvent(payload.addActor(actor), 3, JSON.stringify(event));
  const { header } = decodeFrame(shard, last);
  const encoded = encodeFrame({ ...header, kind: 'events', frame: last.frame + 1, previousHash: last.hash }, payload.build());
  Buffer.from(encoded.bytes.buffer, encoded.bytes.byteOffset).writeUInt16BE(format, 4);
  expect(await storage.log.append(shard, { frame: last.frame, hash: last.hash }, encoded)).toEqual({ kind: 'acked' });
  return { shard, frame: encoded.frame };
}

async function ended(server: ServerUnderTest): Promise<string> {
  await server.start().then(
    () => expect.unreachable('a server that cannot read its data came up'),
    () => {},
  );
  expect(server.pid).toBeNull();
  expect(server.output).not.toMatch(/^ +at /m); // a sentence, not a stack
  return server.output;
}

async function dispose(server: ServerUnderTest): Promise<void> {
  await server[Symbol.asyncDispose]();
  rmSync(server.dataDirectory, { recursive: true, force: true });
}

test('a frame of a newer version keeps the server from starting, with a sentence, and nothing is appended', async () => {
  let at = { shard: -1, frame: -1 };
  const server = await copied(async (storage) => {
    at = await append(storage, { type: 'stock.resumed' }, frameFormat + 1);
  });
  try {
    expect(await ended(server)).toMatch(
      new RegExp(
        `used by a newer version of Onhand: shard ${at.shard}, frame ${at.frame}: written in format ${frameFormat + 1} by a newer version`,
      ),
    );
    await inFolder(server.dataDirectory, async (storage) => {
      expect((await framesOf(storage, at.shard)).at(-1)!.frame).toBe(at.frame);
    });
  } finally {
    await dispose(server);
  }
});

test('rows of a newer version keep the server from starting, with a sentence, and stay as they are', async () => {
  const shard = (storage: EmbeddedStorage) => shardOf(actor, storage.cluster.shardCount);
  const server = await copied(async (storage) => {
    const checkpoint = await storage.rows.claim(shard(storage), (await storage.rows.checkpoint(shard(storage)))!.epoch);
    // its hold is due within the time that is loaded at a take-over
    const line = { actor, shard: shard(storage), version: 2, deadline: Date.now(), owes: false, format: 99 };
    await storage.rows.write(shard(storage), checkpoint, checkpoint, { actors: [line], changes: [], force: true });
  });
  try {
    expect(await ended(server)).toMatch(
      /used by a newer version of Onhand: stock\/elsewhere\/A was written in format 99 by a newer version/,
    );
    await inFolder(server.dataDirectory, async (storage) => {
      const loaded = await storage.rows.load('stock', [actor], Date.now());
      expect([...loaded.values()]).toMatchObject([{ version: 2, format: 99 }]);
    });
  } finally {
    await dispose(server);
  }
});

test('an event that cannot be applied stops its shard; readiness names frame and actor, and the other shards sell', async () => {
  let at = { shard: -1, frame: -1 };
  const server = await copied(async (storage) => {
    at = await append(storage, { type: 'stock.held', holdId: 'without units' });
  });
  try {
    await server.start();
    const ready = (await (await fetch(`${server.url}/readyz`)).json()) as { readonly why: string };
    expect(ready.why).toMatch(
      new RegExp(`shard ${at.shard} is halted: .*frame ${at.frame}: event 3 of stock/elsewhere/A cannot be applied`),
    );
    const merchant = await Merchant.of(server);
    const storeId = (await server.keys())[0]!.storeId;
    const skuOn = (wanted: (shard: number) => boolean) => {
      for (let number = 0; ; number++) if (wanted(shardOf(actorId('stock', storeId, `S${number}`), 16))) return `S${number}`;
    };
    const served = skuOn((shard) => shard !== at.shard);
    await merchant.receive(served, 5);
    expect((await merchant.hold(served)).status).toBe(201);
    const refused = await merchant.hold(skuOn((shard) => shard === at.shard));
    expect(refused).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  } finally {
    await dispose(server);
  }
});
