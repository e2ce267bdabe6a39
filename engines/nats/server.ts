/** One nats-server as a child process: its configuration, its folder, its life. Owns both. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLineOf, identityOf, isSameProcess, type ProcessIdentity } from '../process-identity.ts';

export interface NatsServerOptions {
  readonly name: string;
  readonly folder: string;
  readonly binary: string;
  readonly port: number;
  readonly cluster: { readonly port: number; readonly routes: readonly string[] } | null;
  readonly storeBytesMax?: number | undefined;
}

const endsWithinMs = 5_000;
const lastWordsMax = 2_000;

/** At most so many milliseconds: where there is no /proc nothing can be seen. */
const looksMax = 500;
const lookPause = new Int32Array(new SharedArrayBuffer(4));

/** All threads are stopped, by what the kernel says of each. */
function standsStill(pid: number): boolean {
  try {
    const states = readdirSync(`/proc/${pid}/task`).map((task) => readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
    return states.every((stat) => stat.slice(stat.lastIndexOf(')') + 2).startsWith('T'));
  } catch {
    return false;
  }
}

export class NatsServer {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly #options: NatsServerOptions;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #words = '';

  constructor(options: NatsServerOptions) {
    this.#options = options;
    this.name = options.name;
    this.port = options.port;
    this.url = `nats://127.0.0.1:${options.port}`;
  }

  /** 0 when it does not run. */
  get pid(): number {
    return this.isRunning ? (this.#child?.pid ?? 0) : 0;
  }

  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it said. */
  get lastWords(): string {
    return this.#words.trim().split('\n').at(-1) ?? '';
  }

  /** Where JetStream keeps its streams. */
  get storeDir(): string {
    return join(this.#options.folder, 'store');
  }

  /** Starts it, also again after it ended; on the same port and store. Does not wait until it answers. */
  async start(): Promise<void> {
    await endLeftOver(this.#pidFile);
    const configFile = join(this.#options.folder, 'nats.conf');
    writeFileSync(configFile, this.#config());
    // A session of its own: Ctrl-C at the terminal reaches us and not it. It must outlive what is written to it.
    const child = spawn(this.#options.binary, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    const endWithUs = () => {
      this.resume(); // a paused one would not hear it
      child.kill('SIGTERM');
    };
    process.on('exit', endWithUs);
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        process.off('exit', endWithUs);
        resolve();
      });
      child.once('error', (error) => {
        this.#words += `\n${error.message}`;
        resolve();
      });
    });
    child.stderr.on('data', (piece: Buffer) => {
      this.#words = (this.#words + piece.toString('utf8')).slice(-lastWordsMax);
      appendFileSync(join(this.#options.folder, 'nats.log'), piece);
    });
    if (child.pid !== undefined) writeFileSync(this.#pidFile, JSON.stringify(identityOf(child.pid)));
  }

  /** Returns when it stands still: a signal reaches the threads of a process one after the other. */
  pause(): void {
    const { pid } = this;
    if (pid === 0) return;
    process.kill(pid, 'SIGSTOP');
    for (let look = 0; look < looksMax && !standsStill(pid); look++) Atomics.wait(lookPause, 0, 0, 1);
  }

  resume(): void {
    if (this.pid > 0) process.kill(this.pid, 'SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.pid > 0) process.kill(this.pid, 'SIGKILL');
    await this.#ended;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.resume();
    process.kill(this.pid, 'SIGTERM');
    const late = setTimeout(() => void this.kill(), endsWithinMs);
    await this.#ended;
    clearTimeout(late);
    rmSync(this.#pidFile, { force: true });
  }

  get #pidFile(): string {
    return pidFileIn(this.#options.folder);
  }

  #config(): string {
    const { name, port, cluster, storeBytesMax, binary } = this.#options;
    const jetstream = [
      `store_dir: ${JSON.stringify(this.storeDir)}`,
      ...(storeBytesMax === undefined ? [] : [`max_file_store: ${storeBytesMax}`]),
      ...(knowsSyncInterval(binary) ? ['sync_interval: always'] : []),
    ];
    const lines = [
      `server_name: ${name}`,
      'host: 127.0.0.1',
      `port: ${port}`,
      'max_payload: 2097152',
      `jetstream { ${jetstream.join(', ')} }`,
    ];
    if (cluster !== null)
      lines.push(`cluster { name: onhand, host: 127.0.0.1, port: ${cluster.port}, routes: [${cluster.routes.join(', ')}] }`);
    return `${lines.join('\n')}\n`;
  }
}

export function pidFileIn(folder: string): string {
  return join(folder, 'server.json');
}

/** Servers before 2.10 refuse a configuration that names it. */
function knowsSyncInterval(binary: string): boolean {
  const [, major = '0', minor = '0'] = /v(\d+)\.(\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' })) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 10);
}

/** B2 of start.ts. */
export async function endLeftOver(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const identity = identityIn(pidFile);
  if (identity === null || !isSameProcess(identity) || !commandLineOf(identity.pid).includes('nats-server')) return;
  process.kill(identity.pid, 'SIGKILL');
  while (isSameProcess(identity)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Null for a file that was cut while it was written. */
function identityIn(pidFile: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(pidFile, 'utf8')) as ProcessIdentity;
  } catch {
    return null;
  }
}
