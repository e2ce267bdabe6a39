/**
 * Postgres dies while a transaction of the projector stands exactly between its rows and its commit (FAULTS 33): one
 * backend of a real server's database, then the whole of it. Rows and checkpoint go together, and are written again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterDirOf, postgresUrl } from '../../engines/postgres/index.ts';
import { type ServerUnderTest, startServer } from '../../load-tests/server.ts';
import { verifyFolder } from '../../load-tests/verify-folder.ts';
import { prepareFolder } from '../prepared-folder.ts';
import { eventually, until } from '../until.ts';
import { Merchant } from './merchant.ts';

const opening = 100;
const sku = 'checkpoint';
const lock = 33;
const servedWithinMs = 30_000;

let server: ServerUnderTest;
let merchant: Merchant;
let holds = 0;

beforeAll(async () => {
  server = await startServer({ prepare: prepareFolder });
  merchant = await Merchant.of(server);
  await merchant.receive(sku, opening);
  await using database = await Superuser.connect();
  await database.client.query(`create function onhand_log.hold_checkpoint() returns trigger language plpgsql as
    $$ begin perform pg_advisory_xact_lock(${lock}); return null; end $$`);
  await database.client.query(
    'create trigger hold_checkpoint after update on onhand.checkpoints for each row execute function onhand_log.hold_checkpoint()',
  );
});

afterAll(() => server[Symbol.asyncDispose]());

class Superuser implements AsyncDisposable {
  readonly client: pg.Client;
  readonly postmasterPid: number;

  private constructor(client: pg.Client, postmasterPid: number) {
    this.client = client;
    this.postmasterPid = postmasterPid;
  }

  /** Postgres refuses everybody while it recovers from the test before. */
  static async connect(): Promise<Superuser> {
    const attempt = () => Superuser.#connectNow().catch((error: Error) => error.message);
    const found = await until('Postgres lets us in', attempt, (seen) => typeof seen !== 'string', servedWithinMs);
    return found as Superuser;
  }

  static async #connectNow(): Promise<Superuser> {
    const engineDir = join(server.dataDirectory, 'postgres');
    const lines = readFileSync(join(clusterDirOf(engineDir)!, 'postmaster.pid'), 'utf8').split('\n');
    const client = new pg.Client({ connectionString: postgresUrl(engineDir, Number(lines[3]), 'superuser') });
    client.on('error', () => undefined); // it dies with the rest
    await client.connect();
    return new Superuser(client, Number(lines[0]));
  }

  /** The backend whose rows and checkpoint are written and not committed. */
  async heldBackend(): Promise<number> {
    const found = await until(
      'a transaction of the projector stands before its commit',
      async () =>
        (
          await this.client.query<{ pid: number }>(
            `select pid from pg_locks where locktype = 'advisory' and objid = ${lock} and not granted`,
          )
        ).rows,
      (rows) => rows.length > 0,
    );
    return found[0]!.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

test.each(['backend', 'postmaster'] as const)('a %s killed inside a checkpoint leaves rows and checkpoint at one frame', async (who) => {
  await using database = await Superuser.connect();
  await database.client.query(`select pg_advisory_lock(${lock})`);
  expect((await merchant.hold(sku)).status).toBe(201);
  holds += 1;
  const backend = await database.heldBackend();
  process.kill(who === 'backend' ? backend : database.postmasterPid, 'SIGKILL');
  await until(
    'holds are taken again',
    async () => (await merchant.hold(`${sku}`)).status,
    (status) => {
      if (status === 201) holds += 1;
      return status === 201;
    },
    servedWithinMs,
  );
  // A hold whose answer was lost would count as well: what is promised is at least what was acknowledged.
  await eventually('every acknowledged hold is there', async () => (await merchant.available(sku)) <= opening - holds, servedWithinMs);
});

test('the rows that were written again are those of the log', async () => {
  await server.stop();
  const verified = await verifyFolder(server.dataDirectory);
  expect(verified, verified.output).toMatchObject({ exitCode: 0 });
  await server.start();
  expect(await merchant.available(sku)).toBeLessThanOrEqual(opening - holds);
});
