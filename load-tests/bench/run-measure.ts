/**
 * Takes the readings of one measure: prepare once, warm up, then pairs in the order A B, B A, A B, …, so that whatever
 * drifts (heat, caches, other work on the machine) drifts for both sides alike.
 *
 * R1. One reading at a time: nothing else of ours runs meanwhile.
 * R2. A reading with a problem is not used: the pair is taken again, as a whole. With more bad pairs than
 *     `badPairsMax` the measure is given up: a number that needed that much luck is none.
 * R3. Ends early when asked to, with the pairs there are.
 * R4. Beside each reading stands what the machine's host kept from it meanwhile (`stolenCores`).
 */
import { StolenMeter } from '../measure/stolen.ts';
import type { BenchSettings, Measure, PreparedMeasure, Reading } from './measure.ts';
import { type BenchResult, measured, notMeasured, type ReadingPair } from './result.ts';
import { pairsToJudge, roundTo } from './statistics.ts';

export const badPairsMax = 3;
/** What is read once is sustained: a shorter reading is looked at, not judged by. */
const secondsToJudge = 600;

export interface RunOptions {
  /** Of a measure that is read in pairs. */
  readonly pairs: number;
  readonly settings: BenchSettings;
}

export async function runMeasure(measure: Measure, { pairs, settings }: RunOptions): Promise<BenchResult> {
  const { progress } = settings;
  const missing = await measure.missing();
  if (missing !== null) return notMeasured(measure, missing);
  if (settings.stopped.aborted) return notMeasured(measure, 'it was stopped before its turn');
  progress(`${measure.name}: preparing`);
  await using prepared = await measure.prepare(settings);
  await warmUp(measure, prepared, progress);
  const wanted = measure.readings === 'once' ? 1 : pairs;
  const taken: ReadingPair[] = [];
  const discarded: string[] = [];
  for (let turn = 0; taken.length < wanted && discarded.length <= badPairsMax && !settings.stopped.aborted; turn += 1) {
    progress(`${measure.name}: ${measure.readings === 'once' ? 'one long reading' : `pair ${taken.length + 1} of ${wanted}`}`);
    const pair = await takePair(prepared, turn % 2 === 0); // R1
    if ('problem' in pair) discarded.push(pair.problem);
    else taken.push(pair);
    if (!('problem' in pair)) progress(`${measure.name}: ${inWords(pair, measure.unit)}`);
  }
  if (taken.length === 0 || discarded.length > badPairsMax) return notMeasured(measure, whyNot(discarded), discarded); // R2
  const series = settings.quick || settings.stopped.aborted ? [] : await seriesOf(measure, prepared, progress);
  const { durability, versions, generator } = prepared;
  const judgeable = measure.readings === 'pairs' ? taken.length >= pairsToJudge : isSustained(settings);
  return measured(measure, taken, { durability, versions, generator, discarded, series, judgeable });
}

function isSustained({ quick, seconds }: BenchSettings): boolean {
  return seconds === null ? !quick : seconds >= secondsToJudge;
}

async function warmUp(measure: Measure, prepared: PreparedMeasure, progress: BenchSettings['progress']): Promise<void> {
  if (measure.readings === 'once' && prepared.warmUp === undefined) return;
  progress(`${measure.name}: warming up`);
  if (prepared.warmUp !== undefined) return prepared.warmUp();
  await prepared.ours();
  await prepared.baseline?.();
}

async function takePair(prepared: PreparedMeasure, oursFirst: boolean): Promise<ReadingPair | { readonly problem: string }> {
  const { baseline } = prepared;
  let ours: Reading;
  let theirs: Reading | null;
  if (oursFirst || baseline === null) {
    ours = await watched(() => prepared.ours());
    theirs = baseline === null ? null : await watched(baseline);
  } else {
    theirs = await watched(baseline);
    ours = await watched(() => prepared.ours());
  }
  if (ours.problem !== undefined) return { problem: `ours: ${ours.problem}` };
  if (theirs?.problem !== undefined) return { problem: `baseline: ${theirs.problem}` };
  if (theirs !== null && !(theirs.value > 0)) return { problem: 'baseline: it did nothing' };
  return { ours, baseline: theirs };
}

/** R4 */
async function watched(read: () => Promise<Reading>): Promise<Reading> {
  const meter = new StolenMeter();
  const reading = await read();
  const stolenCores = meter.read();
  return stolenCores === null ? reading : { ...reading, figures: { ...reading.figures, stolenCores } };
}

function inWords({ ours, baseline }: ReadingPair, unit: string): string {
  const value = `${roundTo(ours.value, 4).toLocaleString('en')} ${unit}`;
  if (baseline === null) return value;
  return `${value} against ${roundTo(baseline.value, 4).toLocaleString('en')} (${roundTo(ours.value / baseline.value, 3)}x)`;
}

function whyNot(discarded: readonly string[]): string {
  return discarded.length === 0 ? 'it was stopped before the first reading' : `${discarded.length} readings were bad: ${discarded.at(-1)}`;
}

async function seriesOf(measure: Measure, prepared: PreparedMeasure, progress: BenchSettings['progress']) {
  if (prepared.series === undefined) return [];
  progress(`${measure.name}: the series beside it`);
  return prepared.series();
}
