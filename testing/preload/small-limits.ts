/** Loaded before the program: puts other numbers (ONHAND_TEST_LIMITS, as JSON) in the place of limits, so that a bound is met by few, or soon. */
import { orderLimits } from '../../actors/order/limits.ts';
import { sessionLimits } from '../../gateway/live/sessions.ts';
import { sourcesOfProcess } from '../../runtime/config.ts';
import { limits } from '../../runtime/limits.ts';

const given = JSON.parse(sourcesOfProcess({}).environment['ONHAND_TEST_LIMITS'] ?? '{}') as Record<string, number>;
for (const [name, value] of Object.entries(given)) {
  const holder = [limits, sessionLimits, orderLimits].find((candidate) => name in candidate);
  if (holder === undefined) throw new Error(`there is no limit ${name}`);
  Object.assign(holder, { [name]: value });
}
