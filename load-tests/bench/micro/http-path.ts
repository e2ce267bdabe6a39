/**
 * What the HTTP side of one durable hold costs, apart from what decides and stores it: the same `POST /v1/holds` sent
 * through more and more of the server. For whoever changes the gateway; the published numbers come from `onhand bench`.
 *
 *   node --import tsx load-tests/bench/micro/http-path.ts [--path NAME] [--drive wrk|inline] [--as merchant|buyers]
 *                                                         [--seconds N] [--connections N] [--profile FILE] [--json]
 *
 *   hello      uWebSockets.js alone, no request is looked at: the transport's own hello world
 *   transport  our transport: the request is read, the body too, and one fixed answer given
 *   gateway    the whole gateway before a router that answers at once
 *   batched    the same, but answers come in a later turn, all that wait at once, as after an append
 *   node       the whole gateway before real shards on a log and rows in memory
 *   server     `onhand start` as a process of its own, durable, with its database
 *
 * `wrk` drives it over loopback; `inline` calls the pipeline without a socket (`gateway`, `batched` and `node` only),
 * so that what is left is our own code. `--profile` writes where the processor time went, without start and warm-up, for
 * the developer tools of a browser.
 *
 * `cpuMicros` is processor time of the server, user and system, for one request: it means something on a machine
 * that is busy with other things, too, where `perSecond` does not.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { assert } from '../../../actors/kernel/index.ts';
import { openPath, paths, type PathName } from './http-paths.ts';
import { driveInline } from './drive-inline.ts';
import { driveWithWrk } from './drive-wrk.ts';
import type { Measured } from './load.ts';
import type { Spent } from './path.ts';

/** Enough that no limit per buyer is met. */
const buyerCount = 2_000;
const profileLookMs = 100;
const profileLooksMax = 100;

const { values } = parseArgs({
  options: {
    path: { type: 'string', default: 'gateway' },
    drive: { type: 'string', default: 'wrk' },
    as: { type: 'string', default: 'buyers' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '128' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function pathNamed(name: string): PathName {
  const found = paths.find((path) => path === name);
  assert(found !== undefined, `--path is one of ${paths.join(', ')}`);
  return found;
}

const seconds = Number(values.seconds);
const { profile } = values;
const path = await openPath(pathNamed(values.path), profile);
const buyers = values.as === 'buyers' ? await Promise.all(Array.from({ length: buyerCount }, () => path.token())) : [];
const profiler = new Session();
profiler.connect();
let before: Spent = path.spent();
const load = { seconds, key: buyers.length === 0 ? path.keys.secretKey : path.keys.publishableKey, buyers, started };
const measured: Measured =
  values.drive === 'inline'
    ? await driveInline(path, load)
    : await driveWithWrk(path, { ...load, connections: Number(values.connections) });
const after = path.spent();
if (profile !== undefined) await endProfile(profile);
await path.close();

const { requests, errors } = measured;
const user = after.user - before.user;
const system = after.system - before.system;
const shown = {
  path: values.path,
  drive: values.drive,
  as: values.as,
  requests,
  errors,
  perSecond: Math.round(requests / measured.seconds),
  cpuMicros: round((user + system) / requests),
  userMicros: round(user / requests),
  ...(after.database === undefined ? {} : { databaseMicros: round((after.database - before.database!) / requests) }),
  ...(measured.cpuMicrosBest === undefined ? {} : { cpuMicrosBest: round(measured.cpuMicrosBest) }),
};
console.log(
  values.json
    ? JSON.stringify(shown)
    : Object.entries(shown)
        .map(([name, value]) => `${name} ${value}`)
        .join('  '),
);

async function started(): Promise<void> {
  if (profile !== undefined) await beginProfile();
  before = path.spent();
}

async function beginProfile(): Promise<void> {
  if (path.profiled !== undefined) return path.profiled();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.start');
}

async function endProfile(file: string): Promise<void> {
  if (path.profiled === undefined) return writeFile(file, JSON.stringify((await profiler.post('Profiler.stop')).profile));
  path.profiled();
  for (let looks = 0; looks < profileLooksMax && !existsSync(file); looks += 1) await sleep(profileLookMs);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
