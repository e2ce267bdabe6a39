/** The broker's program: whichever nats-server this machine has. Nothing is downloaded. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const howToGetNatsServer =
  'On Debian or Ubuntu: apt-get install -y nats-server. Elsewhere: put nats-server 2.9 or later on the PATH.';

const system = '/usr/sbin/nats-server';

/** How to call the program, or null. The system's own comes before others: that is the oldest we promise to work with. */
export function findNatsServer(): string | null {
  if (existsSync(system)) return system;
  return spawnSync('nats-server', ['--version']).error === undefined ? 'nats-server' : null;
}
