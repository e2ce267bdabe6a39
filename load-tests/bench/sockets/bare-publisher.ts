/** The bare publisher as a process of its own, from the outside. */
import type { PublisherOrder, PublisherReport } from './bare-publisher-wire.ts';
import { startedBy } from '../../../scripts/compile.mjs';
import { WorkerProcess } from '../worker-process.ts';

const workerFile = 'load-tests/bench/sockets/bare-publisher.worker.ts';

export class BarePublisher implements AsyncDisposable {
  readonly url: string;
  readonly #worker: WorkerProcess<PublisherOrder, PublisherReport>;

  private constructor(worker: WorkerProcess<PublisherOrder, PublisherReport>, port: number) {
    this.#worker = worker;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<BarePublisher> {
    const said: { resolve: (report: PublisherReport) => void } = { resolve: () => {} };
    const first = new Promise<PublisherReport>((resolve) => (said.resolve = resolve));
    const worker = new WorkerProcess<PublisherOrder, PublisherReport>(
      await startedBy(workerFile),
      (report) => said.resolve(report),
      (why) => said.resolve({ kind: 'failed', why }),
    );
    worker.order({ kind: 'listen' });
    const report = await first;
    if (report.kind === 'listening') return new BarePublisher(worker, report.port);
    await worker[Symbol.asyncDispose]();
    throw new Error(report.why);
  }

  get pid(): number {
    return this.#worker.pid;
  }

  publish(text: string, intervalMsMin: number): void {
    this.#worker.order({ kind: 'publish', text, intervalMsMin });
  }

  rest(): void {
    this.#worker.order({ kind: 'rest' });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#worker[Symbol.asyncDispose]();
  }
}
