/** A backup of a real folder and what comes of it: the same books, as a new incarnation; and what is refused. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { actorId, type ActorCommand } from '../actors/kernel/index.ts';
import { removeCluster } from '../engines/postgres/index.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/logger.ts';
import { Node } from '../runtime/node.ts';
import { ask } from '../runtime/router/port.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { definitions } from './embedded/definitions.ts';
import { openEmbeddedStorage } from './embedded/storage.ts';
import { main } from './main.ts';

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(console, 'error').mockImplementation((text) => void said.push(String(text)));
});

afterEach(() => vi.restoreAllMocks());

async function receive(node: Node, sku: string, commandId: string): Promise<void> {
  const command = { type: 'receive', location: 'main', quantity: 5, commandId, fingerprint: 'f' } as ActorCommand;
  const outcome = await ask(node, { actor: actorId('stock', 'shop', sku), command, class: 'client', waitMs: 20_000 });
  expect(outcome.kind).toBe('reply');
}

async function restoredSkus(folder: string, file: string, name: string): Promise<number> {
  const json = join(folder, `${name}.json`);
  const dataDir = join(folder, name);
  try {
    expect(await main(['restore', '--from', file, '--data', dataDir, '--json', json]), said.join('\n')).toBe(0);
    expect(await main(['verify', '--data', dataDir])).toBe(0);
    return (JSON.parse(readFileSync(json, 'utf8')) as { checked: { skus: number } }).checked.skus;
  } finally {
    removeCluster(join(dataDir, 'postgres'));
  }
}

test('a folder is backed up while it trades and when it stands; restored, its books are clean and nothing acknowledged is missing', async () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, 'data');
  const live = join(folder.path, 'live.backup');
  const still = join(folder.path, 'still.backup');
  {
    await using storage = await openEmbeddedStorage({ dataDir, logger: silentLogger });
    const { cluster, log, rows } = storage;
    const node = new Node({ ...cluster, definitions, log, rows, clock: systemClock, logger: silentLogger });
    await node.start();
    for (let n = 0; n < 20; n += 1) await receive(node, `before-${n}`, `before-${n}`);
    const backup = main(['backup', '--out', live, '--data', dataDir]);
    for (let n = 0; n < 50; n += 1) await receive(node, `during-${n}`, `during-${n}`);
    expect(await backup, said.join('\n')).toBe(0);
    await node.drain();
  }
  expect(await main(['backup', '--out', still, '--data', dataDir]), said.join('\n')).toBe(0);
  expect(statSync(still).mode & 0o777).toBe(0o600);
  expect(await main(['backup', '--out', still, '--data', dataDir])).toBe(2);
  expect(await restoredSkus(folder.path, live, 'from-live')).toBeGreaterThanOrEqual(20);
  expect(await restoredSkus(folder.path, still, 'from-still')).toBe(70);
  const whole = readFileSync(still);
  const flipped = Buffer.from(whole);
  flipped[whole.length >> 1]! ^= 1;
  const newer = Buffer.from(whole.toString('latin1').replace('BACKUP 1', 'BACKUP 2'), 'latin1');
  const wrong = { cut: whole.subarray(0, -40), flipped, newer, foreign: Buffer.from('something else entirely') };
  for (const [name, bytes] of Object.entries(wrong)) {
    const file = join(folder.path, name);
    writeFileSync(file, bytes);
    expect(await main(['restore', '--from', file, '--data', join(folder.path, 'none')]), name).toBe(2);
    expect(said.at(-1)).toMatch(/is damaged|newer version|not a backup/);
  }
  mkdirSync(join(folder.path, 'full/x'), { recursive: true });
  expect(await main(['restore', '--from', still, '--data', join(folder.path, 'full')])).toBe(2);
  expect(said.at(-1)).toContain('is not empty');
  removeCluster(join(dataDir, 'postgres'));
}, 240_000);
