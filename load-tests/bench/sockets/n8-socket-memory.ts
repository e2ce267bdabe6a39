/**
 * N8: resident memory of the server per open page that watches one product and hears nothing.
 *
 * Each reading starts a server of its own: memory that a process has had once it seldom gives back, so a second crowd
 * would seem to cost nothing. Counted from a first crowd, which uses up what lies free after the start, to a second one
 * on top, after garbage has been collected each time. Never less than what JavaScript holds by then: where that is more,
 * some of it went to places that were resident before. What the kernel keeps for a connection is not in it: it is no
 * process's memory.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveBytes, residentBytes } from '../../../testing/faults/process-memory.ts';
import { HttpClient, parseTarget } from '../../http/client.ts';
import { freshDirectory, type ServerUnderTest, startServer } from '../../server.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading } from '../measure.ts';
import { SocketCrowd } from './crowd.ts';
import { Endings } from './endings.ts';
import { missingProc } from './processor.ts';
import { socketVersions } from './versions.ts';
import { crowdProcesses, livePath, receive } from './watched-shop.ts';

const sku = 'bench-idle';
const collections = 3;
const betweenCollectionsMs = 300;

export const socketMemory: Measure = {
  id: 'N8',
  name: 'N8-socket-memory',
  what: 'resident memory of the server per idle WebSocket that watches one product, after garbage has been collected',
  unit: 'kB/socket',
  better: 'lower',
  judge: 'value',
  floor: 12,
  aim: 5,
  readings: 'pairs',
  missing: () => Promise.resolve(missingProc()),
  prepare,
};

interface Crowds {
  readonly first: number;
  readonly second: number;
}

async function prepare(settings: BenchSettings): Promise<PreparedMeasure> {
  const crowds: Crowds = settings.quick ? { first: 500, second: 1_000 } : { first: 5_000, second: 10_000 };
  return {
    durability: { ours: 'not asked: nothing is written while pages are idle', baseline: null },
    versions: socketVersions(),
    generator: `${crowds.second} sockets beside ${crowds.first} others, held by ${crowdProcesses} Node processes on the same machine`,
    warmUp: () => Promise.resolve(), // each reading has a fresh server, and a first crowd of its own
    ours: () => reading(crowds, settings),
    baseline: null,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function reading({ first: firstSockets, second: sockets }: Crowds, settings: BenchSettings): Promise<Reading> {
  await using endings = new Endings();
  const notes = await freshDirectory();
  endings.use({ [Symbol.asyncDispose]: () => rm(notes, { recursive: true, force: true }) });
  const note = join(notes, 'live-bytes');
  const server = endings.use(await startServer({ preload: ['testing/preload/live-memory.ts'], environment: { ONHAND_TEST_MEMORY: note } }));
  const key = await putOnSale(server);
  const open = async (count: number): Promise<SocketCrowd> => endings.use(await openCrowd(server.url, key, count));
  const first = await open(firstSockets);
  const before = await memoryOf(server, note);
  settings.progress(`opening ${sockets} sockets`);
  const second = await open(sockets);
  const after = await memoryOf(server, note);
  const lost = (await first.counts()).lost + (await second.counts()).lost;
  const residentBytesPerSocket = (after.resident - before.resident) / sockets;
  const liveBytesPerSocket = (after.live - before.live) / sockets;
  return {
    value: Math.max(residentBytesPerSocket, liveBytesPerSocket) / 1_000,
    figures: {
      residentBytesPerSocket,
      liveBytesPerSocket,
      residentBeforeMegabytes: before.resident / 1e6,
      residentAfterMegabytes: after.resident / 1e6,
    },
    ...(lost > 0 ? { problem: `${lost} sockets were lost` } : {}),
  };
}

interface Memory {
  readonly resident: number;
  readonly live: number;
}

/** One collection frees what the one before has finalised; memory goes back to the system a little later. */
async function memoryOf({ pid }: ServerUnderTest, note: string): Promise<Memory> {
  if (pid === null) throw new Error('the server under test is not running');
  let live = 0;
  for (let count = 0; count < collections; count += 1) {
    live = await liveBytes(pid, note);
    await sleep(betweenCollectionsMs);
  }
  return { resident: residentBytes(pid), live };
}

/** Returns the key that pages show. */
async function putOnSale(server: ServerUnderTest): Promise<string> {
  const store = (await server.keys()).find(({ demo }) => demo);
  if (store === undefined) throw new Error('the server started without a demo store');
  const client = new HttpClient({ address: parseTarget(server.url), connectionsMax: 1, waitingMax: 1, timeoutMs: 15_000 });
  try {
    await receive(client, store.secretKey, { key: 'bench-open', sku, quantity: 1 });
  } finally {
    client.close();
  }
  return store.publishableKey;
}

function openCrowd(url: string, key: string, sockets: number): Promise<SocketCrowd> {
  return SocketCrowd.open({ url, path: livePath, sockets, processes: crowdProcesses, talk: { kind: 'live', key, sku, follows: false } });
}
