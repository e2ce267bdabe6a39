/**
 * What one live message costs from an acknowledged view to its socket, beside uWebSockets.js that sends the same bytes,
 * encoded before, to as many sockets: in a plain loop, and by its own publishing. For whoever changes the push engine.
 *
 *   node --import tsx load-tests/bench/micro/fan-out.ts [--sockets N] [--skus N] [--rounds N] [--profile FILE] [--json]
 *
 * `skus`: how many every socket watches, all of which change in every round. The readers are a process of their own.
 * `cpuMicros` is processor time of the sending process, user and system, for one message.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import uWS, { type WebSocket } from 'uWebSockets.js';
import { assert, type LiveView } from '../../../actors/kernel/index.ts';
import { startGateway } from '../../../gateway/gateway.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { limits } from '../../../runtime/limits.ts';
import type { AnswerPosition, Outcome } from '../../../runtime/router/port.ts';
import { newStoreKeys } from '../../../services/tenants/keys.ts';
import { MemoryTenants } from '../../../services/tenants/memory.ts';

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '500' },
    skus: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '40' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const sockets = Number(values.sockets);
const rounds = Number(values.rounds);
const skus = Array.from({ length: Number(values.skus) }, (_, index) => `DROP-${index}`);
const host = '127.0.0.1';
const storeId = 'store_bench';
const position: AnswerPosition = { incarnation: 'one', shard: 0, epoch: 1, frame: 1, index: 0 };
const warmUpRounds = 20;
const roundMs = 2 * limits.pushIntervalMs;

/** Somebody to send to, and how. */
interface Sender {
  readonly port: number;
  readonly key: string;
  send(round: number): void;
  close(): Promise<void>;
}

const profiler = new Session();
profiler.connect();
await profiler.post('Profiler.enable');
const loopMicros = await measure(await openRaw('loop'), undefined);
const publishMicros = await measure(await openRaw('publish'), undefined);
const oursMicros = await measure(await openOurs(), values.profile);
const ratio = Math.round((publishMicros / oursMicros) * 100) / 100;
const shown = { sockets, skus: skus.length, rounds, loopMicros, publishMicros, oursMicros, ratio };
console.log(
  values.json
    ? JSON.stringify(shown)
    : Object.entries(shown)
        .map(([name, value]) => `${name} ${value}`)
        .join('  '),
);
process.exit(0);

async function measure(sender: Sender, profile: string | undefined): Promise<number> {
  const readers = fork(new URL('./fan-out-readers.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  readers.send({ port: sender.port, key: sender.key, sockets, skus });
  await once(readers, 'message');
  let round = 1;
  for (; round <= warmUpRounds; round += 1) await sendRound(sender, readers, round);
  if (profile !== undefined) await profiler.post('Profiler.start');
  const before = process.cpuUsage();
  for (; round <= warmUpRounds + rounds; round += 1) await sendRound(sender, readers, round);
  const { user, system } = process.cpuUsage(before);
  if (profile !== undefined) await writeFile(profile, JSON.stringify((await profiler.post('Profiler.stop')).profile));
  readers.kill();
  await sender.close();
  return Math.round(((user + system) / (sockets * rounds)) * 100) / 100;
}

/** Until every socket has the message of this round, and not sooner than the next may go. */
async function sendRound(sender: Sender, readers: ChildProcess, round: number): Promise<void> {
  const received = once(readers, 'message');
  sender.send(round);
  await Promise.all([received, new Promise((resolve) => setTimeout(resolve, roundMs))]);
}

function itemsOf(round: number): readonly LiveView['item'][] {
  return skus.map((sku) => ({ sku, available: 1_000_000 - round, version: round + 1, asOf: '2026-01-31T12:00:00.000Z' }));
}

function openRaw(how: 'loop' | 'publish'): Promise<Sender> {
  const open = new Set<WebSocket<unknown>>();
  const app = uWS.App().ws('/v1/live', {
    idleTimeout: 0,
    open: (ws) => {
      open.add(ws);
      ws.subscribe('stock');
    },
    close: (ws) => void open.delete(ws),
  });
  return new Promise((resolve) =>
    app.listen(host, 0, (listening) => {
      assert(listening !== false, 'a free port is found');
      resolve({
        port: uWS.us_socket_local_port(listening),
        key: '',
        send(round) {
          const message = Buffer.from(JSON.stringify({ type: 'stock', items: itemsOf(round) }));
          if (how === 'publish') app.publish('stock', message, false, false);
          else for (const ws of open) ws.send(message, false, false);
        },
        close: async () => uWS.us_listen_socket_close(listening),
      });
    }),
  );
}

async function openOurs(): Promise<Sender> {
  const keys = newStoreKeys();
  const tenants = new MemoryTenants();
  await tenants.ensureStore({ storeId, name: 'Bench', subdomain: 'bench', demo: false }, keys);
  let tell: (views: readonly LiveView[], at: AnswerPosition) => void = () => {};
  const gateway = await startGateway({
    router: { send: ({ actor }, answer) => answer(stockOf(actor.id)) },
    live: { subscribe: (listener) => ((tell = listener), () => {}) },
    tenants,
    movements: { list: async () => [] },
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
    host,
    port: 0,
    incarnation: 'one',
    secrets: { buyerSigningKey: new Uint8Array(32).fill(7) },
    durability: 'nothing is kept',
    adapters: {},
    ready: () => ({ ready: true }),
  });
  return {
    port: gateway.port,
    key: keys.publishableKey,
    send: (round) =>
      tell(
        itemsOf(round).map((item, index) => ({ channel: 'stock', store: storeId, id: skus[index]!, version: round + 1, item })),
        position,
      ),
    close: () => gateway.close(),
  };
}

function stockOf(sku: string): Outcome {
  const reply = { type: 'stock', sku, available: 1_000_000, version: 1, countVersion: 1, levels: [] };
  return { kind: 'reply', reply, repeated: false, position, at: 0 };
}
