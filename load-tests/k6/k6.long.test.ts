/**
 * Every scenario, briefly, against a server of its own: that it plays to its end and that units add up. Says nothing about
 * speed. Needs k6; where there is none it is said and nothing is claimed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget, type Target } from '../target.ts';
import { scenarioNames, scenarios } from './catalogue.ts';
import { findK6, howToGetK6 } from './find.ts';
import { runScenario } from './run.ts';

const k6 = findK6();
if (k6 === null) console.warn(`the k6 scenarios are left out: there is no k6 here. ${howToGetK6}`);

let target: Target;

beforeAll(async () => {
  if (k6 !== null) target = await openTarget({});
});

afterAll(async () => {
  if (k6 !== null) await target[Symbol.asyncDispose]();
});

test.runIf(k6 !== null).each(scenarioNames)('%s: thresholds are kept and units add up', { timeout: 180_000 }, async (scenario) => {
  const settings = scenarios[scenario].quick;
  // The server serves all of them: `own` would have it stopped and verified after the first.
  const shared = { ...target, own: null };
  const { metrics, units, ok } = await runScenario({ k6: k6!, scenario, settings, target: shared, progress: () => {} });
  expect(metrics.thresholds.filter((threshold) => !threshold.ok)).toEqual([]);
  expect(units.differences).toEqual([]);
  expect(ok).toBe(true);
});
