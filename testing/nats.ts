/** The newest nats-server beside the one of the system, where Go has installed it. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** `go install github.com/nats-io/nats-server/v2@latest` puts it there. Null where there is none. */
export function newestNatsServer(): string | null {
  try {
    const [bin, path] = execFileSync('go', ['env', 'GOBIN', 'GOPATH'], { encoding: 'utf8' }).split('\n');
    const file = join(bin === undefined || bin === '' ? join(path ?? '', 'bin') : bin, 'nats-server');
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}
