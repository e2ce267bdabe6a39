import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pressOurselves } from './own.ts';
import { findWrk, pressWithWrk, readReport } from './wrk.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Seen {
  readonly url: string;
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
}

/** Every third answer is a refusal. */
async function server(): Promise<Seen> {
  const requests: Seen['requests'] = [];
  const http = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() });
      const body = '{}';
      response.writeHead(requests.length % 3 === 0 ? 409 : 201, { 'content-length': body.length }).end(body);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    http.closeAllConnections();
    http.close();
  });
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

function tokens(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onhand-bench-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'tokens');
  writeFileSync(file, 'first\nsecond\n\nthird\n');
  return file;
}

const request = () =>
  ({ method: 'POST', path: '/v1/holds', headers: { 'Idempotency-Key': randomUUID() }, body: { sku: 'A', quantity: 1 } }) as const;

describe('the report of wrk', () => {
  it('counts as done only what was not refused', () => {
    const output =
      'Running 1s test\nBENCH {"answers":1000,"refused":400,"broken":3,"seconds":2.0,"p50Ms":1.5,"p99Ms":9.25,"p999Ms":1,"maxMs":2}\n';
    expect(readReport(output)).toEqual({ done: 600, refused: 400, failed: 3, seconds: 2, perSecond: 300, p50Ms: 1.5, p99Ms: 9.25 });
  });

  it('that is missing is told with what wrk said instead', () => {
    expect(() => readReport('unable to connect to 127.0.0.1:1 Connection refused')).toThrow('Connection refused');
  });
});

describe('our own client', () => {
  it('counts refusals apart and never has more requests under way than connections', async () => {
    const { url, requests } = await server();
    const pressed = await pressOurselves({ request }, { url, connections: 4, seconds: 0.5 });
    expect(pressed.failed).toBe(0);
    expect(pressed.done).toBeGreaterThan(0);
    expect(pressed.refused).toBeGreaterThan(0);
    expect(requests.length - pressed.done - pressed.refused).toBeLessThanOrEqual(4);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(requests.length);
  });

  it('counts what nobody answers as failed, not as done', async () => {
    const pressed = await pressOurselves({ request }, { url: 'http://127.0.0.1:1', connections: 2, seconds: 0.05 });
    expect(pressed.done).toBe(0);
    expect(pressed.failed).toBeGreaterThan(0);
  });
});

describe.runIf(findWrk() !== null)('wrk with our script', () => {
  it('sends holds as a storefront does: no key twice, buyers and SKUs in turn, refusals counted apart', { timeout: 60_000 }, async () => {
    const { url, requests } = await server();
    const words = [tokens(), 'pk_test', 'run', 'SKU-', '2', '60'];
    const pressed = await pressWithWrk({ script: 'hold.lua', words, request }, { url, connections: 3, seconds: 1 });
    expect(pressed.failed).toBe(0);
    expect(pressed.done).toBeGreaterThan(0);
    expect(Math.abs(pressed.refused * 2 - pressed.done)).toBeLessThanOrEqual(12);
    expect(requests.length - pressed.done - pressed.refused).toBeLessThanOrEqual(3);
    expect(new Set(requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(requests.length);
    expect(new Set(requests.map(({ headers }) => headers['onhand-buyer']))).toEqual(new Set(['first', 'second', 'third']));
    const bodies = new Set(requests.map(({ body }) => body));
    expect(bodies).toEqual(new Set([0, 1].map((sku) => `{"sku":"SKU-${sku}","quantity":1,"ttlSeconds":60}`)));
    expect(requests[0]).toMatchObject({
      path: '/v1/holds',
      headers: { authorization: 'Bearer pk_test', 'content-type': 'application/json' },
    });
  });

  it('whose server is away fails instead of reporting nothing', { timeout: 60_000 }, async () => {
    const press = pressWithWrk({ script: 'get.lua', words: [], request }, { url: 'http://127.0.0.1:1/', connections: 1, seconds: 1 });
    await expect(press).rejects.toThrow('wrk');
  });
});
