import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { weather } from './storm.ts';

let server: Server | null = null;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = null;
});

/** Answers each request as it is told to by its key and how often that came before. */
async function shop(answer: (before: number) => number): Promise<{ readonly url: string; readonly asked: Map<string, number> }> {
  const asked = new Map<string, number>();
  const http = createServer((request, response) => {
    request.resume();
    const key = String(request.headers['idempotency-key']);
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    response.writeHead(answer(before), { 'content-length': 2, 'retry-after': '30' }).end('{}');
  });
  server = http;
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

let keys = 0;
const request = () => ({ method: 'POST', path: '/v1/checkouts', headers: { 'Idempotency-Key': `k${keys++}` }, body: {} }) as const;

describe('a retry storm', () => {
  it('asks the same again, sooner than it was told, until it is done, then for the next', async () => {
    const { url, asked } = await shop((before) => (before < 3 ? 503 : 201));
    const weathered = await weather({ url, buyers: 5, againMs: 10, seconds: 0.5, request });
    expect(weathered.created).toBeGreaterThan(5);
    expect([...asked.values()].filter((times) => times === 4)).toHaveLength(weathered.created);
    expect(weathered.refusedPerSecond * 0.5).toBeGreaterThanOrEqual(3 * weathered.created);
    expect(weathered.donePerSecond * 0.5).toBeLessThanOrEqual(weathered.created);
  });

  it('does not count what was done before it had formed', async () => {
    const { url } = await shop(() => 201);
    const weathered = await weather({ url, buyers: 2, againMs: 10, seconds: 0.2, rampSeconds: 0.3, request });
    expect(weathered.donePerSecond * 0.2).toBeLessThan(weathered.created);
  });

  it('counts what was never answered, and ends', async () => {
    const { url } = await shop(() => 503);
    server?.close();
    server?.closeAllConnections();
    const weathered = await weather({ url, buyers: 3, againMs: 20, seconds: 0.2, request });
    expect(weathered.created).toBe(0);
    expect(weathered.lost).toBeGreaterThan(0);
  });
});
