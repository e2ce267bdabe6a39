/**
 * A log whose disk takes its time: in the database of a running server every frame that is appended waits so long before
 * its statement ends, as if the disk were slow to take it. Nothing of the program is changed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { clusterDirOf, postgresUrl } from '../../engines/postgres/index.ts';

export class SlowDisk implements AsyncDisposable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async under(dataDirectory: string): Promise<SlowDisk> {
    const engineDir = join(dataDirectory, 'postgres');
    const port = Number(readFileSync(join(clusterDirOf(engineDir)!, 'postmaster.pid'), 'utf8').split('\n')[3]);
    const client = new pg.Client({ connectionString: postgresUrl(engineDir, port, 'superuser') });
    await client.connect();
    const disk = new SlowDisk(client);
    await disk.takes(0);
    await client.query('create trigger slow_disk after insert on onhand_log.frames for each row execute function onhand_log.slow_disk()');
    return disk;
  }

  async takes(ms: number): Promise<void> {
    await this.#client.query(
      `create or replace function onhand_log.slow_disk() returns trigger language plpgsql as
       $$ begin perform pg_sleep(${ms / 1_000}); return null; end $$`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.end();
  }
}
