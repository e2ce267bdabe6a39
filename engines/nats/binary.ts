/** The broker's program: whichever nats-server this machine has. Nothing is downloaded. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export const howToGetNatsServer =
  'On Debian or Ubuntu: apt-get install -y nats-server. Elsewhere: put nats-server 2.9 or later on the PATH.';

/** The path of the program, or null. The system's own comes before others: that is the oldest we promise to work with. */
export function findNatsServer(path = process.env['PATH'] ?? ''): string | null {
  const folders = ['/usr/sbin', ...path.split(delimiter).filter((folder) => folder !== '')];
  return folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file)) ?? null;
}
