import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { DiskMedia } from './disk.ts';
import { MemoryMedia } from './memory.ts';
import { type Media, MediaConflict } from './port.ts';

async function eachMedia(act: (media: Media) => Promise<void>): Promise<void> {
  using folder = temporaryFolder();
  for (const media of [new MemoryMedia(), new DiskMedia(folder.path)]) await act(media);
}

test('what was put comes back byte for byte, and what was not is not there', async () => {
  await eachMedia(async (media) => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    await media.put('a/b', bytes);
    expect(Buffer.from((await media.get('a/b'))!).equals(bytes)).toBe(true);
    expect(await media.get('a/c')).toBeNull();
  });
});

test('names are listed by their beginning, in order', async () => {
  await eachMedia(async (media) => {
    for (const name of ['log/1/b', 'log/1/a', 'log/10/a', 'other']) await media.put(name, Buffer.from(name));
    expect(await media.list('log/1/')).toEqual(['log/1/a', 'log/1/b']);
    expect(await media.list('log/1')).toEqual(['log/1/a', 'log/1/b', 'log/10/a']);
    expect(await media.list('nothing/')).toEqual([]);
  });
});

test('an object is never replaced; the same again does nothing (D2)', async () => {
  await eachMedia(async (media) => {
    await media.put('a', Buffer.from('one'));
    await media.put('a', Buffer.from('one'));
    await expect(media.put('a', Buffer.from('two'))).rejects.toThrow(MediaConflict);
  });
});

test('a file that a crash left half written is not an object (D1)', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'a.0123.part'), 'half');
  expect(await new DiskMedia(folder.path).list('')).toEqual([]);
});
