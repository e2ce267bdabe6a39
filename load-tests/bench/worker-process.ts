/** A helper process of a benchmark: spoken to in messages, ended with whoever started it. */
import { type ChildProcess, fork } from 'node:child_process';
import { projectDirectory } from '../server.ts';

const outputKeptBytes = 8 * 1024;
const endWithinMs = 5_000;

export class WorkerProcess<Order extends object, Report> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #output = '';
  #expectedToEnd = false;

  /** `program`: flags of Node, and the file. `onEnd` is told why, when the process ends without having been asked to. */
  constructor(program: readonly string[], onReport: (report: Report) => void, onEnd: (why: string) => void) {
    const file = program.at(-1)!;
    this.#child = fork(file, [], {
      cwd: projectDirectory,
      execArgv: program.slice(0, -1),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        this.#output = (this.#output + piece.toString('utf8')).slice(-outputKeptBytes);
      });
    }
    this.#child.on('message', (report) => onReport(report as Report));
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        if (!this.#expectedToEnd) onEnd(`${file} ended (${signal ?? code}): ${this.#output.trim()}`);
        resolve();
      });
      this.#child.once('error', (error) => {
        if (!this.#expectedToEnd) onEnd(`${file}: ${error.message}`);
        resolve();
      });
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('the process did not start');
    return pid;
  }

  order(what: Order): void {
    this.#child.send(what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#expectedToEnd = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), endWithinMs);
    await this.#ended;
    clearTimeout(late);
  }
}
