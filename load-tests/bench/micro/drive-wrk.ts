/** Sends holds with `wrk`, which is one thread of C: it is rarely the limit where a client in Node always is. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../../../actors/kernel/index.ts';
import { type OpenPath, sku } from './path.ts';
import type { Load, Measured } from './load.ts';

const warmUpSeconds = 1;

export interface WrkLoad extends Load {
  readonly connections: number;
}

export async function driveWithWrk({ port }: Pick<OpenPath, 'port'>, load: WrkLoad): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'onhand-wrk-'));
  try {
    await run(port, load, folder, 'warm', warmUpSeconds);
    await load.started();
    return await run(port, load, folder, 'timed', load.seconds);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(port: number, load: WrkLoad, folder: string, keys: string, seconds: number): Promise<Measured> {
  const script = join(folder, `${keys}.lua`);
  await writeFile(script, scriptOf(load, port, keys));
  const flags = ['-t1', `-c${load.connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${port}/v1/holds`];
  const output = await outputOf('wrk', flags);
  const counted = /COUNTED (\d+) (\d+) (\d+)/.exec(output);
  assert(counted !== null, `wrk said:\n${output}`);
  const [requests, micros, errors] = counted.slice(1).map(Number) as [number, number, number];
  return { requests, errors, seconds: micros / 1_000_000 };
}

/** Each request has a key of its own: nothing is a repeat. */
function scriptOf({ key, buyers }: WrkLoad, port: number, keys: string): string {
  const body = `{"sku":"${sku}","quantity":1}`;
  const head = `POST /v1/holds HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nAuthorization: Bearer ${key}\\r\\nContent-Type: application/json\\r\\n`;
  const tail = `\\r\\nContent-Length: ${body.length}\\r\\n\\r\\n${body.replaceAll('"', '\\"')}`;
  return `
local buyers = {${buyers.map((token) => `"Onhand-Buyer: ${token}\\r\\n"`).join(',\n')}}
local count = 0
function request()
  count = count + 1
  return "${head}" .. (buyers[count % #buyers + 1] or "") .. "Idempotency-Key: ${keys}-" .. count .. "${tail}"
end
function done(summary)
  local errors = summary.errors
  print("COUNTED " .. summary.requests .. " " .. summary.duration .. " " .. errors.status + errors.connect + errors.read + errors.write + errors.timeout)
end
`;
}

function outputOf(program: string, flags: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('exit', () => resolve(output));
  });
}
