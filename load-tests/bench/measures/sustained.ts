/**
 * N4s and the lag of N9: holds sustained for ten minutes, write-behind on. Holds end while others are taken, so that what
 * is remembered stays bounded; the products are few, since each remembers at most a million holds.
 *
 * U1. Both measures read one run: whoever asks second is told what the first one saw.
 */
import type { BenchSettings, Measure, PreparedMeasure, Reading, Series } from '../measure.ts';
import { HoldSide } from '../ours/hold-side.ts';
import { type Sample } from '../ours/sampler.ts';
import { versionsOfOurs } from '../ours/versions.ts';
import { sustainedOf } from './durations.ts';
import { chartsOf, lagP99, withSamples } from './samples.ts';

const products = 4;
/** With the minute at least for which an ended hold is remembered: the products have room for 44,000 holds/s. */
const holdTtlSeconds = 30;

interface Sustained {
  readonly reading: Reading;
  readonly samples: readonly Sample[];
  readonly facts: Pick<PreparedMeasure, 'durability' | 'versions' | 'generator'>;
}

export const sustainedMeasures: readonly Measure[] = [
  {
    id: 'N4s',
    name: 'N4s',
    what: `Durable holds a second over HTTP, sustained with write-behind on: ${products} products, holds of ${holdTtlSeconds} s that end while others are taken.`,
    unit: 'holds/s',
    better: 'higher',
    judge: 'value',
    floor: 20_000,
    aim: 35_000,
    readings: 'once',
    missing: () => Promise.resolve(null),
    prepare: (settings) =>
      prepare(
        settings,
        ({ reading }) => reading,
        ({ samples }) => chartsOf(samples, 'Holds', 'holds/s'),
      ),
  },
  {
    id: 'N9',
    name: 'N9-lag',
    what: 'How late the rows are while holds are sustained (N4s): the age of the oldest acknowledged frame that is no row yet, p99 of one look a second.',
    unit: 'ms',
    better: 'lower',
    judge: 'value',
    floor: 2_000,
    aim: 500,
    readings: 'once',
    missing: () => Promise.resolve(null),
    prepare: (settings) => prepare(settings, lagOf, () => []),
  },
];

/** U1. By what was asked for: settings are made anew for each measure. */
const runs = new Map<string, Promise<Sustained>>();

async function prepare(
  settings: BenchSettings,
  read: (run: Sustained) => Reading,
  series: (run: Sustained) => readonly Series[],
): Promise<PreparedMeasure> {
  const { log, connections } = settings;
  const key = JSON.stringify([log, connections, sustainedOf(settings)]);
  const running = runs.get(key) ?? sustain(settings);
  runs.set(key, running);
  const run = await running;
  return {
    ...run.facts,
    ours: () => Promise.resolve(read(run)),
    baseline: null,
    series: () => Promise.resolve(series(run)),
    async [Symbol.asyncDispose]() {},
  };
}

async function sustain(settings: BenchSettings): Promise<Sustained> {
  const { connections, progress } = settings;
  const seconds = sustainedOf(settings);
  await using side = await HoldSide.open(settings);
  progress('sustained: warming up');
  await side.read({ connections, seconds: 3, skus: products, ttlSeconds: holdTtlSeconds });
  const samples: Sample[] = [];
  const onSample = (sample: Sample): void => {
    samples.push(sample);
    const { perSecond, lagMs, serverMb } = sample;
    progress(`sustained: ${Math.round(sample.second)} of ${seconds} s, ${perSecond} holds/s, rows ${lagMs} ms late, ${serverMb} MB`);
  };
  const reading = await side.read({ connections, seconds, skus: products, ttlSeconds: holdTtlSeconds, onSample });
  const { durability } = side;
  const versions = await versionsOfOurs(side.shop.target.url);
  const facts = { durability: { ours: durability, baseline: null }, versions, generator: side.generator(connections) };
  return { reading: withSamples(reading, samples), samples, facts };
}

function lagOf({ reading, samples }: Sustained): Reading {
  const { problem, figures } = reading;
  return { value: lagP99(samples), figures, ...(problem === undefined ? {} : { problem }) };
}
