/**
 * Finds the best value of one setting by trying: a short run for each candidate, the fastest wins. So no baseline can be
 * said to have been given the wrong number of sessions.
 */
export interface Tried {
  readonly candidate: number;
  readonly perSecond: number;
}

export async function sweep(candidates: readonly number[], attempt: (candidate: number) => Promise<number>): Promise<readonly Tried[]> {
  const tried: Tried[] = [];
  for (const candidate of candidates) tried.push({ candidate, perSecond: await attempt(candidate) });
  return tried;
}

export function bestOf(tried: readonly Tried[]): number {
  const [first, ...others] = tried;
  if (first === undefined) throw new Error('a sweep needs at least one candidate');
  return others.reduce((best, one) => (one.perSecond > best.perSecond ? one : best), first).candidate;
}
