/**
 * The wall clock of a real server jumps by an hour while units are held (FAULTS 23). Holds live by shard time: none ends
 * early, all end in time, and selling goes on.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freshDirectory, type ServerUnderTest, startServer } from '../../load-tests/server.ts';
import { verifyFolder } from '../../load-tests/verify-folder.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { eventually, until } from '../until.ts';
import { Merchant } from './merchant.ts';

const hourMs = 3_600_000;
const opening = 100;
const shortHolds = 10;
const shortTtlSeconds = 5;
/** From the end of a hold until its units are seen again, on a machine that may be busy with other tests. */
const endsWithinMs = 10_000;

let folder: string;
let server: ServerUnderTest;
let merchant: Merchant;

beforeAll(async () => {
  folder = await freshDirectory();
  server = await startServer({
    prepare: prepareFolder,
    preload: ['testing/preload/wall-clock.ts'],
    environment: { ONHAND_TEST_WALL_CLOCK: join(folder, 'offset-ms') },
  });
  merchant = await Merchant.of(server);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function jumpBy(offsetMs: number): Promise<void> {
  const file = join(folder, 'offset-ms');
  rmSync(`${file}.taken`, { force: true });
  writeFileSync(file, String(offsetMs));
  process.kill(server.pid!, 'SIGUSR2');
  const taken = `${file}.taken`;
  await eventually('the clock has jumped', () => existsSync(taken) && readFileSync(taken, 'utf8') === String(offsetMs));
  expect(Math.abs((await issuedAtMs()) - Date.now() - offsetMs)).toBeLessThan(60_000);
}

/** What the program itself takes for the time: it stands in the token of a new buyer. */
async function issuedAtMs(): Promise<number> {
  const { body } = await merchant.call('POST', '/v1/buyers');
  const claims = Buffer.from(String(body['token']).split('.')[1]!, 'base64url').toString('utf8');
  return (JSON.parse(claims) as { readonly iat: number }).iat * 1_000;
}

test.each([
  ['ahead', hourMs],
  ['back', -hourMs],
])('a wall clock that jumps %s by an hour ends no hold early and keeps none for ever', async (direction, offsetMs) => {
  const sku = `jump-${direction}`;
  await jumpBy(0);
  await merchant.receive(sku, opening);
  const long = await merchant.hold(sku);
  const short = await Promise.all(Array.from({ length: shortHolds }, () => merchant.hold(sku, shortTtlSeconds)));
  expect([long, ...short].map(({ status }) => status)).toEqual(Array.from({ length: 1 + shortHolds }, () => 201));
  const firstEndsMs = Math.min(...short.map(({ sentAtMs }) => sentAtMs)) + shortTtlSeconds * 1_000;
  await jumpBy(offsetMs);
  expect((await merchant.hold(sku)).status).toBe(201); // sales go on
  const kept = opening - 2; // by the long hold and by that of after the jump
  const seen: { readonly available: number; readonly atMs: number }[] = [];
  await until(
    'the short holds have ended',
    async () => {
      const available = await merchant.available(sku);
      seen.push({ available, atMs: performance.now() });
      return available;
    },
    (available) => available === kept,
    shortTtlSeconds * 1_000 + endsWithinMs,
  );
  expect(seen[0]!.available).toBe(kept - shortHolds); // not all at once
  expect(seen.filter(({ available, atMs }) => available > kept - shortHolds && atMs < firstEndsMs - 1)).toEqual([]); // none early
  const { status, body } = await merchant.hold(sku, shortTtlSeconds);
  expect(status).toBe(201);
  expect(Object.keys(body)).toContain('holdId');
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(200);
});

test('what was held and sold under a wrong clock is whole, and the next start under a right one serves it', async () => {
  await jumpBy(hourMs);
  await merchant.receive('wrong clock', opening);
  expect((await merchant.hold('wrong clock')).status).toBe(201);
  await server.stop();
  expect(await verifyFolder(server.dataDirectory)).toMatchObject({ exitCode: 0 });
  await server.start();
  merchant = await Merchant.of(server);
  expect(await merchant.available('wrong clock')).toBe(opening - 1);
});
