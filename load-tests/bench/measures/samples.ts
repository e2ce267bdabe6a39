/**
 * What a long run came to, from looks once a second.
 *
 * U0. How many were done a second at the beginning and at the end stand beside the mean: one number would hide a decline.
 * U1. A run whose write-behind is further behind at the end than ever in its first half is not sustained: it has a problem.
 */
import { Latencies, roundMs } from '../../measure/latencies.ts';
import type { Reading, Series } from '../measure.ts';
import type { Sample } from '../ours/sampler.ts';

/** U1. A little more or less is no trend. */
const lagGrowthAllowedMs = 2_000;
const pointsMax = 200;

export function withSamples(reading: Reading, samples: readonly Sample[]): Reading {
  if (samples.length === 0) return reading;
  const last = samples.at(-1);
  const figures = {
    ...reading.figures,
    lagP99Ms: lagP99(samples),
    lagMaxMs: Math.max(...samples.map(({ lagMs }) => lagMs)),
    slowestSecond: Math.min(...samples.map(({ perSecond }) => perSecond)),
    firstFifthPerSecond: paceWithin(samples, 0, 0.2),
    lastFifthPerSecond: paceWithin(samples, 0.8, 1),
    serverMbMax: Math.max(...samples.map(({ serverMb }) => serverMb)),
    serverMbLast: last?.serverMb ?? 0,
    databaseMbMax: Math.max(...samples.map(({ othersMb }) => othersMb)),
  };
  const growing = lagGrows(samples);
  const problem = reading.problem ?? (growing ? 'the rows fell further behind all the while' : undefined);
  return { value: reading.value, figures, ...(problem === undefined ? {} : { problem }) };
}

/** U1. */
export function lagGrows(samples: readonly Sample[]): boolean {
  const half = Math.floor(samples.length / 2);
  const worst = (part: readonly Sample[]) => Math.max(0, ...part.map(({ lagMs }) => lagMs));
  const lastTenth = samples.slice(-Math.max(1, Math.floor(samples.length / 10)));
  const least = Math.min(...lastTenth.map(({ lagMs }) => lagMs));
  return half > 0 && least > worst(samples.slice(0, half)) + lagGrowthAllowedMs;
}

/** U0. Between these parts of the time, weighted by how long each look stands for. */
function paceWithin(samples: readonly Sample[], from: number, to: number): number {
  const last = samples.at(-1)?.second ?? 0;
  let done = 0;
  let seconds = 0;
  samples.forEach(({ second, perSecond }, index) => {
    if (second <= last * from || second > last * to) return;
    done += perSecond * sinceBefore(samples, index);
    seconds += sinceBefore(samples, index);
  });
  return seconds === 0 ? 0 : Math.round(done / seconds);
}

/** A look that came late stands for the seconds in which there was none: the server was too busy to be looked at. */
function sinceBefore(samples: readonly Sample[], index: number): number {
  return (samples[index]?.second ?? 0) - (samples[index - 1]?.second ?? 0);
}

export function lagP99(samples: readonly Sample[]): number {
  const lags = new Latencies();
  samples.forEach(({ lagMs }, index) => {
    for (let second = Math.max(1, Math.round(sinceBefore(samples, index))); second > 0; second--) lags.record(lagMs);
  });
  return roundMs(lags.percentileMs(99) ?? 0);
}

export function chartsOf(samples: readonly Sample[], what: string, unit: string): readonly Series[] {
  const few = thinned(samples);
  const line = (label: string, of: (sample: Sample) => number) => ({
    label,
    points: few.map((sample) => [sample.second, of(sample)] as const),
  });
  return [
    { title: `${what} over time`, x: 'seconds', y: unit, lines: [line(unit, ({ perSecond }) => perSecond)] },
    { title: 'Write-behind lag over time', x: 'seconds', y: 'ms', lines: [line('lag', ({ lagMs }) => lagMs)] },
    {
      title: 'Memory over time',
      x: 'seconds',
      y: 'MB',
      lines: [line('server', ({ serverMb }) => serverMb), line('Postgres', ({ othersMb }) => othersMb)],
    },
  ];
}

/** A chart needs no more points than it has pixels for. */
function thinned(samples: readonly Sample[]): readonly Sample[] {
  const every = Math.max(1, Math.ceil(samples.length / pointsMax));
  return samples.filter((_, index) => index % every === 0);
}
