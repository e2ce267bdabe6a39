/** Vitest's global set-up for tests that need Postgres: one throw-away server, migrated once, and what it was copied from. */
import type { TestProject } from 'vitest/node';
import { type PostgresRole, startPostgres } from '../engines/postgres/index.ts';
import { migrate } from '../runtime/migrate.ts';
import { copyPrepared, makePreparedFolder } from './prepared-folder.ts';
import { temporaryFolder } from './temporary-folder.ts';

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = temporaryFolder();
  const prepared = await makePreparedFolder(`${folder.path}/prepared`);
  project.provide('preparedFolder', prepared);
  copyPrepared(prepared, `${folder.path}/server`);
  const engine = await startPostgres({ dataDir: `${folder.path}/server/postgres`, throwAway: true });
  await migrate(engine.url('owner'));
  const passwordOf = (role: PostgresRole) => new URL(engine.url(role)).password;
  project.provide('postgres', {
    host: engine.host,
    port: engine.port,
    passwords: {
      superuser: passwordOf('superuser'),
      owner: passwordOf('owner'),
      projector: passwordOf('projector'),
      app: passwordOf('app'),
    },
  });
  return async () => {
    await engine.stop();
    folder[Symbol.dispose]();
  };
}
