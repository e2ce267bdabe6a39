/**
 * N7: what it costs our server to tell every open page of a change, against uWebSockets.js publishing bytes that exist
 * already.
 *
 * Both servers have their sockets open all the time, and their turns one after the other. Counted is what arrived, and
 * the processor of the server process alone, all its threads: decisions, log and reading the changes are in ours, too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchSettings, Measure, PreparedMeasure, Reading } from '../measure.ts';
import { limits } from '../../../runtime/limits.ts';
import { BarePublisher } from './bare-publisher.ts';
import { SocketCrowd } from './crowd.ts';
import type { CrowdCounts } from './crowd-wire.ts';
import { type Endings, startTogether } from './endings.ts';
import { missingProc, processorSeconds } from './processor.ts';
import { socketVersions } from './versions.ts';
import { crowdProcesses, openShop, type WatchedShop } from './watched-shop.ts';

const secondsDefault = 8;
/** With a tenth of the sockets less would not be enough processor to be counted. */
const secondsQuick = 5;
/** A little later than the server may push again: every fan-out has one change, which costs next to nothing. */
const changeEveryMs = limits.pushIntervalMs + 5;
/** Below this the hundredths in which /proc counts are more than a twentieth of the reading. */
const processorSecondsMin = 0.2;
const settlePollMs = 100;
const settlePollsMax = 100;

export const fanOut: Measure = {
  id: 'N7',
  name: 'N7-fan-out',
  what: 'messages pushed per second of processor that the server uses, all sockets watching one product that changes all the time',
  unit: 'messages/s per core',
  better: 'higher',
  judge: 'ratio',
  floor: 0.7,
  aim: 0.95,
  readings: 'pairs',
  missing: () => Promise.resolve(missingProc()),
  prepare: (settings) => startTogether((endings) => prepare(settings, endings)),
};

async function prepare(settings: BenchSettings, endings: Endings): Promise<PreparedMeasure> {
  const sockets = settings.quick ? 1_000 : 10_000;
  const seconds = settings.seconds ?? (settings.quick ? secondsQuick : secondsDefault);
  const shop = endings.use(await openShop(settings, { sockets, watch: 'the product', follow: false }));
  const publisher = endings.use(await BarePublisher.start());
  const crowdOfBare = { url: publisher.url, path: '/', sockets, processes: crowdProcesses, talk: { kind: 'bare' } } as const;
  const bareCrowd = endings.use(await SocketCrowd.open(crowdOfBare));
  const text = await newestPush(shop);
  return {
    durability: { ours: shop.target.durability, baseline: null },
    versions: socketVersions(),
    generator: `${sockets} sockets, held by ${crowdProcesses} Node processes on the same machine`,
    ours: () => reading({ crowd: shop.crowd, serverPid: shop.serverPid, press: () => keepChanging(shop, seconds) }),
    baseline: () =>
      reading({
        crowd: bareCrowd,
        serverPid: publisher.pid,
        press: async () => {
          publisher.publish(text, limits.pushIntervalMs);
          await sleep(seconds * 1_000);
          publisher.rest();
        },
      }),
    [Symbol.asyncDispose]: () => endings[Symbol.asyncDispose](),
  };
}

async function keepChanging(shop: WatchedShop, seconds: number): Promise<void> {
  const endsAtMs = performance.now() + seconds * 1_000;
  while (performance.now() < endsAtMs) {
    const startedMs = performance.now();
    await shop.receive(1);
    await sleep(Math.max(0, changeEveryMs - (performance.now() - startedMs)));
  }
}

interface Pressed {
  readonly crowd: SocketCrowd;
  readonly serverPid: number;
  readonly press: () => Promise<void>;
}

async function reading({ crowd, serverPid, press }: Pressed): Promise<Reading> {
  const before = await settled(crowd);
  const usedBefore = processorSeconds(serverPid) ?? 0;
  const startedMs = performance.now();
  await press();
  const after = await settled(crowd);
  const wallSeconds = (performance.now() - startedMs) / 1_000;
  const serverSeconds = (processorSeconds(serverPid) ?? 0) - usedBefore;
  const messages = after.messages - before.messages;
  const problem = problemOf(after, messages, serverSeconds);
  return {
    value: serverSeconds > 0 ? messages / serverSeconds : 0,
    figures: {
      messages,
      messagesPerSecond: messages / wallSeconds,
      serverCores: serverSeconds / wallSeconds,
      crowdCores: (after.cpuSeconds - before.cpuSeconds) / wallSeconds,
      payloadBytes: messages === 0 ? 0 : (after.payloadBytes - before.payloadBytes) / messages,
    },
    ...(problem === null ? {} : { problem }),
  };
}

function problemOf({ lost }: CrowdCounts, messages: number, serverSeconds: number): string | null {
  if (lost > 0) return `${lost} sockets were lost`;
  if (messages === 0) return 'no message came';
  return serverSeconds < processorSecondsMin ? 'too short: /proc counts processor in hundredths of a second' : null;
}

/** When nothing more comes in. */
async function settled(crowd: SocketCrowd): Promise<CrowdCounts> {
  let counts = await crowd.counts();
  for (let polls = 0; polls < settlePollsMax; polls += 1) {
    await sleep(settlePollMs);
    const newer = await crowd.counts();
    if (newer.messages === counts.messages) return newer;
    counts = newer;
  }
  return counts;
}

/** What our server pushes, byte for byte: the bare one shall send as much. */
async function newestPush(shop: WatchedShop): Promise<string> {
  const before = await settled(shop.crowd);
  await shop.receive(1);
  const after = await settled(shop.crowd);
  const messages = after.messages - before.messages;
  if (messages === 0) throw new Error('the server pushed nothing after a change');
  return 'x'.repeat(Math.round((after.payloadBytes - before.payloadBytes) / messages));
}
