import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { prepareFolder } from '../../testing/prepared-folder.ts';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';
import { eventually, until } from '../../testing/until.ts';
import { EngineError } from '../engine-error.ts';
import { isAlive } from '../process-identity.ts';
import { weAreRoot } from './account.ts';
import {
  type PostgresEngine,
  type PostgresEvent,
  type PostgresRole,
  removeCluster,
  roleNames,
  startPostgres,
  supervisePostgres,
  takeLease,
} from './index.ts';

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** For what is not about the making of a cluster. */
function folderWithCluster(): TemporaryFolder {
  const folder = temporaryFolder();
  prepareFolder(folder.path);
  return folder;
}

function startIn(folder: string, settings: Record<string, string> = {}): Promise<PostgresEngine> {
  return startPostgres({ dataDir: join(folder, 'postgres'), throwAway: true, settings });
}

async function refusalOf(attempt: Promise<unknown>): Promise<EngineError> {
  const outcome = await attempt.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(EngineError);
  return outcome as EngineError;
}

interface Owner {
  readonly process: ChildProcess;
  readonly said: {
    readonly pid: number;
    readonly port: number;
    readonly clusterDir: string;
    readonly leased: boolean;
    readonly uid: number;
  };
}

async function startOwner(folder: string, identity: { uid?: number; gid?: number } = {}): Promise<Owner> {
  const loader = join(import.meta.dirname, '../../node_modules/tsx/dist/loader.mjs');
  const child = spawn(process.execPath, ['--import', loader, join(import.meta.dirname, 'owner.fixture.ts'), join(folder, 'postgres')], {
    ...identity,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { process: child, said: JSON.parse(line) as Owner['said'] };
}

test('after the first start every role logs in with its own password, and with no other', async () => {
  using folder = temporaryFolder();
  await using engine = await startIn(folder.path);
  for (const role of Object.keys(roleNames) as PostgresRole[]) {
    const [row] = await query<{ role: string; base: string }>(engine.url(role), 'select current_user as role, current_database() as base');
    expect(row).toEqual({ role: roleNames[role], base: 'onhand' });
  }
  const wrong = new URL(engine.url('superuser'));
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
  expect(statSync(join(folder.path, 'postgres/passwords.json')).mode & 0o777).toBe(0o600);
});

test('no role of the program may bypass row-level security or make roles', async () => {
  using folder = folderWithCluster();
  await using engine = await startIn(folder.path);
  const rows = await query(
    engine.url('superuser'),
    `select rolname from pg_roles where rolname like 'onhand%' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb)`,
  );
  expect(rows).toEqual([]);
});

test('a durable server says fsync, full_page_writes and synchronous_commit are on, and listens on loopback only', async () => {
  using folder = folderWithCluster();
  await using engine = await startPostgres({ dataDir: join(folder.path, 'postgres') });
  const [row] = await query(
    engine.url('superuser'),
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages, current_setting('synchronous_commit') as sync, current_setting('listen_addresses') as listens`,
  );
  expect(row).toEqual({ fsync: 'on', pages: 'on', sync: 'on', listens: '127.0.0.1' });
});

test('the program comes through the socket in the folder of the cluster, which is closed to others', async () => {
  using folder = folderWithCluster();
  await using engine = await startIn(folder.path);
  const overLoopback = new URL(engine.url('app'));
  overLoopback.search = '';
  const asked = 'select inet_server_addr() is null as socket';
  expect(await query(engine.url('app'), asked)).toEqual([{ socket: true }]);
  expect(await query(overLoopback.href, asked)).toEqual([{ socket: false }]);
  expect(statSync(join(engine.clusterDir, `.s.PGSQL.${engine.port}`)).mode & 0o777).toBe(0o700);
  const wrong = new URL(engine.url('app'));
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('sockets that a killed server left are gone after the next start', async () => {
  using folder = folderWithCluster();
  const first = await startIn(folder.path);
  process.kill(first.pid, 'SIGKILL');
  await eventually('the server has ended', () => !isAlive(first.pid));
  await using second = await startIn(folder.path);
  const sockets = readdirSync(second.clusterDir).filter((name) => name.startsWith('.s.PGSQL'));
  expect(sockets.sort()).toEqual([`.s.PGSQL.${second.port}`, `.s.PGSQL.${second.port}.lock`]);
});

test('what was stored is there after a stop and a start', async () => {
  using folder = folderWithCluster();
  {
    await using engine = await startIn(folder.path);
    await query(engine.url('owner'), 'create table kept as select 42 as answer');
  }
  await using engine = await startIn(folder.path);
  expect(await query(engine.url('owner'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('stop ends the server, and ending it twice does no harm', async () => {
  using folder = folderWithCluster();
  const engine = await startIn(folder.path);
  let unasked = 0;
  engine.onExit(() => {
    unasked += 1;
  });
  await Promise.all([engine.stop(), engine.stop()]);
  expect(isAlive(engine.pid)).toBe(false);
  expect(unasked).toBe(0);
});

test('the server a killed owner left behind is ended by the next start, which serves the same rows', async () => {
  using folder = folderWithCluster();
  const owner = await startOwner(folder.path);
  expect(owner.said.leased).toBe(true);
  owner.process.kill('SIGKILL');
  await once(owner.process, 'exit');
  expect(isAlive(owner.said.pid)).toBe(true);
  await using engine = await startIn(folder.path);
  expect(isAlive(owner.said.pid)).toBe(false);
  expect(engine.pid).not.toBe(owner.said.pid);
  expect(await query(engine.url('app'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server whose owner lives is left alone, and the second start is refused', async () => {
  using folder = folderWithCluster();
  await using engine = await startIn(folder.path);
  await using lease = await takeLease(engine.url('superuser'));
  expect(lease).not.toBeNull();
  expect((await refusalOf(startIn(folder.path))).code).toBe('folder_live');
  expect(await query(engine.url('app'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('only one of many takers gets the lease, and it is free again after the holder ends', async () => {
  using folder = folderWithCluster();
  await using engine = await startIn(folder.path);
  const takers = await Promise.all(Array.from({ length: 8 }, () => takeLease(engine.url('superuser'))));
  const held = takers.filter((lease) => lease !== null);
  expect(held).toHaveLength(1);
  await held[0]?.release();
  const next = await until(
    'the lease is free',
    () => takeLease(engine.url('superuser')),
    (lease) => lease !== null,
  );
  await next?.release();
});

test('a holder is told when its lease is lost with the server', async () => {
  using folder = folderWithCluster();
  await using engine = await startIn(folder.path);
  const lease = await takeLease(engine.url('superuser'));
  process.kill(engine.pid, 'SIGKILL');
  const told = await Promise.race([lease?.ended.then(() => 'told'), sleep(10_000, 'not told', { ref: false })]);
  expect(told).toBe('told');
});

test('a killed server is back on the same port with all it had acknowledged', async () => {
  using folder = folderWithCluster();
  await using engine = await supervisePostgres({ dataDir: join(folder.path, 'postgres') });
  await query(engine.url('owner'), 'create table kept as select 42 as answer');
  const events: PostgresEvent[] = [];
  engine.onEvent((event) => events.push(event));
  const pidBefore = engine.pid;
  process.kill(pidBefore, 'SIGKILL');
  await until(
    'down, then up',
    () => events.map(({ kind }) => kind),
    (kinds) => kinds.at(-1) === 'up',
    5_000,
  );
  expect(events[0]).toMatchObject({ kind: 'down', exit: { signal: 'SIGKILL' } });
  expect(engine.pid).not.toBe(pidBefore);
  expect(await query(engine.url('owner'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('a server killed twenty times comes back twenty times', async () => {
  using folder = folderWithCluster();
  await using engine = await supervisePostgres({ dataDir: join(folder.path, 'postgres'), throwAway: true });
  let ups = 0;
  engine.onEvent(({ kind }) => {
    if (kind === 'up') ups += 1;
  });
  for (let round = 1; round <= 20; round += 1) {
    process.kill(engine.pid, 'SIGKILL');
    await until(
      `up ${round} times`,
      () => ups,
      (count) => count === round,
      10_000,
    );
  }
});

test('stop wins over a restart that is under way', async () => {
  using folder = folderWithCluster();
  const engine = await supervisePostgres({ dataDir: join(folder.path, 'postgres'), throwAway: true });
  const { promise, down } = waitForDown();
  engine.onEvent(down);
  process.kill(engine.pid, 'SIGKILL');
  await promise;
  await engine.stop();
  expect(existsSync(join(engine.clusterDir, 'postmaster.pid')) && isAlive(engine.pid)).toBe(false);
});

function waitForDown() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((call) => {
    resolve = call;
  });
  return { promise, down: (event: PostgresEvent) => (event.kind === 'down' ? resolve() : undefined) };
}

test('a start that was cut off while making its files is made good by the next', async () => {
  using folder = temporaryFolder();
  const half = join(folder.path, 'postgres/cluster.new-half');
  mkdirSync(half, { recursive: true });
  chmodSync(join(folder.path, 'postgres'), 0o755);
  writeFileSync(join(half, 'PG_VERSION'), '18\n');
  await using engine = await startIn(folder.path);
  expect(existsSync(half)).toBe(false);
  expect(await query(engine.url('app'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a fixed port that is taken is refused by name', async () => {
  using folder = folderWithCluster();
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  const { port } = squatter.address() as { port: number };
  const refusal = await refusalOf(startPostgres({ dataDir: join(folder.path, 'postgres'), throwAway: true, port }));
  squatter.close();
  expect(refusal.code).toBe('port_taken');
  expect(refusal.message).toContain(`Port ${port}`);
});

test('a file where the data folder belongs is refused with a sentence', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'postgres'), 'in the way');
  const refusal = await refusalOf(startIn(folder.path));
  expect(refusal.code).toBe('folder_not_writable');
});

test("a setting the server does not know is told in the server's words", async () => {
  using folder = folderWithCluster();
  const refusal = await refusalOf(startIn(folder.path, { not_a_setting: '1' }));
  expect(refusal.message).toContain('unrecognized configuration parameter "not_a_setting"');
});

test.runIf(weAreRoot())('as root the server runs under another account', async () => {
  using folder = temporaryFolder();
  await using engine = await startIn(folder.path);
  expect(statSync(`/proc/${engine.pid}`).uid).not.toBe(0);
  expect(engine.notes).toEqual([]);
});

test('a data folder that was moved takes its cluster along', async () => {
  using folder = temporaryFolder();
  prepareFolder(join(folder.path, 'before'));
  const before = await startIn(join(folder.path, 'before'));
  await query(before.url('owner'), 'create table kept as select 42 as answer');
  await before.stop();
  renameSync(join(folder.path, 'before'), join(folder.path, 'after'));
  await using after = await startIn(join(folder.path, 'after'));
  expect(await query(after.url('owner'), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test.runIf(weAreRoot())('under a folder closed to others the cluster is placed elsewhere, and found again after a move', async () => {
  using folder = temporaryFolder();
  const closed = join(folder.path, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  const first = await startIn(closed);
  await query(first.url('owner'), 'create table kept as select 42 as answer');
  await first.stop();
  expect(first.clusterDir.startsWith(folder.path)).toBe(false);
  expect(first.notes[0]).toContain(first.clusterDir);

  const moved = join(folder.path, 'moved');
  renameSync(closed, moved);
  const again = await startIn(moved);
  expect(await query(again.url('owner'), 'select answer from kept')).toEqual([{ answer: 42 }]);
  await again.stop();

  mkdirSync(closed, { mode: 0o700 });
  const fresh = await startIn(closed);
  await fresh.stop();
  expect(fresh.clusterDir).not.toBe(first.clusterDir);
  expect(fresh.notes[1]).toContain(dirname(first.clusterDir));

  removeCluster(join(closed, 'postgres'));
  removeCluster(join(moved, 'postgres'));
  expect([first.clusterDir, fresh.clusterDir].filter((place) => existsSync(dirname(place)))).toEqual([]);
});

test.runIf(weAreRoot())('a cluster whose folder was closed afterwards is refused with a remedy', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  prepareFolder(data);
  await (await startIn(data)).stop();
  chmodSync(data, 0o700);
  const refusal = await refusalOf(startIn(data));
  expect(refusal.code).toBe('folder_not_ours');
  expect(refusal.remedy).toContain('chmod');
});

function mountTiny(path: string, options: string): boolean {
  mkdirSync(path);
  return weAreRoot() && spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=755,${options}`, 'tmpfs', path]).status === 0;
}

function unmount(path: string): void {
  spawnSync('umount', [path]);
}

test('a full disk is named as such, and no half cluster stays', async ({ skip }) => {
  using folder = temporaryFolder();
  const disk = join(folder.path, 'disk');
  if (!mountTiny(disk, 'size=20m')) skip('needs the right to mount');
  try {
    expect((await refusalOf(startIn(disk))).code).toBe('disk_full');
    expect(readdirSync(join(disk, 'postgres')).filter((name) => name.startsWith('cluster'))).toEqual([]);
  } finally {
    unmount(disk);
  }
});

test('a read-only disk is named as such', async ({ skip }) => {
  using folder = temporaryFolder();
  const disk = join(folder.path, 'disk');
  if (!mountTiny(disk, 'ro')) skip('needs the right to mount');
  try {
    expect((await refusalOf(startIn(disk))).code).toBe('folder_not_writable');
  } finally {
    unmount(disk);
  }
});

const nobody = 65_534;

test.runIf(weAreRoot())('a normal user runs the server as itself, inside the data folder; root then runs it as that user', async () => {
  using folder = temporaryFolder();
  chmodSync(folder.path, 0o777);
  const owner = await startOwner(folder.path, { uid: nobody, gid: nobody });
  expect(owner.said.uid).toBe(nobody);
  expect(owner.said.clusterDir).toBe(join(folder.path, 'postgres/cluster'));
  expect(statSync(`/proc/${owner.said.pid}`).uid).toBe(nobody);
  owner.process.kill('SIGTERM');
  await once(owner.process, 'exit');
  await using engine = await startIn(folder.path);
  expect(statSync(`/proc/${engine.pid}`).uid).toBe(nobody);
});
