import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { signingKey } from './signing-key.ts';

test('the key is made once, for its owner alone', async () => {
  using folder = temporaryFolder();
  const key = await signingKey(folder.path);
  expect(key.length).toBe(32);
  expect(await signingKey(folder.path)).toEqual(key);
  expect((await stat(join(folder.path, 'buyer-signing.key'))).mode & 0o777).toBe(0o600);
});

test('a file that a crash left empty does not keep the server from starting (I8)', async () => {
  using folder = temporaryFolder();
  await writeFile(join(folder.path, 'buyer-signing.key'), '');
  expect((await signingKey(folder.path)).length).toBe(32);
  expect(await readFile(join(folder.path, 'buyer-signing.key'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
});
