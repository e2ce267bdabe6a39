/** `onhand verify` on the folder of a server that was stopped, as a process of its own. */
import { spawn } from 'node:child_process';
import { startedBy } from '../scripts/compile.mjs';
import { environmentWith, projectDirectory } from './server.ts';

export interface Verified {
  readonly exitCode: number;
  readonly output: string;
}

/** `environment`: what the server was told beside its flags, such as NATS_URL. */
export async function verifyFolder(dataDirectory: string, environment: Readonly<Record<string, string>> = {}): Promise<Verified> {
  const child = spawn(process.execPath, [...(await startedBy('commands/main.ts')), 'verify', '--data', dataDirectory], {
    cwd: projectDirectory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentWith(environment),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 2));
  });
  return { exitCode, output };
}
