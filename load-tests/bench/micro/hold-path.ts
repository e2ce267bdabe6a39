/**
 * How much processor one durable hold on one hot SKU costs inside the program: the real node, shard, actor and log,
 * without HTTP. What it prints is for comparing two versions of the code on one machine.
 *
 *   node --import tsx load-tests/bench/micro/hold-path.ts --log memory --rows discard --holds 200000
 *   node --import tsx load-tests/bench/micro/hold-path.ts --log postgres --rows postgres
 *   node --import tsx load-tests/bench/micro/hold-path.ts --release --allocations
 *   node --import tsx --cpu-prof --cpu-prof-dir=<folder> load-tests/bench/micro/hold-path.ts …
 *   node --import tsx load-tests/bench/micro/top-of-profile.ts <folder>
 *
 * B1. Processor time is the measure (`cpuUs`: all threads of this process per hold, garbage collection included): it
 *     says the same on a busy machine, where holds per second do not. Postgres, which is other processes, is told
 *     apart (`postgresUs`, in steps of the kernel's clock).
 * B2. Senders answer a hold by sending the next one: `--in-flight` holds wait at any time.
 * B3. The first round warms the engine up and is not counted.
 * B4. `--rows discard` takes rows as they are given and keeps none: what is left is the path up to the answer. With
 *     Postgres the time to write what is behind is told apart (`drain`).
 * B5. `--release` lets every hold go once it is held, and figures are per pair. `--allocations` plays one more round and
 *     says who made how many bytes of garbage.
 *
 * Does not measure: HTTP, parsing, pushing, the latency of one hold alone.
 */
import { performance, PerformanceObserver } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { definitions } from '../../../commands/embedded/definitions.ts';
import { openEmbeddedStorage } from '../../../commands/embedded/storage.ts';
import { actorId, oneLineHoldId } from '../../../actors/kernel/index.ts';
import type { HoldReply } from '../../../actors/stock/index.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { uuidV8Of } from '../../../runtime/ids/derive.ts';
import { MemoryLog } from '../../../runtime/log/memory.ts';
import type { Log } from '../../../runtime/log/port.ts';
import { silentLogger } from '../../../runtime/logger.ts';
import { Node } from '../../../runtime/node.ts';
import type { Envelope, Outcome } from '../../../runtime/router/port.ts';
import { MemoryRowStore } from '../../../runtime/rows/memory.ts';
import type { RowStore } from '../../../runtime/rows/port.ts';
import { watchAllocations } from './allocations.ts';
import { processTree, sumOfTicks, ticksPerSecond } from '../../measure/effort.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';

const sku = 'hot';
const store = 'store_7f3c2a91';
const shardCount = 16;
const allocationLines = 30;

interface Options {
  readonly log: 'memory' | 'postgres';
  readonly rows: 'discard' | 'postgres';
  readonly holds: number;
  readonly inFlight: number;
  readonly rounds: number;
  /** Each hold is released once it is held: figures are per pair. */
  readonly release: boolean;
  /** One more round that says who allocates. */
  readonly allocations: boolean;
}

interface Storage extends AsyncDisposable {
  readonly log: Log;
  readonly rows: RowStore;
}

function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      log: { type: 'string', default: 'memory' },
      rows: { type: 'string', default: 'discard' },
      holds: { type: 'string', default: '100000' },
      'in-flight': { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      release: { type: 'boolean', default: false },
      allocations: { type: 'boolean', default: false },
    },
  });
  if (values.log !== 'memory' && values.log !== 'postgres') throw new TypeError('--log is memory or postgres');
  if (values.rows !== 'discard' && values.rows !== 'postgres') throw new TypeError('--rows is discard or postgres');
  const whole = (text: string) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < 1) throw new TypeError(`not a whole number from 1 on: ${text}`);
    return number;
  };
  return {
    log: values.log,
    rows: values.rows,
    holds: whole(values.holds),
    inFlight: whole(values['in-flight']),
    rounds: whole(values.rounds),
    release: values.release,
    allocations: values.allocations,
  };
}

/** The twin, except that nothing is kept (B4). */
class DiscardingRowStore extends MemoryRowStore {
  override async write(...[shard, from, to]: Parameters<MemoryRowStore['write']>): ReturnType<MemoryRowStore['write']> {
    return super.write(shard, from, to, { actors: [], changes: [] });
  }
}

async function open(options: Options): Promise<Storage> {
  const memory = { log: new MemoryLog({ clock: systemClock }), rows: new DiscardingRowStore({ kinds: definitions, clock: systemClock }) };
  if (options.log === 'memory' && options.rows === 'discard') return { ...memory, async [Symbol.asyncDispose]() {} };
  const folder = temporaryFolder();
  const embedded = await openEmbeddedStorage({ dataDir: folder.path, logger: silentLogger });
  return {
    log: options.log === 'postgres' ? embedded.log : memory.log,
    rows: options.rows === 'postgres' ? embedded.rows : memory.rows,
    async [Symbol.asyncDispose]() {
      await embedded.close();
      folder[Symbol.dispose]();
    },
  };
}

function ask(node: Node, command: Envelope['command']): Promise<Outcome> {
  return new Promise((resolve) => node.send({ actor: actorId('stock', store, sku), command, class: 'client', waitMs: 10_000 }, resolve));
}

