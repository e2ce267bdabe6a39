/** N9: rows a second that write-behind puts into Postgres, against bare upserts of the same rows. */
import { rm } from 'node:fs/promises';
import { freshDirectory } from '../../server.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading } from '../measure.ts';
import type { RowsOrder, RowsReport } from '../rows/wire.ts';
import { WorkerProcess } from '../sockets/worker-process.ts';
import { newPrefix } from '../ours/shop.ts';

const workerFile = 'load-tests/bench/rows/rows.worker.ts';
/** As many shards as write at the same time when several are busy. */
const writers = 4;
const batchesEach = 40;
const batchesEachQuick = 5;
const durability = 'Postgres, fsync and synchronous_commit on: survives a power cut';

export const writeBehindRows: Measure = {
  id: 'N9',
  name: 'N9-rows',
  what: 'Rows a second of one hot product, in batches as write-behind makes them: through our row store (checkpoint moved in the same transaction, fenced, guarded by version, checksums), against bare `unnest` upserts of the same rows.',
  unit: 'rows/s',
  better: 'higher',
  judge: 'ratio',
  floor: 0.4,
  aim: 0.6,
  readings: 'pairs',
  missing: () => Promise.resolve(null),
  prepare,
};

async function prepare({ quick, progress }: BenchSettings): Promise<PreparedMeasure> {
  progress('N9-rows: starting two Postgres');
  const ours = await RowsSide.start('ours');
  const bare = await RowsSide.start('bare').catch(async (error: unknown) => {
    await ours[Symbol.asyncDispose]();
    throw error;
  });
  const batches = quick ? batchesEachQuick : batchesEach;
  return {
    durability: { ours: durability, baseline: durability },
    versions: { node: process.version, postgres: ours.version },
    generator: `${writers} writers, ${batches} batches each, made before`,
    ours: () => ours.write(batches),
    baseline: () => bare.write(batches),
    async [Symbol.asyncDispose]() {
      await Promise.all([ours[Symbol.asyncDispose](), bare[Symbol.asyncDispose]()]);
    },
  };
}

class RowsSide implements AsyncDisposable {
  readonly version: string;
  readonly #side: RowsOrder['side'];
  readonly #worker: WorkerProcess<RowsOrder, RowsReport>;
  readonly #heard: Heard;
  readonly #folder: string;

  private constructor(
    side: RowsOrder['side'],
    worker: WorkerProcess<RowsOrder, RowsReport>,
    heard: Heard,
    folder: string,
    version: string,
  ) {
    this.#side = side;
    this.#worker = worker;
    this.#heard = heard;
    this.#folder = folder;
    this.version = version;
  }

  static async start(side: RowsOrder['side']): Promise<RowsSide> {
    const folder = await freshDirectory();
    const heard = new Heard();
    const worker = new WorkerProcess<RowsOrder, RowsReport>(
      workerFile,
      (report) => heard.tell(report),
      (why) => heard.tell({ kind: 'failed', why }),
    );
    try {
      worker.order({ kind: 'start', side, folder, prefix: '', writers: 0, batchesEach: 0 });
      const report = await heard.next();
      if (report.kind !== 'started') throw new Error(`the rows of N9: ${inWords(report)}`);
      return new RowsSide(side, worker, heard, folder, report.version);
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async write(batches: number): Promise<Reading> {
    this.#worker.order({ kind: 'write', side: this.#side, folder: this.#folder, prefix: newPrefix(), writers, batchesEach: batches });
    const report = await this.#heard.next();
    if (report.kind !== 'written') throw new Error(`the rows of N9: ${inWords(report)}`);
    const { rows, seconds, p50Ms, p99Ms } = report;
    return { value: rows / seconds, figures: { rows, seconds, batchP50Ms: p50Ms, batchP99Ms: p99Ms } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** One report for each order. */
class Heard {
  readonly #reports: RowsReport[] = [];
  #wake: (() => void) | null = null;

  tell(report: RowsReport): void {
    this.#reports.push(report);
    this.#wake?.();
  }

  async next(): Promise<RowsReport> {
    for (;;) {
      const report = this.#reports.shift();
      if (report !== undefined) return report;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function inWords(report: RowsReport): string {
  return report.kind === 'failed' ? report.why : `an unexpected ${report.kind}`;
}
