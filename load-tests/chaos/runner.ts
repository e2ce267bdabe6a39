/**
 * Carries out the faults of a schedule while a sale goes on, one at a time, and watches the system come back.
 *
 * R1. A fault hits a system that works: something sent after the last fault has been acknowledged, for every
 *     product of the pulse, and the drawn calm has passed.
 * R2. Serves again (I8): measured from the fault's end (of a kill: from the kill) to the first acknowledged hold
 *     or commit that only a system which is back can have given; `recovered` also asks one for every product of
 *     the pulse, so that no shard stays behind, all within the bound of its kind.
 * R3. After a fault that was not survived nothing more is broken: what was killed is started again, so that the
 *     books can be read.
 * R4. An interrupted run ends the fault under way and begins no other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../measure/now.ts';
import type { Acknowledgements, After } from './acknowledgements.ts';
import type { Hand } from './hand.ts';
import type { FaultKind, PlannedFault } from './schedule.ts';

export interface Fault {
  readonly kind: FaultKind;
  /** After the doors opened. */
  readonly atSecond: number;
  /** A pause: how long it stood still. A kill: until what was killed ran again. */
  readonly lastedMs: number;
  /** R2. Null: not within the bound. */
  readonly servedAgainAfterMs: number | null;
  /** R2. The same for the slowest product of the pulse. */
  readonly everywhereAfterMs: number | null;
  readonly withinMs: number;
  readonly recovered: boolean;
  /** Which of several brokers was hit. */
  readonly target: string | null;
  /** Holds and commits acknowledged until then. */
  readonly acknowledgedBefore: number;
  /** Why what was killed did not start again, in its own words. */
  readonly failure: string | null;
}

/** The system did not come back, nor could it be brought back: there are no books to read. */
export class NotRecovered extends Error {
  override readonly name = 'NotRecovered';
}

/** I8 promises 2 s, 5 s and 5 s with recovery on a machine of its own. Here server, database, brokers and crowd
 *  share one, and a server that starts has to read its program first: the bounds leave room for that. Three brokers of
 *  2.9 that lose a leader elect another one in rounds of 4 to 9 s, and now and then need a second and third round. */
export const servesAgainWithinMs: Readonly<Record<FaultKind, number>> = {
  'kill-server': 20_000,
  'pause-nats': 30_000,
  'kill-nats': 30_000,
  'pause-postgres': 15_000,
  'kill-postgres': 25_000,
};

export interface ChaosOptions {
  readonly hand: Hand;
  readonly schedule: readonly PlannedFault[];
  readonly acknowledgements: Acknowledgements;
  /** Each must be served for the system to count as whole. */
  readonly sources: readonly string[];
  readonly doorsOpenedAtMs: number;
  /** Aborted when every buyer has ended: later rounds are left out then. */
  readonly saleOver: AbortSignal;
  readonly stopped: AbortSignal;
  readonly servesAgainWithinMs?: Readonly<Record<FaultKind, number>>;
  readonly progress: (line: string) => void;
  readonly onFault: (line: string) => void;
}

const firstServiceWithinMs = 30_000;

export async function runChaos(options: ChaosOptions): Promise<Fault[]> {
  const faults: Fault[] = [];
  let since: After = { sentAtMs: options.doorsOpenedAtMs, answeredAtMs: options.doorsOpenedAtMs };
  for (const planned of options.schedule) {
    const turn = await untilItsTurn(options, planned, since);
    if (turn === 'over') break;
    const fault = await oneFault(options, planned);
    faults.push(fault);
    options.onFault(faultLine(fault));
    if (!fault.recovered) {
      options.onFault(`the server said last:\n${options.hand.lastWords()}`);
      await options.hand.revive().catch((error: unknown) => {
        throw new NotRecovered(`${faultLine(fault)}. It could not be started again: ${String(error)}`, { cause: error });
      }); // R3
      break;
    }
    since = { sentAtMs: nowMs(), answeredAtMs: nowMs() };
  }
  return faults;
}

