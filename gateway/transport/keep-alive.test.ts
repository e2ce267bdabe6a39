/** An answer without a body leaves its connection to the next request: preflights, HEAD, 204 and 304 are followed by others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RawConnection } from '../../testing/faults/fuzz/raw-connection.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

async function etagOf(path: string): Promise<string> {
  return (await fetch(world.gateway.url + path)).headers.get('etag') ?? '';
}

test.each([
  { why: 'a preflight', method: 'OPTIONS', path: '/v1/holds', status: 204 },
  { why: 'a HEAD', method: 'HEAD', path: '/healthz', status: 200 },
  { why: 'a HEAD that is refused', method: 'HEAD', path: '/v1/nothing', status: 404 },
  { why: 'a page that has not changed', method: 'GET', path: '/assets/client/onhand-client.js', status: 304 },
])('$why is followed by a request on the same connection', async ({ method, path, status }) => {
  const { hostname, port, host } = new URL(world.gateway.url);
  const etag = status === 304 ? `if-none-match: ${await etagOf(path)}\r\n` : '';
  const connection = new RawConnection({ host: hostname, port: Number(port) });
  const ask = (line: string, more = '') =>
    connection.ask(Buffer.from(`${line} HTTP/1.1\r\nhost: ${host}\r\n${more}\r\n`), { headOnly: line.startsWith('HEAD'), last: false });
  expect(await ask(`${method} ${path}`, etag)).toMatchObject({ kind: 'answered', response: { status } });
  expect(await ask('GET /livez')).toMatchObject({ kind: 'answered', response: { status: 200 } });
  connection.end();
});

test('HEAD says how long the body would be', async () => {
  const body = await (await fetch(`${world.gateway.url}/openapi.json`)).arrayBuffer();
  const head = await fetch(`${world.gateway.url}/openapi.json`, { method: 'HEAD' });
  expect(Number(head.headers.get('content-length'))).toBe(body.byteLength);
});
