import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { whatIsSaid } from '../testing/said.ts';
import { main } from './main.ts';

const said = whatIsSaid();

function mountDisk(path: string, size: string): boolean {
  mkdirSync(path);
  return process.getuid?.() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=755,size=${size}`, 'tmpfs', path]).status === 0;
}

test.each(['44m', '100m'])('on a disk of %s, less than the reserve, start says so once and gives up', async (size) => {
  using folder = temporaryFolder();
  const disk = join(folder.path, 'disk');
  if (!mountDisk(disk, size)) return;
  try {
    expect(await main(['start', '--port', '0', '--data', join(disk, 'data')])).toBe(2);
    expect(said.at(-1)).toContain('--data');
    expect(said.at(-1)).toMatch(/the last 512 MB of the disk are kept free|is full/);
    expect(said.join('')).not.toContain('    at ');
  } finally {
    spawnSync('umount', [disk]);
  }
});