/** R1. */
async function untilItsTurn(options: ChaosOptions, planned: PlannedFault, since: After): Promise<'now' | 'over'> {
  const { stopped, saleOver } = options;
  const moment = planned.round === 1 ? stopped : AbortSignal.any([stopped, saleOver]);
  const over = (): boolean => moment.aborted;
  if (over()) return 'over';
  const waitMs = options.doorsOpenedAtMs + planned.notBeforeMs - nowMs();
  // A sale that is over need not be waited for: whose turn was still to come comes now.
  await sleep(Math.max(0, waitMs), undefined, { signal: AbortSignal.any([stopped, saleOver]) }).catch(() => undefined);
  if (over()) return 'over';
  const served = await everywhere(options, since, firstServiceWithinMs);
  if (over()) return 'over';
  if (served === null)
    throw new NotRecovered(`The system did not serve within ${firstServiceWithinMs} ms, before it was hit by ${planned.kind}`);
  await sleep(planned.calmMs, undefined, { signal: stopped }).catch(() => undefined);
  return over() ? 'over' : 'now';
}

async function oneFault(options: ChaosOptions, planned: PlannedFault): Promise<Fault> {
  const { acknowledgements } = options;
  const withinMs = (options.servesAgainWithinMs ?? servesAgainWithinMs)[planned.kind];
  const acknowledgedBefore = acknowledgements.count;
  options.progress(`chaos: ${planned.kind} …`);
  acknowledgements.forget();
  const inflicted = await options.hand.inflict(planned, options.stopped);
  const after = { sentAtMs: inflicted.provenBySentAtMs, answeredAtMs: inflicted.endedAtMs };
  const leftMs = (): number => (inflicted.failure === null ? inflicted.endedAtMs + withinMs - nowMs() : 0);
  const [first, whole] = await Promise.all([acknowledgements.first(after, leftMs()), everywhere(options, after, leftMs())]);
  const sinceEnd = (atMs: number | null): number | null => (atMs === null ? null : Math.max(0, Math.round(atMs - inflicted.endedAtMs)));
  return {
    kind: planned.kind,
    atSecond: Math.round(inflicted.beganAtMs - options.doorsOpenedAtMs) / 1_000,
    lastedMs: Math.round(inflicted.lastedMs),
    servedAgainAfterMs: sinceEnd(first),
    everywhereAfterMs: sinceEnd(whole),
    withinMs,
    recovered: whole !== null && whole - inflicted.endedAtMs <= withinMs, // R2
    target: inflicted.target,
    acknowledgedBefore,
    failure: inflicted.failure,
  };
}

/** When the last of the sources was served, or null. */
async function everywhere({ acknowledgements, sources }: ChaosOptions, after: After, withinMs: number): Promise<number | null> {
  const times = await Promise.all(sources.map((source) => acknowledgements.first(after, withinMs, source)));
  return times.reduce<number | null>(
    (latest, atMs) => (latest === null || atMs === null ? null : Math.max(latest, atMs)),
    after.answeredAtMs,
  );
}

export function faultLine(fault: Fault): string {
  const where = fault.target === null ? '' : ` (${fault.target})`;
  const lasted = fault.kind.startsWith('pause') ? `stood still for ${fault.lastedMs} ms` : `ran again after ${fault.lastedMs} ms`;
  const back =
    fault.servedAgainAfterMs === null
      ? `did not serve again within ${fault.withinMs} ms`
      : `served again after ${fault.servedAgainAfterMs} ms, everywhere after ${fault.everywhereAfterMs ?? `more than ${fault.withinMs}`} ms`;
  const failure = fault.failure === null ? '' : `: ${fault.failure}`;
  return `at ${fault.atSecond.toFixed(1)} s ${fault.kind}${where} ${lasted}, ${back}${failure}`;
}
