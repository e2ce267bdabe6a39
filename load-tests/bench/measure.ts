/**
 * What a benchmark is: a question with a floor and an aim, and how one reading of each side is taken. How often and in
 * which order is the runner's business (`run-measure.ts`), what the readings say together that of `statistics.ts`.
 *
 * M1. `prepare` does once what is not measured; `ours` and `baseline` take one reading each and may be called any
 *     number of times, one at a time, in any order.
 * M2. A reading that is not what it claims to be (answers that failed, a load that was not reached) is said in
 *     `problem`; the runner discards it, counts it, and gives up when there are too many.
 * M3. Whatever was prepared is ended on dispose.
 */
export type MeasureId = 'N1' | 'N2' | 'N3' | 'N4' | 'N4s' | 'N5' | 'N6' | 'N7' | 'N8' | 'N9' | 'N11' | 'N14' | 'N15';

export interface Measure {
  /** The line of the table of numbers it belongs to; `bench N1` runs all with this id. */
  readonly id: MeasureId;
  /** Its own, such as `N1-serializable`. */
  readonly name: string;
  /** What is measured, in one sentence without the numbers. */
  readonly what: string;
  /** Of a reading's value, such as `holds/s`. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  /** What floor and aim are about: ours divided by the baseline's, or ours as it is. */
  readonly judge: 'ratio' | 'value';
  readonly floor: number;
  readonly aim: number;
  /** What the aim asks for besides, of the median of one of our figures, such as `p99Ms` at most 10. */
  readonly aimAlso?: { readonly figure: string; readonly atMost: number };
  /** `pairs`: interleaved, at least five of them. `once`: one long reading, as for whatever is sustained. */
  readonly readings: 'pairs' | 'once';
  /** HTTP connections it needs to keep the machine busy, where those of most measures do not. */
  readonly connections?: number;
  /** Why it cannot be measured on this machine, in one sentence; null when it can. */
  missing(): Promise<string | null>;
  prepare(settings: BenchSettings): Promise<PreparedMeasure>;
}

export interface BenchSettings {
  readonly log: 'postgres' | 'jetstream';
  /** HTTP connections of the generator, the same for both sides. */
  readonly connections: number;
  /** How long one reading lasts; null: as long as the measure says. */
  readonly seconds: number | null;
  /** A few seconds each: to see that it works, not to be published. */
  readonly quick: boolean;
  /** Whether series that need readings of their own are drawn. */
  readonly curves: boolean;
  /** One line that changes while it works. */
  readonly progress: (line: string) => void;
  /** Aborted when the person wants it to end: take no more readings. */
  readonly stopped: AbortSignal;
}

export interface PreparedMeasure extends AsyncDisposable {
  readonly durability: { readonly ours: string; readonly baseline: string | null };
  readonly versions: Readonly<Record<string, string>>;
  /** Who pressed, and with how many connections. */
  readonly generator: string;
  /** Not counted; for caches and just-in-time compilers. Without it the runner takes one reading of each side and drops it. */
  warmUp?(): Promise<void>;
  ours(): Promise<Reading>;
  /** Null where the floor is a plain value. */
  readonly baseline: (() => Promise<Reading>) | null;
  /** Series beside the number, for charts: asked for once, after the readings, in full runs only. */
  series?(): Promise<readonly Series[]>;
}

export interface Reading {
  readonly value: number;
  /** What else was seen, by name with its unit last: `p50Ms`, `p99Ms`, `refused`, `drainMs`, `lagMs` … */
  readonly figures: Readonly<Record<string, number>>;
  /** M2. */
  readonly problem?: string;
}

/** One line of a chart. */
export interface Series {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}
