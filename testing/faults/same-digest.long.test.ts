/** One log of a real sale, folded by processes that differ in all that must not matter: the same state at every frame (FAULTS 41). */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { environmentWith, projectDirectory, startServer } from '../../load-tests/server.ts';
import { Merchant } from './merchant.ts';

const skus = 8;
const holdsEach = 25;
const outputBytesMax = 64 * 1024 * 1024;

const surroundings = [
  { flags: [], environment: { TZ: 'UTC', LANG: 'C' } },
  {
    flags: ['--hash-seed=4711', '--random-seed=7', '--no-opt'],
    environment: { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  },
] as const;

test('a log is folded to the same state at every frame, wherever and however it is read', async () => {
  await using server = await startServer();
  const merchant = await Merchant.of(server);
  const names = Array.from({ length: skus }, (_, index) => `İ-digest-${index}`);
  await Promise.all(names.map((sku) => merchant.receive(sku, holdsEach - 5)));
  const heard = await Promise.all(names.flatMap((sku) => Array.from({ length: holdsEach }, () => merchant.hold(sku))));
  const held = heard.filter(({ status }) => status === 201);
  expect(held).toHaveLength(skus * (holdsEach - 5));
  await server.stop();
  const digests: string[] = [];
  for (const { flags, environment } of surroundings) {
    const program = join(projectDirectory, 'testing/faults/fold-digests.fixture.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--import', 'tsx', program, server.dataDirectory], {
      cwd: projectDirectory,
      env: environmentWith(environment),
      maxBuffer: outputBytesMax,
    });
    digests.push(stdout);
  }
  const frames = digests[0]!.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as { digests: string[] }).digests));
  expect(frames.length).toBeGreaterThan(skus);
  expect(digests[1]).toBe(digests[0]);
});
