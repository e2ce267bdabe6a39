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
 *   node       the whole gateway before real shards on a log in memory
 *
 * `wrk` drives it over loopback; `inline` calls the pipeline without a socket (`gateway`, `batched` and `node` only),
 * so that what is left is our own code. `--profile` writes where the processor time went, without start and warm-up, for
 * the developer tools of a browser.
 *
 * `cpuMicros` is processor time of the server, user and system, for one request: it means something on a machine
 * that is busy with other things, too, where `perSecond` does not. Nothing here is durable.
 */
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { parseArgs } from 'node:util';
import { assert } from '../../../actors/kernel/index.ts';
import { buyerTokens, openPath, paths, type PathName } from './http-paths.ts';
import { driveInline } from './drive-inline.ts';
import { driveWithWrk } from './drive-wrk.ts';
import type { Measured } from './load.ts';

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
const path = await openPath(pathNamed(values.path));
const buyers = values.as === 'buyers' ? await buyerTokens(path.buyers, path.storeId) : [];
const key = buyers.length === 0 ? path.keys.secretKey : path.keys.publishableKey;
const profiler = new Session();
profiler.connect();
await profiler.post('Profiler.enable');
let cpuBefore = process.cpuUsage();
const load = { seconds, key, buyers, sku: path.sku, started };
const measured: Measured =
  values.drive === 'inline' ? await driveInline(path, load) : await driveWithWrk(path, { ...load, connections: Number(values.connections) });
const { user, system } = process.cpuUsage(cpuBefore);
if (values.profile !== undefined) {
  const { profile } = await profiler.post('Profiler.stop');
  await writeFile(values.profile, JSON.stringify(profile));
}
await path.close();

const shown = {
  path: values.path,
  drive: values.drive,
  as: values.as,
  requests: measured.requests,
  errors: measured.errors,
  perSecond: Math.round(measured.requests / measured.seconds),
  cpuMicros: round((user + system) / measured.requests),
  userMicros: round(user / measured.requests),
  ...(measured.cpuMicrosBest === undefined ? {} : { cpuMicrosBest: round(measured.cpuMicrosBest) }),
};
console.log(values.json ? JSON.stringify(shown) : Object.entries(shown).map(([name, value]) => `${name} ${value}`).join('  '));

async function started(): Promise<void> {
  if (values.profile !== undefined) await profiler.post('Profiler.start');
  cpuBefore = process.cpuUsage();
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