/** B2. Ids are made beforehand, commands when they are sent: as young as those of a gateway. */
function holdAll(node: Node, uuids: readonly string[], { inFlight, release }: Options): Promise<number> {
  return new Promise((resolve) => {
    let next = 0;
    let answered = 0;
    let held = 0;
    const sendNext = () => {
      const uuid = uuids[next++];
      if (uuid !== undefined) node.send(envelopeOf(uuid), onAnswer);
    };
    const onEnd = () => {
      if (++answered === uuids.length) resolve(held);
      else sendNext();
    };
    const onAnswer = (outcome: Outcome) => {
      if (outcome.kind === 'reply') held++;
      if (release && outcome.kind === 'reply') node.send(releaseOf(outcome.reply as HoldReply), onEnd);
      else onEnd();
    };
    for (let count = 0; count < inFlight; count++) sendNext();
  });
}

function envelopeOf(uuid: string): Envelope {
  const holdCommand = {
    type: 'hold',
    holdId: oneLineHoldId(uuid, sku),
    fingerprint: uuid.slice(0, 11),
    buyer: `buyer_${uuid.slice(-12)}`,
    quantity: 1,
    ttlMs: 600_000,
    nearness: [{ location: 'main', rank: 0 }],
  };
  return { actor: actorId('stock', store, sku), command: holdCommand, class: 'client', waitMs: 10_000 };
}

function releaseOf({ holdId, buyer }: HoldReply): Envelope {
  const command = { type: 'release', holdId, buyer };
  return { actor: actorId('stock', store, sku), command, class: 'client', frees: true, waitMs: 10_000 };
}

interface Reading {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly gcMs: number;
  readonly childrenMs: number;
}

function cpuMsOf(pids: readonly number[]): number {
  return ((sumOfTicks(pids) ?? 0) / ticksPerSecond) * 1_000;
}

class Meter {
  readonly #children = processTree(process.pid).filter((pid) => pid !== process.pid);
  readonly #wallAt = performance.now();
  readonly #cpuAt = process.cpuUsage();
  readonly #childrenAtMs = cpuMsOf(this.#children);
  #gcMs = 0;
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) this.#gcMs += entry.duration;
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  async read(): Promise<Reading> {
    const childrenMs = cpuMsOf(this.#children) - this.#childrenAtMs;
    const wallMs = performance.now() - this.#wallAt;
    const { user, system } = process.cpuUsage(this.#cpuAt);
    await new Promise((resolve) => setTimeout(resolve, 1)); // the observer is told a little later
    this.#observer.disconnect();
    return { wallMs, cpuMs: (user + system) / 1_000, gcMs: this.#gcMs, childrenMs };
  }
}

async function runRound(node: Node, round: number, options: Options): Promise<string> {
  const uuids = Array.from({ length: options.holds }, (_, index) => uuidV8Of(`${round}/${index}`));
  const hot = new Meter();
  const held = await holdAll(node, uuids, options);
  const { wallMs, cpuMs, gcMs, childrenMs } = await hot.read();
  const behind = new Meter();
  while (node.status.some((shard) => shard.writeBehind.frames > 0)) await new Promise((resolve) => setTimeout(resolve, 2));
  const drain = await behind.read();
  const us = (ms: number) => ((ms * 1_000) / options.holds).toFixed(2);
  return JSON.stringify({
    round,
    held,
    perSecond: Math.round((held / wallMs) * 1_000),
    cpuUs: us(cpuMs),
    gcUs: us(gcMs),
    drainMs: Math.round(drain.wallMs),
    drainCpuUs: us(drain.cpuMs),
    allCpuUs: us(cpuMs + drain.cpuMs),
    postgresUs: us(childrenMs + drain.childrenMs),
  });
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  console.log(JSON.stringify(options));
  await using storage = await open(options);
  const node = new Node({
    clusterId: '018f6a00-0000-7000-8000-000000000001',
    incarnation: '018f6a00-0000-7000-8000-000000000002',
    shardCount,
    definitions,
    log: storage.log,
    rows: storage.rows,
    clock: systemClock,
    logger: { ...silentLogger, error: console.error },
  });
  await node.start();
  await ask(node, {
    type: 'receive',
    location: 'main',
    quantity: 1_000_000,
    commandId: 'receive',
    fingerprint: 'f',
  } as Envelope['command']);
  for (let round = 0; round <= options.rounds; round++) {
    const line = await runRound(node, round, options);
    if (round > 0) console.log(line); // B3
  }
  if (options.allocations) await printAllocations(node, options);
  await node.drain();
}

async function printAllocations(node: Node, options: Options): Promise<void> {
  const allocations = await watchAllocations();
  await runRound(node, options.rounds + 1, options);
  const sums = await allocations.stop();
  const total = sums.reduce((sum, [, bytes]) => sum + bytes, 0);
  console.log(`allocated: ${Math.round(total / options.holds)} bytes per hold`);
  for (const [name, bytes] of sums.slice(0, allocationLines))
    console.log(`${String(Math.round(bytes / options.holds)).padStart(6)}  ${name}`);
}

await main();
