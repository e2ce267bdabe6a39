/**
 * The server under test as a process of its own: started on a data folder, waited for, and ended by its
 * process id. Owns the process and, unless told otherwise, the folder.
 *
 * S1. `start` returns only when /readyz says ready (or what else was asked for); `readyAfterMs` is measured from the spawn.
 * S2. Whatever was started is ended: on dispose the process, an orphaned database of a killed server,
 *     and the folder, in that order.
 * S3. Ctrl-C at the terminal reaches us and not it: the run ends first. When this process exits, it is told to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourcesOfProcess } from '../runtime/config.ts';
import { startedAfter, startedBy } from '../scripts/compile.mjs';
import { nodeFlags } from '../scripts/node-flags.mjs';

export interface StoreKeys {
  readonly storeId: string;
  readonly name: string;
  readonly subdomain: string;
  readonly demo: boolean;
  readonly publishableKey: string;
  readonly secretKey: string;
}

export interface ServerOptions {
  /** Kept afterwards when given; otherwise a fresh temporary folder that is removed. */
  readonly dataDirectory?: string;
  readonly port?: number;
  readonly readyWithinMs?: number;
  /** More flags of the `start` command, such as `--log jetstream`. */
  readonly flags?: readonly string[];
  /** Beside what this process has; such as NATS_URL. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules loaded into the process before the program, of `preloads` in scripts/compile.mjs: faults from inside. */
  readonly preload?: readonly string[];
  /** Done to its folder before the first start. */
  readonly prepare?: (dataDirectory: string) => void;
  /** What /readyz is waited for; 503 for a server that serves but in part. */
  readonly readyStatus?: 200 | 503;
}

export const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const outputKeptBytes = 64 * 1024;
const readyWithinDefaultMs = 60_000;
const endWithinMs = 20_000;
const pollMs = 10;

export async function startServer(options: ServerOptions = {}): Promise<ServerUnderTest> {
  const dataDirectory = options.dataDirectory ?? (await freshDirectory());
  options.prepare?.(dataDirectory);
  const server = new ServerUnderTest(dataDirectory, options.port ?? (await freePort()), options);
  try {
    await server.start();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return server;
}

export class ServerUnderTest implements AsyncDisposable {
  readonly dataDirectory: string;
  readonly port: number;
  readonly #options: ServerOptions;
  #child: ChildProcess | null = null;
  #exit: Promise<void> = Promise.resolve();
  #output = '';

  constructor(dataDirectory: string, port: number, options: ServerOptions) {
    this.dataDirectory = dataDirectory;
    this.port = port;
    this.#options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /** What it is told beside its flags; whoever looks at its folder afterwards needs the same. */
  get environment(): Readonly<Record<string, string>> {
    return this.#options.environment ?? {};
  }

  /** The newest output, for messages. */
  get output(): string {
    return this.#output;
  }

  /** Starts the process and waits until it is ready. */
  async start(): Promise<{ readonly readyAfterMs: number }> {
    if (this.#child !== null) throw new Error('the server is already running');
    const startedAtMs = performance.now();
    const flags = ['--host', '127.0.0.1', '--port', String(this.port), '--data', this.dataDirectory, ...(this.#options.flags ?? [])];
    // Not through scripts/onhand.mjs, which starts a child of its own: a kill must reach the server itself.
    const child = spawn(process.execPath, [...nodeFlags, ...(await this.#program()), 'start', ...flags], {
      cwd: projectDirectory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentWith(this.#options.environment),
      detached: true, // S3
    });
    this.#child = child;
    const endWithUs = () => child.kill('SIGTERM');
    process.on('exit', endWithUs);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => this.#keep(chunk));
    this.#exit = new Promise((resolve) => {
      child.once('exit', () => {
        process.off('exit', endWithUs);
        if (this.#child === child) this.#child = null;
        resolve();
      });
    });
    await this.#untilReady(startedAtMs);
    return { readyAfterMs: performance.now() - startedAtMs }; // S1
  }

  #program(): Promise<readonly string[]> {
    const { preload = [] } = this.#options;
    return preload.length === 0 ? startedBy('commands/main.ts') : startedAfter(preload);
  }

  async keys(): Promise<StoreKeys[]> {
    const file = join(this.dataDirectory, 'keys.json');
    const { stores } = JSON.parse(await readFile(file, 'utf8')) as { readonly stores: readonly StoreKeys[] };
    return [...stores];
  }

  /** Asks it to drain and go. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As if the power of this one process had failed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(); // S2
    await endOrphanedDatabases(this.dataDirectory);
    if (this.#options.dataDirectory === undefined) await rm(this.dataDirectory, { recursive: true, force: true });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
    await this.#exit;
    clearTimeout(late);
  }

  async #untilReady(startedAtMs: number): Promise<void> {
    const withinMs = this.#options.readyWithinMs ?? readyWithinDefaultMs;
    while (performance.now() - startedAtMs < withinMs) {
      if (this.#child === null) throw new Error(`the server ended before it was ready; its last output:\n${this.#output}`);
      const response = await fetch(`${this.url}/readyz`).catch(() => null);
      await response?.text();
      if (response?.status === (this.#options.readyStatus ?? 200)) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`the server was not ready within ${withinMs} ms; its last output:\n${this.#output}`);
  }

  #keep(chunk: Buffer): void {
    this.#output = (this.#output + chunk.toString('utf8')).slice(-outputKeptBytes);
  }
}

/** The environment of a process under test: ours, and what it alone is told. */
export function environmentWith(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return { ...sourcesOfProcess({}).environment, ...more };
}

/** A folder that other users may traverse: an embedded database may run as a user of its own. */
export async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'onhand-under-test-'));
  await chmod(directory, 0o755);
  return directory;
}

/** Below 32768, where the system hands out ports for outgoing connections. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port found between 20000 and 32000');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** A server that was killed cannot end its own database; its pid file in the data folder names it. */
async function endOrphanedDatabases(dataDirectory: string): Promise<void> {
  for (const file of await findFiles(dataDirectory, 'postmaster.pid', 3)) {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
    if (!Number.isInteger(pid) || pid <= 1) continue;
    if (!trySignal(pid, 'SIGINT')) continue;
    for (let waitedMs = 0; waitedMs < endWithinMs && trySignal(pid, 0); waitedMs += 50)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function trySignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function findFiles(directory: string, name: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.name === name) found.push(join(directory, entry.name));
    else if (entry.isDirectory() && depth > 0) found.push(...(await findFiles(join(directory, entry.name), name, depth - 1)));
  }
  return found;
}
