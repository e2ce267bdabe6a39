/** Buyers of our shop who arrive at a rate, whatever becomes of the ones before (open loop). */
import { parseTarget } from '../../http/client.ts';
import { EffortMeter, serverFigure } from '../../measure/effort.ts';
import { arrive, type ArrivalsOrder, type Arrived } from '../generator/arrivals.ts';
import { untilDrained } from './sampler.ts';
import { type BenchShop, newPrefix } from './shop.ts';

export type ArrivalsLoad = Pick<ArrivalsOrder, 'ratePerSecond' | 'seconds' | 'rampSeconds' | 'connections'>;

export interface ArrivedAt extends Arrived {
  readonly server: { readonly serverCores?: number };
  readonly problem?: string;
}

/** `unitsOf`: how many units stand for what was acknowledged, once it is all in rows. Of those who were refused or heard
 *  nothing nobody knows; everybody who was told of it must be there, and nobody else. */
export async function arriveAt(
  { target, tokens }: BenchShop,
  ask: Pick<ArrivalsOrder, 'path' | 'bodies'>,
  load: ArrivalsLoad,
  unitsOf: () => Promise<number>,
): Promise<ArrivedAt> {
  const { url, publishableKey, serverPid } = target;
  const effort = new EffortMeter(serverPid);
  const where = { ...parseTarget(url), ...ask, publishableKey, tokens, keyPrefix: newPrefix() };
  const arrived = { ...(await arrive({ ...where, ...load, whenBusy: 'leaves' })), server: serverFigure(effort.read()) };
  await untilDrained(url);
  const { done, early, late, refused, failed } = arrived;
  const problem = unitsProblem(await unitsOf(), done + early + late, refused + failed);
  return problem === null ? arrived : { ...arrived, problem };
}

/** Of `undecided` more buyers nobody knows. */
export function unitsProblem(units: number, told: number, undecided: number): string | null {
  if (units >= told && units <= told + undecided) return null;
  return `${told} were told that it is done, but ${units} units say so`;
}
