/**
 * One measure's result: what `bench` writes with `--json`, and what is kept of a run (results/*.jsonl).
 *
 * B1. What was not measured is never met: `met` is null, and `notMeasured` says why.
 * B2. What was measured too seldom or too briefly to judge (fewer than five pairs, less than ten minutes of what is
 *     sustained) is not met either: `met` is null.
 */
import type { Measure, MeasureId, Series } from './measure.ts';
import { type Better, ratiosOf, reaches, roundTo, type Spread, spreadOf } from './statistics.ts';

export interface BenchResult {
  readonly id: MeasureId;
  readonly name: string;
  readonly what: string;
  /** Medians; null where there is none. */
  readonly ours: number | null;
  readonly baseline: number | null;
  readonly unit: string;
  /** Median of the ratios of the pairs; null where the floor is a plain value. */
  readonly ratio: number | null;
  readonly judge: 'ratio' | 'value';
  readonly better: Better;
  readonly floor: number;
  readonly aim: number;
  /** The floor is met. */
  readonly met: boolean | null;
  readonly aimMet: boolean | null;
  readonly notMeasured: string | null;
  readonly durability: { readonly ours: string | null; readonly baseline: string | null };
  /** Of what is judged: the ratios of the pairs, or our values. */
  readonly spread: Spread | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly generator: string | null;
  readonly pairs: readonly { readonly ours: number; readonly baseline: number | null }[];
  /** Readings that were taken and could not be used, with the reason. */
  readonly discarded: readonly string[];
  /** Medians of what was seen besides. */
  readonly figures: { readonly ours: Readonly<Record<string, number>>; readonly baseline: Readonly<Record<string, number>> };
  readonly series: readonly Series[];
}

export interface ReadingPair {
  readonly ours: { readonly value: number; readonly figures: Readonly<Record<string, number>> };
  readonly baseline: { readonly value: number; readonly figures: Readonly<Record<string, number>> } | null;
}

/** What stands beside the numbers. */
export interface Circumstances {
  readonly durability: { readonly ours: string; readonly baseline: string | null };
  readonly versions: Readonly<Record<string, string>>;
  readonly generator: string;
  readonly discarded: readonly string[];
  readonly series: readonly Series[];
  /** B2. */
  readonly judgeable: boolean;
}

type Fixed = 'id' | 'name' | 'what' | 'unit' | 'judge' | 'better' | 'floor' | 'aim';

function fixed(measure: Measure): Pick<BenchResult, Fixed> {
  const { id, name, what, unit, judge, better, floor, aim } = measure;
  return { id, name, what, unit, judge, better, floor, aim };
}

/** B1. */
export function notMeasured(measure: Measure, why: string, discarded: readonly string[] = []): BenchResult {
  return {
    ...fixed(measure),
    ours: null,
    baseline: null,
    ratio: null,
    met: null,
    aimMet: null,
    notMeasured: why,
    durability: { ours: null, baseline: null },
    spread: null,
    versions: {},
    generator: null,
    pairs: [],
    discarded,
    figures: { ours: {}, baseline: {} },
    series: [],
  };
}

/** `pairs` is not empty. */
export function measured(measure: Measure, pairs: readonly ReadingPair[], circumstances: Circumstances): BenchResult {
  const ours = spreadOf(pairs.map((pair) => pair.ours.value));
  const both = pairs.flatMap((pair) => (pair.baseline === null ? [] : [{ ours: pair.ours.value, baseline: pair.baseline.value }]));
  const ratios = both.length === 0 ? null : spreadOf(ratiosOf(both));
  const judged = measure.judge === 'ratio' ? ratios : ours;
  if (judged === null) throw new Error(`${measure.name} is about a ratio and has no baseline`);
  const { judgeable } = circumstances; // B2
  const figures = {
    ours: medianFigures(pairs.map((pair) => pair.ours.figures)),
    baseline: medianFigures(pairs.flatMap((pair) => (pair.baseline === null ? [] : [pair.baseline.figures]))),
  };
  return {
    ...fixed(measure),
    ours: roundTo(ours.median, 6),
    baseline: both.length === 0 ? null : roundTo(spreadOf(both.map((pair) => pair.baseline)).median, 6),
    ratio: ratios === null ? null : roundTo(ratios.median, 4),
    met: judgeable ? reaches(judged.median, measure.floor, measure.better) : null,
    aimMet: judgeable ? reaches(judged.median, measure.aim, measure.better) && reachesBesides(measure, figures.ours) : null,
    notMeasured: null,
    durability: circumstances.durability,
    spread: roundSpread(judged),
    versions: circumstances.versions,
    generator: circumstances.generator,
    pairs: pairs.map((pair) => ({
      ours: roundTo(pair.ours.value, 6),
      baseline: pair.baseline === null ? null : roundTo(pair.baseline.value, 6),
    })),
    discarded: circumstances.discarded,
    figures,
    series: circumstances.series,
  };
}

function reachesBesides({ aimAlso }: Measure, figures: Readonly<Record<string, number>>): boolean {
  if (aimAlso === undefined) return true;
  const figure = figures[aimAlso.figure];
  return figure !== undefined && figure <= aimAlso.atMost;
}

function medianFigures(readings: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const names = [...new Set(readings.flatMap((figures) => Object.keys(figures)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = readings.flatMap((figures) => (figures[name] === undefined ? [] : [figures[name]]));
      return [name, roundTo(spreadOf(values).median, 6)];
    }),
  );
}

function roundSpread({ count, min, q1, median, q3, max }: Spread): Spread {
  const short = (value: number) => roundTo(value, 4);
  return { count, min: short(min), q1: short(q1), median: short(median), q3: short(q3), max: short(max) };
}
