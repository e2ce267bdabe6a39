/**
 * Which faults hit a sale, in which order and when, drawn before the sale from the seed alone.
 *
 * C1. Every fault that was named has at least its turns asked for, and no more than `timesMax` of them.
 * C2. A round names each fault once, in a drawn order: no fault waits until another has had all its turns.
 * C3. The moments are spread over the sale: one fault in each stretch of it, at a drawn moment of the stretch.
 *     A moment is the earliest one; the runner also waits until the system has served since the fault before.
 */
import { type Random, makeRandom } from '../random.ts';

export const faultKinds = ['kill-server', 'pause-nats', 'kill-nats', 'pause-postgres', 'kill-postgres'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** From 1. Faults of later rounds happen only while the sale lasts. */
  readonly round: number;
  /** Not before this long after the doors opened. */
  readonly notBeforeMs: number;
  /** How long the system is left to work after it was seen to serve. */
  readonly calmMs: number;
  /** How long what is paused stands still; a kill takes none of it. */
  readonly pauseMs: number;
  /** In [0, 1): which of several servers is hit. */
  readonly draw: number;
  /** Of several brokers the one that leads a shard's stream is hit, not just any. */
  readonly hitsLeader: boolean;
}

export interface ScheduleOptions {
  readonly kinds: readonly FaultKind[];
  readonly seed: number;
  /** How long the doors stay open; 0 = as fast as the system recovers. */
  readonly saleMs: number;
  /** C1. */
  readonly timesMin: number;
  readonly timesMax: number;
}

export const timesMaxDefault = 5;
/** Long enough for a pause and for coming back, so that most stretches hold their fault. */
export const stretchMs = 12_000;
const pauseMsMin = 500;
const pauseMsMax = 8_000;
const calmMsMin = 150;
const calmMsMax = 1_500;
/** A fault late in its stretch would still be under way in the next. */
const momentsWithin = 0.5;
/** Keeps the draws of the schedule apart from those of the buyers. */
const stream = 1;

export function planFaults(options: ScheduleOptions): PlannedFault[] {
  const { kinds, saleMs, timesMin, timesMax } = options;
  const random = makeRandom(options.seed, stream);
  const count = Math.max(kinds.length * timesMin, Math.min(kinds.length * timesMax, Math.floor(saleMs / stretchMs))); // C1
  const planned: PlannedFault[] = [];
  for (let round = 1; planned.length < count; round += 1) {
    for (const kind of shuffled(kinds, random)) {
      if (planned.length === count) break;
      planned.push({
        kind,
        round,
        notBeforeMs: Math.round(((planned.length + random.next() * momentsWithin) * saleMs) / count), // C3
        calmMs: random.between(calmMsMin, calmMsMax),
        pauseMs: random.between(pauseMsMin, pauseMsMax),
        draw: random.next(),
        hitsLeader: random.chance(0.5),
      });
    }
  }
  return planned;
}

/** Null when every word is a fault; otherwise the sentence that says which are. */
export function readFaultKinds(text: string): { readonly kinds: readonly FaultKind[] } | { readonly problem: string } {
  const words = [...new Set(text.split(',').map((word) => word.trim()))];
  const kinds = words.flatMap((word) => faultKinds.filter((kind) => kind === word));
  if (kinds.length === words.length) return { kinds };
  const unknown = words.find((word) => !faultKinds.some((kind) => kind === word)) ?? '';
  return { problem: `--chaos takes ${faultKinds.join(', ')}, separated by commas; "${unknown}" is none of them.` };
}

export function isAboutNats(kind: FaultKind): boolean {
  return kind === 'pause-nats' || kind === 'kill-nats';
}

/** C2. Fisher and Yates. */
function shuffled(kinds: readonly FaultKind[], random: Random): FaultKind[] {
  const order = [...kinds];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.between(0, last);
    const [one, two] = [order[last], order[other]];
    if (one === undefined || two === undefined) throw new Error('the draw is outside the list');
    order[last] = two;
    order[other] = one;
  }
  return order;
}
