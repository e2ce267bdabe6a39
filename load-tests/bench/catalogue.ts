/** Every measure there is, and those of the table of numbers that are not measured here, each with its reason. */
import type { Measure } from './measure.ts';
import { actorMeasures } from './measures/actors.ts';
import { checkoutMeasures } from './measures/checkouts.ts';
import { holdMeasures } from './measures/holds.ts';
import { overloadMeasures } from './measures/overload.ts';
import { sustainedMeasures } from './measures/sustained.ts';
import { rowMeasures } from './measures/write-behind.ts';
import { socketMeasures } from './sockets/index.ts';

export const measures: readonly Measure[] = [
  ...holdMeasures,
  ...sustainedMeasures,
  ...checkoutMeasures,
  ...overloadMeasures,
  ...rowMeasures,
  ...socketMeasures,
  ...actorMeasures,
];

/** Of the numbers to reach: told elsewhere, or about a part that is not built. */
export const measuredElsewhere: readonly { readonly id: string; readonly why: string }[] = [
  { id: 'N10', why: 'Recovery after kills and hangs is measured by `flash-sale --chaos` and the kill tests, not here.' },
  { id: 'N12', why: 'There is no dashboard yet that order events could be late on.' },
  { id: 'N13', why: 'Custom domains are not built yet.' },
  { id: 'N16', why: 'There is no measure yet of what a flash sale costs the other stores.' },
];

/** All that have one of the names or ids; without names all. `problem`: a name that none has. */
export function choose(
  names: readonly string[],
  among: readonly Measure[] = measures,
): { readonly chosen: readonly Measure[] } | { readonly problem: string } {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const isNamed = (measure: Measure, name: string) => measure.id.toLowerCase() === name || measure.name.toLowerCase() === name;
  const unknown = names.find((name) => !among.some((measure) => isNamed(measure, name.toLowerCase())));
  if (unknown === undefined) {
    return { chosen: wanted.size === 0 ? among : among.filter((measure) => [...wanted].some((name) => isNamed(measure, name))) };
  }
  const elsewhere = measuredElsewhere.find(({ id }) => id.toLowerCase() === unknown.toLowerCase());
  const known = [...new Set(among.map(({ id }) => id))].join(', ');
  return {
    problem: elsewhere === undefined ? `There is no measure "${unknown}"; there are ${known}.` : `${elsewhere.id}: ${elsewhere.why}`,
  };
}
