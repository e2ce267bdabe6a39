import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { removeSockets, socketFolderFor } from './socket.ts';

test('the folder of a cluster holds its socket, and trying leaves nothing behind', async () => {
  using folder = temporaryFolder();
  expect(await socketFolderFor(folder.path)).toBe(folder.path);
  expect(readdirSync(folder.path)).toEqual([]);
});

test('a folder that is too deep, needs quoting or is not there has none', async () => {
  using folder = temporaryFolder();
  const places = [join(folder.path, 'a'.repeat(110)), join(folder.path, 'my, shop'), join(folder.path, 'gone')];
  for (const place of places.slice(0, 2)) mkdirSync(place);
  for (const place of places) expect(await socketFolderFor(place)).toBeNull();
});

test('only sockets are removed', () => {
  using folder = temporaryFolder();
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock', 'PG_VERSION']) writeFileSync(join(folder.path, name), '');
  removeSockets(folder.path);
  expect(readdirSync(folder.path)).toEqual(['PG_VERSION']);
});
