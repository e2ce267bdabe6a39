/**
 * Brings the database up to the migrations of this program: numbered plain SQL, each in its own transaction,
 * applied once, in order, under an advisory lock, so that two starts at once do not race.
 *
 * Runs as the owner of the database. Roles are made before, see roles.ts. Never goes backwards.
 */
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { EngineError } from '../engine-error.ts';
import { type EngineLogger, silentLogger } from '../logger.ts';

export const migrationsDir = join(import.meta.dirname, '../../migrations/postgres');

/** Resolves to the names of those it applied, oldest first. Throws EngineError `migration_failed`. */
export async function migratePostgres(url: string, logger: EngineLogger = silentLogger): Promise<readonly string[]> {
  const errors: string[] = [];
  try {
    const applied = await runner({
      databaseUrl: { connectionString: url, application_name: 'onhand migrate' },
      dir: migrationsDir,
      direction: 'up',
      migrationsSchema: 'onhand_migrations',
      createMigrationsSchema: true,
      migrationsTable: 'applied',
      advisoryLockMode: 'wait',
      logger: loggerFor(logger, errors),
    });
    return applied.map(({ name }) => name);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('migration_failed', `The database could not be brought up to date: ${reason}.`, 'Nothing of the failed step was kept; the steps before it were.', new Error(errors.join('\n'), { cause: error }));
  }
}

function loggerFor(logger: EngineLogger, errors: string[]) {
  return {
    info: (message: string) => logger.info({}, message),
    warn: (message: string) => logger.warn({}, message),
    error: (message: string) => {
      errors.push(message);
    },
  };
}
