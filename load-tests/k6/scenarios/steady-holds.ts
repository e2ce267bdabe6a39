/**
 * Holds at a steady rate, each let go again, for as long as asked: whether latency stays flat. Open loop: a slow answer
 * keeps nobody from arriving.
 *
 * Settings: RATE (holds a second), SECONDS, SKUS, HOLD_P99_MS, DROPPED_MAX.
 */
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { numberSetting, settings } from './lib/settings.ts';
import { hold, newBuyers, putOnSale, release } from './lib/shop.ts';

const rate = numberSetting('RATE', 300);
const seconds = numberSetting('SECONDS', 60);
const skus = numberSetting('SKUS', 10);
/** Each may ask 50 times a second; none comes near. */
const buyers = Math.max(20, Math.ceil(rate / 5));
/** More than are ever held at once: no hold is refused, so each refusal is a fault. */
const unitsPerSku = 1_000_000;

export const options: Options = {
  scenarios: {
    holds: {
      executor: 'constant-arrival-rate',
      exec: 'holdAndRelease',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: Math.max(10, Math.ceil(rate / 5)),
      maxVUs: Math.max(50, rate * 4),
    },
  },
  thresholds: {
    hold_ms: [`p(99)<${numberSetting('HOLD_P99_MS', 150)}`],
    holds_refused: ['count==0'],
    answers_unexpected: ['count==0'],
    outcomes_unknown: ['count==0'],
    http_req_failed: ['rate<0.001'],
    dropped_iterations: [`count<=${numberSetting('DROPPED_MAX', 0)}`],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
};

interface Shop {
  readonly tokens: readonly string[];
}

export function setup(): Shop {
  for (let number = 0; number < skus; number += 1) putOnSale(nameOf(number), unitsPerSku);
  return { tokens: newBuyers(buyers) };
}

export function holdAndRelease({ tokens }: Shop): void {
  const number = exec.scenario.iterationInTest;
  const buyer = tokens[number % tokens.length]!;
  const held = hold(buyer, `${settings.run}-${number}`, nameOf(number % skus));
  if (held.kind === 'held') release(buyer, held.holdId);
}

function nameOf(number: number): string {
  return `${settings.run}-steady-${number}`;
}
