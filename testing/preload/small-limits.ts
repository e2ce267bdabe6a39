/** Loaded before the program: puts other numbers (ONHAND_TEST_LIMITS, as JSON) in the place of limits, so that a bound is met by few. */
import { sourcesOfProcess } from '../../runtime/config.ts';
import { limits } from '../../runtime/limits.ts';

const given = JSON.parse(sourcesOfProcess({}).environment['ONHAND_TEST_LIMITS'] ?? '{}') as Record<string, number>;
for (const name of Object.keys(given)) if (!(name in limits)) throw new Error(`there is no limit ${name}`);
Object.assign(limits, given);
