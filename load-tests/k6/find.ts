/** Whichever k6 this machine has: on the PATH, or where `go install` puts it. Nothing is downloaded. */
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const howToGetK6 =
  'Install k6 1.0 or later (with Go: go install go.k6.io/k6@latest; packages: https://grafana.com/docs/k6/latest/set-up/install-k6/), or name it with --k6 PATH.';

export interface K6Program {
  readonly path: string;
  /** As it says itself, such as `k6 v1.8.1 (go1.26.8, linux/amd64)`. */
  readonly version: string;
}

/** `named`: by the person; then no other is looked for. */
export function findK6(named?: string): K6Program | null {
  const places = named === undefined ? ['k6', ...goFolders().map((folder) => join(folder, 'bin', 'k6'))] : [named];
  for (const path of places) {
    const asked = spawnSync(path, ['version'], { encoding: 'utf8' });
    const version = asked.stdout?.trim().split('\n')[0] ?? '';
    if (asked.status === 0 && version.startsWith('k6')) return { path, version };
  }
  return null;
}

function goFolders(): readonly string[] {
  const said = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' });
  const named = said.status === 0 ? said.stdout.trim().split(':').filter(Boolean) : [];
  return [...named, join(homedir(), 'go')];
}
