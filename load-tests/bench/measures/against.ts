/** Measures that set our side against another one under the same load. */
import type { BenchSettings, Measure, MeasureId, PreparedMeasure, Reading, Series } from '../measure.ts';
import { HoldSide } from '../ours/hold-side.ts';
import { versionsOfOurs } from '../ours/versions.ts';
import type { Load, RunningSide, Side, SideResult } from '../side.ts';
import { burstOf } from './durations.ts';

export interface HoldsAgainst {
  readonly id: MeasureId;
  readonly name: string;
  readonly what: string;
  readonly baseline: Side;
  readonly floor: number;
  readonly aim: number;
  readonly aimAlso?: NonNullable<Measure['aimAlso']>;
  /** Drawn after the readings, with our side alone. */
  readonly series?: (ours: HoldSide, settings: BenchSettings) => Promise<readonly Series[]>;
}

/** Answers that failed beyond this part of all make a reading useless. */
const failedPartMax = 0.001;

/** Durable holds on one hot SKU over HTTP, burst. */
export function holdsAgainst({ baseline, series, ...said }: HoldsAgainst): Measure {
  return {
    ...said,
    unit: 'holds/s',
    better: 'higher',
    judge: 'ratio',
    readings: 'pairs',
    missing: () => baseline.missing?.() ?? Promise.resolve(null),
    prepare: (settings) => prepare(baseline, series, settings),
  };
}

async function prepare(baseline: Side, series: HoldsAgainst['series'], settings: BenchSettings): Promise<PreparedMeasure> {
  const ours = await HoldSide.open(settings);
  let theirs: RunningSide;
  try {
    theirs = await baseline.start();
  } catch (error) {
    await ours[Symbol.asyncDispose]();
    throw error;
  }
  const load: Load = { connections: settings.connections, seconds: burstOf(settings), skus: 1 };
  return {
    durability: { ours: ours.durability, baseline: baseline.durability },
    versions: { ...(await versionsOfOurs(ours.shop.target.url)), ...baseline.versions },
    generator: `ours: ${ours.generator(load.connections)}; ${baseline.name}: ${generatorOf(theirs, load)}`,
    ours: () => ours.read(load),
    baseline: async () => readingOf(await theirs.run(load)),
    ...(series === undefined ? {} : { series: () => series(ours, settings) }),
    async [Symbol.asyncDispose]() {
      await Promise.all([ours[Symbol.asyncDispose](), theirs.stop()]);
    },
  };
}

function generatorOf({ url }: RunningSide, { connections }: Load): string {
  return url === undefined ? `${connections} callers within its own process, no HTTP` : 'the same';
}

export function readingOf({ perSecond, p50Ms, p99Ms, done, refused, failed, generatorCores }: SideResult): Reading {
  const figures = { p50Ms, p99Ms, refused, failed, ...(generatorCores === undefined ? {} : { generatorCores }) };
  const reading = { value: perSecond, figures };
  if (refused > 0) return { ...reading, problem: `${refused} were refused although there was stock` };
  if (failed > done * failedPartMax) return { ...reading, problem: `${failed} of ${done + failed} failed` };
  return reading;
}
