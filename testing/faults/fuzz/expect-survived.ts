/** What both fuzz tests demand. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { startServer } from '../../../load-tests/server.ts';
import { verifyFolder } from '../../../load-tests/verify-folder.ts';
import { prepareFolder } from '../../prepared-folder.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { Merchant } from '../merchant.ts';
import { liveBytes, residentBytes } from '../process-memory.ts';
import { fuzzHttp } from './http.ts';
import { fuzzSockets } from './sockets.ts';

export interface FuzzDemands {
  readonly seed: number;
  readonly requests: number;
  readonly sockets: number;
}

/** Of what is alive: a few MB of code and of things that were made. */
const aliveGrowsMaxBytes = 24 * 1024 * 1024;
/** Once garbage is collected: also what is outside of the heap, where the gateway is native. */
const residentGrowsMaxBytes = 192 * 1024 * 1024;

export async function expectFuzzSurvived({ seed, requests, sockets }: FuzzDemands): Promise<void> {
  using folder = temporaryFolder();
  const memoryFile = join(folder.path, 'live-bytes');
  await using server = await startServer({
    prepare: prepareFolder,
    preload: ['testing/preload/live-memory.ts'],
    environment: { ONHAND_TEST_MEMORY: memoryFile },
  });
  const { pid } = server;
  const merchant = await Merchant.of(server);
  await merchant.receive('kept', 100);
  const { url, secretKey, publishableKey } = merchant;
  const memory = async () => ({ alive: await liveBytes(pid!, memoryFile), resident: residentBytes(pid!) });
  const before = await memory();
  const http = await fuzzHttp({ url, secretKey, publishableKey, seed, cases: requests, connections: 16 });
  const live = await fuzzSockets({ url, publishableKey, seed, cases: sockets, atOnce: 16 });
  console.log(`answers ${JSON.stringify([...http.answersByStatus].sort())}; closes ${JSON.stringify([...live.closes].sort())}`);
  expect([...http.wrong, ...live.wrong]).toEqual([]);
  expect(server.pid).toBe(pid);
  expect(server.output).not.toMatch(/"level":(50|60)/);
  const after = await memory();
  console.log(`memory before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  expect(after.alive - before.alive).toBeLessThan(aliveGrowsMaxBytes);
  expect(after.resident - before.resident).toBeLessThan(residentGrowsMaxBytes);
  await merchant.call('POST', '/v1/admin/store/resume'); // somebody may have paused it
  await merchant.receive('afterwards', 1);
  expect((await merchant.hold('afterwards')).status).toBe(201);
  await server.stop();
  expect(await verifyFolder(server.dataDirectory)).toMatchObject({ exitCode: 0 });
}
