/**
 * The whole server as a process of its own, on an embedded Postgres whose log is synced: what `http-path.ts` compares its
 * parts with. Owns the process and its folder. Processor time is read from /proc, so this path is for Linux alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { assert } from '../../../actors/kernel/index.ts';
import { startServer } from '../../server.ts';
import { type OpenPath, sku, type Spent, units } from './path.ts';

/** `profileTo`: a file for a profile. */
export async function openServer(profileTo: string | undefined): Promise<OpenPath> {
  const profiled = { environment: { ONHAND_TEST_PROFILE: profileTo ?? '' }, preload: ['load-tests/bench/preload/profile.ts'] };
  const server = await startServer(profileTo === undefined ? {} : profiled);
  const store = (await server.keys()).find(({ demo }) => demo);
  const { pid } = server;
  assert(store !== undefined && pid !== null, 'the server runs and has a store');
  await post(`${server.url}/v1/admin/stock/receive`, store.secretKey, { sku, quantity: units });
  return {
    port: server.port,
    keys: store,
    handle: null,
    token: async () => ((await post(`${server.url}/v1/buyers`, store.publishableKey, undefined)) as { token: string }).token,
    spent: () => spentBy(pid),
    profiled: () => void process.kill(pid, 'SIGUSR2'),
    close: () => server[Symbol.asyncDispose](),
  };
}

let posted = 0;

async function post(url: string, key: string, body: unknown): Promise<unknown> {
  posted += 1;
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': `open-${posted}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  assert(response.ok, `${url} was answered ${response.status}`);
  return response.json();
}

/** The program, and its database with all its sessions, also those that have ended. */
function spentBy(pid: number): Spent {
  const own = timesOf(pid)!;
  const below = descendantsOf(pid);
  const database = below.reduce((sum, child) => {
    const times = timesOf(child);
    return times === null ? sum : sum + times.user + times.system + times.ended;
  }, 0);
  return { user: own.user, system: own.system, database };
}

function descendantsOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    const child = Number(name);
    const parent = Number.isInteger(child) ? Number(fieldsOf(child)?.[1]) : Number.NaN;
    return Number.isNaN(parent) ? [] : [{ child, parent }];
  });
  const found: number[] = [];
  for (let from: readonly number[] = [pid]; from.length > 0; ) {
    from = parents.filter(({ parent }) => from.includes(parent)).map(({ child }) => child);
    found.push(...from);
  }
  return found;
}

/** A tick of the kernel's accounts. */
const tickMicros = 10_000;

function timesOf(pid: number): { readonly user: number; readonly system: number; readonly ended: number } | null {
  const fields = fieldsOf(pid);
  if (fields === null) return null;
  const [user, system, endedUser, endedSystem] = fields.slice(11, 15).map((ticks) => Number(ticks) * tickMicros) as [
    number,
    number,
    number,
    number,
  ];
  return { user, system, ended: endedUser + endedSystem };
}

/** /proc/<pid>/stat from the third field on: the second is a name that may contain anything. */
function fieldsOf(pid: number): readonly string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
  } catch {
    return null;
  }
}
