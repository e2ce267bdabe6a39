/**
 * The database roles and their passwords: random, made once, readable by the owner of the data folder only.
 * Postgres listens on the loopback interface alone and asks for them with SCRAM.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asEngineError, EngineError } from '../engine-error.ts';

export const roleNames = {
  superuser: 'postgres',
  owner: 'onhand_owner',
  projector: 'onhand_projector',
  app: 'onhand_app',
} as const;

export type PostgresRole = keyof typeof roleNames;
export type Passwords = Readonly<Record<PostgresRole, string>>;

const fileName = 'passwords.json';

export function loadPasswords(engineDir: string): Passwords {
  const file = join(engineDir, fileName);
  try {
    if (!existsSync(file)) writePasswords(file);
    return parse(file, readFileSync(file, 'utf8'));
  } catch (error) {
    throw asEngineError(error, engineDir);
  }
}

function writePasswords(file: string): void {
  const make = () => randomBytes(24).toString('base64url');
  const passwords: Passwords = { superuser: make(), owner: make(), projector: make(), app: make() };
  writeFileSync(`${file}.new`, `${JSON.stringify(passwords, null, 2)}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

function parse(file: string, text: string): Passwords {
  const { superuser, owner, projector, app } = JSON.parse(text) as Partial<Passwords>;
  if (superuser === undefined || owner === undefined || projector === undefined || app === undefined) {
    throw new EngineError(
      'start_failed',
      `${file} does not hold the passwords of all database roles.`,
      'Restore it from a backup, or delete the data folder to start afresh.',
    );
  }
  return { superuser, owner, projector, app };
}
