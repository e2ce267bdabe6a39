import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { eventually } from '../../testing/until.ts';
import { EngineError } from '../engine-error.ts';
import { isAlive } from '../process-identity.ts';
import { startNats } from './index.ts';

test.each([1, 3] as const)('%i of them: ready when started, gone when stopped, also when paused', async (replicas) => {
  using folder = temporaryFolder();
  const nats = await startNats({ dataDir: folder.path, replicas });
  expect(nats.servers.length).toBe(replicas);
  expect(nats.url.split(',').length).toBe(replicas);
  expect(nats.version).toMatch(/^2\.\d+/);
  for (const { port } of nats.servers) expect(port).toBeLessThan(32_768);
  const pids = nats.servers.map(({ pid }) => pid);
  expect(pids.every(isAlive)).toBe(true);
  nats.servers[0]!.pause();
  await nats.stop();
  expect(pids.some(isAlive)).toBe(false);
});

test('what was stored is there after a kill and a start, and after a stop and a start of the whole folder', async () => {
  using folder = temporaryFolder();
  const first = await startNats({ dataDir: folder.path, replicas: 1 });
  await asked(first.url, async (manager, publish) => {
    await manager.streams.add({ name: 'KEPT', subjects: ['kept'] });
    await publish('kept');
  });
  const { port } = first.servers[0]!;
  await first.servers[0]!.kill();
  expect(first.servers[0]!.isRunning).toBe(false);
  await first.servers[0]!.start();
  expect(first.servers[0]!.port).toBe(port);
  await eventually('the message is still there', () =>
    countKept(first.url).then(
      (count) => count === 1,
      () => false,
    ),
  );
  await first.stop();
  await using second = await startNats({ dataDir: folder.path, replicas: 1 });
  expect(await countKept(second.url)).toBe(1);
});

test('a server left over by a killed parent is ended by the next start in its folder', async () => {
  using folder = temporaryFolder();
  const { owner, pid } = await ownerOf(folder.path);
  owner.kill('SIGKILL');
  await new Promise((resolve) => owner.once('close', resolve));
  expect(isAlive(pid)).toBe(true);
  await using nats = await startNats({ dataDir: folder.path, replicas: 1 });
  expect(isAlive(pid)).toBe(false);
  expect(nats.servers[0]!.pid).not.toBe(pid);
});

test('a parent that ends without a word takes its server along', async () => {
  using folder = temporaryFolder();
  const { owner, pid } = await ownerOf(folder.path);
  owner.stdin!.write('end\n');
  await new Promise((resolve) => owner.once('close', resolve));
  await eventually('the server is gone', () => !isAlive(pid));
});

test('every append is synced where the server knows how to be told', async () => {
  using folder = temporaryFolder();
  await using nats = await startNats({ dataDir: folder.path, replicas: 1 });
  const minor = Number(nats.version.split('.')[1]);
  expect(readFileSync(join(folder.path, 'n1', 'nats.conf'), 'utf8').includes('sync_interval: always')).toBe(minor >= 10);
});

test('a program that is missing is told as a sentence', async () => {
  using folder = temporaryFolder();
  const failure = await startNats({ dataDir: folder.path, replicas: 1, binary: '/nowhere/nats-server' }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(EngineError);
});

async function ownerOf(folder: string): Promise<{ owner: ChildProcess; pid: number }> {
  const program = join(import.meta.dirname, 'owner.fixture.ts');
  const owner = spawn(process.execPath, ['--import', 'tsx', program, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) => owner.stdout.once('data', (line: Buffer) => resolve(Number(line.toString('utf8')))));
  return { owner, pid };
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;

async function asked<T>(url: string, act: (manager: Manager, publish: (subject: string) => Promise<unknown>) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url.split(',').map((server) => new URL(server).host), reconnect: false });
  try {
    return await act(await jetstreamManager(connection), (subject) => connection.request(subject, 'kept'));
  } finally {
    await connection.close();
  }
}

function countKept(url: string): Promise<number> {
  return asked(url, async (manager) => (await manager.streams.info('KEPT')).state.messages);
}
