/** The broker's program: whichever nats-server this machine has. Nothing is downloaded. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const howToGetNatsServer =
  'On Debian or Ubuntu: apt-get install -y nats-server. Elsewhere: put nats-server 2.9 or later on the PATH.';

/** The path of the program, or null. A folder that is not on everybody's PATH is looked into too. */
export function findNatsServer(path = process.env['PATH'] ?? ''): string | null {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ''), '/usr/sbin'];
  return folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file)) ?? null;
}
