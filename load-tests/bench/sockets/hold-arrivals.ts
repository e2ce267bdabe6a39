/** Buyers who arrive at a steady rate, from the outside: one run is one process. */
import type { ArrivalsOrder, ArrivalsReport } from './hold-arrivals-wire.ts';
import { startedBy } from '../../../scripts/compile.mjs';
import { WorkerProcess } from './worker-process.ts';

const workerFile = 'load-tests/bench/sockets/hold-arrivals.worker.ts';

export type ArrivalsEnded = Extract<ArrivalsReport, { kind: 'ended' }>;

export async function letBuyersArrive(order: ArrivalsOrder): Promise<ArrivalsEnded> {
  const heard: { resolve: (report: ArrivalsReport) => void } = { resolve: () => {} };
  const first = new Promise<ArrivalsReport>((resolve) => (heard.resolve = resolve));
  await using worker = new WorkerProcess<ArrivalsOrder, ArrivalsReport>(
    await startedBy(workerFile),
    (report) => heard.resolve(report),
    (why) => heard.resolve({ kind: 'failed', why }),
  );
  worker.order(order);
  const report = await first;
  if (report.kind === 'failed') throw new Error(`the arriving buyers: ${report.why}`);
  return report;
}
