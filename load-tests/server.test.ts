import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, freshDirectory, startServer } from './server.ts';
import { openTarget } from './target.ts';
import { ToyShop } from './toy-shop.ts';

describe('the server under test', () => {
  it('that cannot start says what it said last, and leaves nothing behind', { timeout: 60_000 }, async () => {
    const parent = await mkdtemp(join(tmpdir(), 'onhand-under-test-'));
    try {
      const failed = startServer({ dataDirectory: parent, port: await freePort(), flags: ['--no-such-flag'] });
      await expect(failed).rejects.toThrow('no-such-flag');
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('gets a folder that other users may traverse, and a port below the ephemeral ones', async () => {
    const directory = await freshDirectory();
    await rm(directory, { recursive: true });
    expect(directory.startsWith(tmpdir())).toBe(true);
    expect(await freePort()).toBeLessThan(32_768);
  });
});

describe('a running target', () => {
  it('needs a key, has to answer, and says what its acknowledgements survive', async () => {
    await using shop = new ToyShop();
    const url = await shop.listen();
    await expect(openTarget({ target: url })).rejects.toThrow('--key');
    await expect(openTarget({ target: 'http://127.0.0.1:1', key: 'sk' })).rejects.toThrow('no server answers');
    await using target = await openTarget({ target: `${url}/`, key: 'sk' });
    expect(target).toMatchObject({ url, secretKey: 'sk', serverPid: null, durability: 'none: a toy' });
  });
});
