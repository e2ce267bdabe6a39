/** The scenarios there are: their files, what a brief run of each is set to, and which products the judge looks at. */
import { join } from 'node:path';

export interface Scenario {
  readonly summary: string;
  /** Settings of a run of some seconds: to see that it works. */
  readonly quick: Readonly<Record<string, string>>;
  /** SKUs whose units the scenario counts; the judge compares the sums with the books. */
  readonly soldSkus: (run: string, settings: Readonly<Record<string, string>>) => readonly string[];
}

export const scenarios = {
  'flash-sale': {
    summary: 'buyers arrive at a steady rate on one product, open pages show its stock',
    quick: { BUYERS: '120', STOCK: '40', SECONDS: '4', PAGES: '40', HOLD_P99_MS: '5000', PUSH_P99_MS: '5000', DROPPED_MAX: '1000' },
    soldSkus: (run) => [`${run}-flash-sale`],
  },
  'steady-holds': {
    summary: 'holds at a steady rate, each let go again: whether latency stays flat',
    quick: { RATE: '20', SECONDS: '5', SKUS: '2', HOLD_P99_MS: '5000', DROPPED_MAX: '1000' },
    soldSkus: (run, { SKUS = '10' }) => Array.from({ length: Number(SKUS) }, (_, number) => `${run}-steady-${number}`),
  },
  'reconnect-storm': {
    summary: 'every page loses its connection at once and comes back at once, while the stock changes',
    quick: { PAGES: '60', ROUNDS: '1', ROUND_SECONDS: '6', HOLD_P99_MS: '5000' },
    soldSkus: (run) => [`${run}-storm-sold`],
  },
  'slow-clients': {
    summary: 'some clients hardly read what they are sent: the others notice nothing, and they miss nothing',
    quick: { SLOW: '2', QUICK: '10', SKUS: '50', SECONDS: '4', FALL_BEHIND_MIN: '0', PUSH_P99_MS: '5000', HOLD_P99_MS: '5000' },
    soldSkus: (run) => [`${run}-slow-sold`],
  },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof scenarios;

export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}

export function scenarioFile(name: ScenarioName): string {
  return join(import.meta.dirname, 'scenarios', `${name}.ts`);
}
