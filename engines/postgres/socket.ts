/**
 * The server's socket in its own folder. What comes through it costs both sides less than the loopback does, and a
 * checkout is some twenty small statements.
 *
 * U1. Only where it will work: its path fits the operating system's limit and needs no quoting, and the disk under the
 *     folder takes sockets (some mounted ones do not). Else everything goes over the loopback, as from outside it always may.
 * U2. The folder belongs to the server's account alone, and so does the socket; a password is asked for all the same.
 */
import { createServer } from 'node:net';
import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** `sun_path` has 108 bytes on Linux and 104 elsewhere, and ends with a zero. */
const pathBytesMax = 103;
const prefix = '.s.PGSQL.';
const longestName = `${prefix}65535`;
/** Of the setting, which is a list. */
const needsNoQuoting = /^[\w./-]+$/;

/** U1. Null: over the loopback. */
export async function socketFolderFor(clusterDir: string): Promise<string | null> {
  if (process.platform === 'win32' || !needsNoQuoting.test(clusterDir)) return null;
  if (Buffer.byteLength(join(clusterDir, longestName)) > pathBytesMax) return null;
  return (await takesSockets(clusterDir)) ? clusterDir : null;
}

/** What a killed server left would keep the next one from its port. None may be running. */
export function removeSockets(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true });
}

/** U2. */
export function socketSettings(folder: string | null): Settings {
  return folder === null ? {} : { unix_socket_directories: folder, unix_socket_permissions: '0700' };
}

function takesSockets(folder: string): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(join(folder, `.${randomUUID().slice(0, 8)}`), () => server.close(() => resolve(true)));
  });
}
