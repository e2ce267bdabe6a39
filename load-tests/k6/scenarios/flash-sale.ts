/**
 * A crowd on one product: buyers arrive at a steady rate, whether or not the ones before were served (open loop), while
 * open pages show the stock. Nine in ten buy; one in ten lets go again. Asks of the server that it answers quickly, sells
 * what there is, and tells every page.
 *
 * Settings: BUYERS, STOCK, SECONDS, PAGES, HOLD_P99_MS, PUSH_P99_MS, DROPPED_MAX.
 */
import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { makeRandom } from '../../random.ts';
import { pagesWrong } from './lib/metrics.ts';
import { Page } from './lib/page.ts';
import { numberSetting, settings } from './lib/settings.ts';
import { commit, hold, newBuyer, putOnSale, release } from './lib/shop.ts';

const buyers = numberSetting('BUYERS', 2_000);
const stock = numberSetting('STOCK', 1_000);
const seconds = numberSetting('SECONDS', 20);
const pages = numberSetting('PAGES', 200);
const pagesPerUser = 50;
const doorsOpenAfterSeconds = 3;
/** After the last buyer came: they may still be waiting for units that are let go. */
const patienceSeconds = 8;
const letsGo = 0.1;
const rate = Math.max(1, Math.round(buyers / seconds));

const sku = `${settings.run}-flash-sale`;

export const options: Options = {
  scenarios: {
    pages: {
      executor: 'per-vu-iterations',
      exec: 'watch',
      vus: Math.max(1, Math.ceil(pages / pagesPerUser)),
      iterations: 1,
      maxDuration: `${doorsOpenAfterSeconds + seconds + patienceSeconds + 30}s`,
    },
    buyers: {
      executor: 'constant-arrival-rate',
      exec: 'buy',
      startTime: `${doorsOpenAfterSeconds}s`,
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: rate * 4,
      maxVUs: rate * (patienceSeconds + 4),
      gracefulStop: `${patienceSeconds + 30}s`,
    },
  },
  thresholds: {
    hold_ms: [`p(99)<${numberSetting('HOLD_P99_MS', 250)}`],
    push_lag_ms: [`p(99)<${numberSetting('PUSH_P99_MS', 500)}`],
    holds_taken: [`count>=${Math.min(stock, Math.floor(buyers / 2))}`],
    answers_unexpected: ['count==0'],
    outcomes_unknown: ['count==0'],
    versions_went_back: ['count==0'],
    pages_cut: ['count==0'],
    pages_wrong: ['count==0'],
    dropped_iterations: [`count<=${numberSetting('DROPPED_MAX', 0)}`],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
};

export function setup(): void {
  putOnSale(sku, stock);
}

/** One user of k6 keeps many pages: a socket costs less than a user. */
export function watch(): void {
  const count = Math.min(pagesPerUser, pages - exec.scenario.iterationInTest * pagesPerUser);
  const open = Array.from({ length: Math.max(0, count) }, () => new Page(sku));
  for (const page of open) page.open();
  const untilDoorsCloseMs = (doorsOpenAfterSeconds + seconds + patienceSeconds) * 1_000;
  setTimeout(() => {
    for (const page of open) {
      if (!page.isWhole) pagesWrong.add(1);
      page.close();
    }
  }, untilDoorsCloseMs);
}

export function buy(): void {
  const number = exec.scenario.iterationInTest;
  const random = makeRandom(1, number);
  const buyer = newBuyer();
  const untilMs = Date.now() + patienceSeconds * 1_000;
  for (let attempt = 0; Date.now() < untilMs; attempt += 1) {
    const held = hold(buyer, `${settings.run}-${number}-${attempt}`, sku);
    if (held.kind === 'held') {
      sleep(random.next() * 2);
      if (random.chance(letsGo)) release(buyer, held.holdId);
      else commit(held.holdId, `${settings.run}-${number}-sold`);
      return;
    }
    if (held.kind === 'unknown' || held.final) return;
    sleep(0.5 + random.next() * 1.5); // somebody else may still let go
  }
}
