/** Buyers of our shop who arrive at a rate, whatever becomes of the ones before (open loop). */
import { parseTarget } from '../../http/client.ts';
import { EffortMeter, serverFigure } from '../../measure/effort.ts';
import { arrive, type ArrivalsOrder, type Arrived } from '../generator/arrivals.ts';
import { type Answers, answersBetween, readMetrics } from './metrics.ts';
import { untilDrained } from './sampler.ts';
import { type BenchShop, newPrefix } from './shop.ts';

export type ArrivalsLoad = Pick<ArrivalsOrder, 'ratePerSecond' | 'seconds' | 'rampSeconds' | 'connections'>;

export interface ArrivedAt extends Arrived {
  readonly server: { readonly serverCores?: number };
  readonly problem?: string;
}

export interface Asked extends Pick<ArrivalsOrder, 'path' | 'bodies'> {
  /** What a server may say that has too much to do. Anything else is a mistake of the benchmark. */
  readonly serverSays: ReadonlySet<string>;
  /** How many units stand for what was acknowledged, once it is all in rows. Of those who were refused or heard nothing
   *  nobody knows; everybody who was told of it must be there, and nobody else. */
  readonly unitsOf: () => Promise<number>;
}

export async function arriveAt(
  { target, tokens }: BenchShop,
  { path, bodies, serverSays, unitsOf }: Asked,
  load: ArrivalsLoad,
): Promise<ArrivedAt> {
  const { url, publishableKey, serverPid } = target;
  const before = await readMetrics(url);
  const effort = new EffortMeter(serverPid);
  const where = { ...parseTarget(url), path, bodies, publishableKey, tokens, keyPrefix: newPrefix() };
  const arrived = { ...(await arrive({ ...where, ...load, whenBusy: 'leaves' })), server: serverFigure(effort.read()) };
  await untilDrained(url);
  const { done, early, late, refused, failed } = arrived;
  const answers = answersBetween(before, await readMetrics(url), `POST ${path}`);
  const problem = ourFault(answers, serverSays) ?? unitsProblem(await unitsOf(), done + early + late, refused + failed);
  return problem === null ? arrived : { ...arrived, problem };
}

export function ourFault(answers: Answers, serverSays: ReadonlySet<string>): string | null {
  const ours = [...answers].find(([outcome]) => !serverSays.has(outcome));
  return ours === undefined ? null : `${ours[1]} answers said ${ours[0]}, which is the fault of the benchmark`;
}

/** Of `undecided` more buyers nobody knows. */
export function unitsProblem(units: number, told: number, undecided: number): string | null {
  if (units >= told && units <= told + undecided) return null;
  return `${told} were told that it is done, but ${units} units say so`;
}
