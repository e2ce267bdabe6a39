/** Buyers who arrive at a steady rate, from the outside: one run is one process. */
import { startedBy } from '../../../scripts/compile.mjs';
import { WorkerProcess } from '../worker-process.ts';
import type { ArrivalsOrder, ArrivalsReport, Arrived } from './arrivals-wire.ts';

export type { ArrivalsOrder, Arrived } from './arrivals-wire.ts';

const workerFile = 'load-tests/bench/generator/arrivals.worker.ts';

/** Throws with the reason when there was no server to begin with, or the process could not do what it was told. */
export async function arrive(order: ArrivalsOrder): Promise<Arrived> {
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
  const { kind: _, ...arrived } = report;
  return arrived;
}
