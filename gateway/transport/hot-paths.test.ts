/** A path that the transport finds by itself is answered as any other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RawConnection } from '../../testing/faults/fuzz/raw-connection.ts';
import { GatewayWorld } from '../../testing/gateway-world.ts';

let world: GatewayWorld;
beforeAll(async () => {
  world = await GatewayWorld.start();
  await world.receive('HOT', 10);
});
afterAll(() => world[Symbol.asyncDispose]());

async function statusOf(line: string): Promise<unknown> {
  const { hostname, port, host } = new URL(world.gateway.url);
  const connection = new RawConnection({ host: hostname, port: Number(port) });
  const body = '{"sku":"HOT","quantity":1}';
  const head = `authorization: Bearer ${world.demo.secretKey}\r\nidempotency-key: ${line}\r\ncontent-type: application/json`;
  const text = `${line} HTTP/1.1\r\nhost: ${host}\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const outcome = await connection.ask(Buffer.from(text), { headOnly: line.startsWith('HEAD'), last: true });
  connection.end();
  return outcome.kind === 'answered' ? outcome.response.status : outcome.kind;
}

test.each([
  ['POST /v1/holds', 201],
  ['POST /v1/holds?why=not', 201],
  ['POST /v1/holds?nul=%00', 400],
  ['POST /v1/holds/', 404],
  ['POST /v1//holds', 404],
  ['POST /v1/Holds', 404],
  ['POST /v1/hold%73', 404],
  ['PUT /v1/holds', 405],
  ['HEAD /v1/holds', 405],
  ['post /v1/holds', 'closed'],
])('%s is answered %s', async (line, status) => {
  expect(await statusOf(line)).toBe(status);
});
