/** Replay meets what it cannot follow: it stops where that stands, says so once, and leaves everybody else alone. */
import { expect, test, vi } from 'vitest';
import { actorId } from '../../actors/kernel/index.ts';
import { type TallyEvent, tallyDefinition } from '../../testing/tally-actor.ts';
import { short, TallyWorld } from '../../testing/tally-world.ts';
import { decodeFrame, encodeFrame, frameFormat } from '../frame/codec.ts';
import { PayloadBuilder } from '../frame/payload.ts';
import { FrameTooNew } from '../frame/frame.ts';
import type { EncodedFrame } from '../log/port.ts';
import { silentLogger } from '../logger.ts';
import type { Outcome } from '../router/port.ts';
import { shardOf } from '../shard-of.ts';

const shardCount = 2;
const onShard = (shard: number): string => 'abcdefgh'.split('').find((id) => shardOf(actorId('tally', 's', id), shardCount) === shard)!;
const poisoned = onShard(0);
const sound = onShard(1);

/** Two tallies on two shards with everything in rows, then nobody runs. */
async function stoppedWorld(): Promise<TallyWorld> {
  const world = new TallyWorld({ shardCount });
  await world.start();
  for (const id of [poisoned, sound]) await world.ask(id, { type: 'add', n: 5 });
  await world.clock.advance(1_000);
  world.node.halt();
  return world;
}

async function framesOf(world: TallyWorld, shard: number): Promise<EncodedFrame[]> {
  const frames: EncodedFrame[] = [];
  for await (const frame of world.log.read(shard, 0)) frames.push(frame);
  return frames;
}

/** As another version of the program might have written it, or a bug of this one. */
async function appendFrame(
  world: TallyWorld,
  shard: number,
  entry: { readonly kind?: string; readonly id: string; readonly version: number; readonly event: TallyEvent },
  change: (bytes: Buffer) => void = () => {},
): Promise<number> {
  const last = (await framesOf(world, shard)).at(-1)!;
  const { header } = decodeFrame(shard, last);
  const payload = new PayloadBuilder();
  payload.addEvent(payload.addActor(actorId(entry.kind ?? 'tally', 's', entry.id)), entry.version, JSON.stringify(entry.event));
  const encoded = encodeFrame({ ...header, kind: 'events', frame: last.frame + 1, previousHash: last.hash }, payload.build());
  change(Buffer.from(encoded.bytes.buffer, encoded.bytes.byteOffset, encoded.bytes.byteLength));
  const outcome = await world.log.append(shard, { frame: last.frame, hash: last.hash }, encoded);
  expect(outcome.kind).toBe('acked');
  return encoded.frame;
}

test('an event that makes `apply` throw stops its shard alone, once, and readiness names frame and actor (FAULTS 40)', async () => {
  const world = await stoppedWorld();
  const frame = await appendFrame(world, 0, { id: poisoned, version: 2, event: { type: 'poison' } });
  const alarms = vi.spyOn(silentLogger, 'error');
  world.node = world.newNode();
  await world.start();
  const framesAfterStart = (await framesOf(world, 0)).length;
  await world.clock.advance(60_000);
  const said = alarms.mock.calls.filter(([, message]) => message === 'the shard cannot be served');
  alarms.mockRestore();
  expect(said).toHaveLength(1);
  expect(await framesOf(world, 0)).toHaveLength(framesAfterStart); // nobody takes it over again and again
  expect(world.node.ready.ready).toBe(false);
  expect(world.node.ready.why.join()).toMatch(
    new RegExp(`shard 0 is halted: .*shard 0, frame ${frame}: event 2 of tally/s/${poisoned} cannot be applied: .*apply throws`),
  );
  expect(short(await world.ask(poisoned, { type: 'read' }))).toBe('not_ready');
  expect(short(await world.ask(sound, { type: 'add', n: 1 }))).toBe(6);
  expect((await world.rows.checkpoint(0))!.frame).toBeLessThan(frame); // the program that is mended finds it again
});

test('an event of a kind of actor that this version does not know stops its shard alone (FAULTS 42)', async () => {
  const world = await stoppedWorld();
  await appendFrame(world, 0, { kind: 'parcel', id: 'p', version: 1, event: { type: 'woke' } });
  world.node = world.newNode();
  await world.start();
  expect(world.node.ready.why.join()).toMatch(/shard 0 is halted: .*event 1 of parcel\/s\/p cannot be applied: .*no actor of kind parcel/);
  expect(short(await world.ask(sound, { type: 'read' }))).toBe(5);
});

test('a command for a kind of actor that this version does not know is refused, and the node goes on (FAULTS 42)', async () => {
  const world = new TallyWorld();
  await world.start();
  let outcome: Outcome | undefined;
  const envelope = { actor: actorId('parcel', 's', 'p'), command: { type: 'tick' }, class: 'internal', waitMs: 1_000 } as const;
  world.node.send(envelope, (said) => (outcome = said));
  await world.clock.settle();
  expect(outcome).toMatchObject({ kind: 'unavailable', code: 'actor_stopped' });
  expect(short(await world.ask('a', { type: 'add', n: 1 }))).toBe(1);
});

test('a frame of a newer format stops the take-over before anything is appended or applied (FAULTS 42)', async () => {
  const world = await stoppedWorld();
  await appendFrame(world, 0, { id: poisoned, version: 2, event: { type: 'added', n: 1 } }, (bytes) =>
    bytes.writeUInt16BE(frameFormat + 1, 4),
  );
  const before = await framesOf(world, 0);
  const next = world.newNode();
  await expect(world.start(next)).rejects.toThrow(FrameTooNew);
  expect(await framesOf(world, 0)).toHaveLength(before.length);
  const rows = await world.rows.load('tally', [actorId('tally', 's', poisoned)], 0);
  expect([...rows.values()].map(({ version }) => version)).toEqual([1]);
});

test('rows of a newer format are refused at a take-over, and not tried again and again (FAULTS 42)', async () => {
  const world = await stoppedWorld();
  await writeFormat(world, poisoned, tallyDefinition.format + 1);
  await appendFrame(world, 0, { id: poisoned, version: 2, event: { type: 'added', n: 1 } });
  const next = world.newNode();
  await expect(world.start(next)).rejects.toThrow(`tally/s/${poisoned} was written in format 2 by a newer version; this one reads up to 1`);
});

test('rows of a newer format are refused when their actor is asked for, and others are served (FAULTS 42)', async () => {
  const world = await stoppedWorld();
  await writeFormat(world, poisoned, tallyDefinition.format + 1);
  const alarms = vi.spyOn(silentLogger, 'error');
  world.node = world.newNode();
  await world.start();
  expect(short(await world.ask(poisoned, { type: 'add', n: 1 }))).toBe('rows_unavailable');
  const said = alarms.mock.calls.map(([fields]) => JSON.stringify(fields)).join();
  alarms.mockRestore();
  expect(said).toMatch(/in format 2 by a newer version/);
  expect(short(await world.ask(sound, { type: 'read' }))).toBe(5);
});

/** As a newer version writes it: with a checksum that fits. */
async function writeFormat(world: TallyWorld, id: string, format: number): Promise<void> {
  const stored = (await world.rows.checkpoint(0))!;
  const checkpoint = await world.rows.claim(0, stored.epoch);
  const line = { actor: actorId('tally', 's', id), shard: 0, version: 1, deadline: null, owes: false, format };
  expect(await world.rows.write(0, checkpoint, checkpoint, { actors: [line], changes: [], force: true })).toEqual({ kind: 'written' });
}
