/** N9: rows a second that write-behind puts into Postgres, against plain upserts of the same rows. */
import { rawRows, writeBehindRows } from '../baselines/index.ts';
import type { BenchSettings, Measure, PreparedMeasure } from '../measure.ts';
import type { Load } from '../side.ts';
import { readingOf } from './against.ts';

/** As many shards as write at the same time when several are busy, a hot product in each. */
const writers = 4;
const secondsDefault = 15;
const secondsQuick = 2;

export const rowMeasures: readonly Measure[] = [
  {
    id: 'N9',
    name: 'N9-rows',
    what: 'Rows a second of hot products as write-behind puts them into Postgres (checkpoint moved in the same transaction, fenced, guarded by version, checksums), against plain `unnest` upserts of the same rows in batches as large as its largest.',
    unit: 'rows/s',
    better: 'higher',
    judge: 'ratio',
    floor: 0.4,
    aim: 0.6,
    readings: 'pairs',
    missing: () => Promise.resolve(null),
    prepare,
  },
];

async function prepare({ seconds, quick }: BenchSettings): Promise<PreparedMeasure> {
  const ours = await writeBehindRows.start();
  const theirs = await rawRows.start().catch(async (error: unknown) => {
    await ours.stop();
    throw error;
  });
  const load: Load = { connections: writers, seconds: seconds ?? (quick ? secondsQuick : secondsDefault), skus: writers };
  return {
    durability: { ours: writeBehindRows.durability, baseline: rawRows.durability },
    versions: { node: process.version, ...rawRows.versions },
    generator: `${writers} writers in the process of each side, rows made before the clock runs`,
    ours: async () => readingOf(await ours.run(load)),
    baseline: async () => readingOf(await theirs.run(load)),
    async [Symbol.asyncDispose]() {
      await Promise.all([ours.stop(), theirs.stop()]);
    },
  };
}
