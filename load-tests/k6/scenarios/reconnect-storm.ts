/**
 * Every page loses its connection at the same moment, and all come back at once, without the patience that our own
 * client has. While they are away the stock changes. Asks that each page is whole again within five seconds, that it
 * shows what changed meanwhile, and that holds go on being served.
 *
 * Settings: PAGES, ROUNDS, ROUND_SECONDS, WHOLE_AGAIN_MS, HOLD_P99_MS.
 */
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { Counter, Trend } from 'k6/metrics';
import { pagesWrong } from './lib/metrics.ts';
import { Page } from './lib/page.ts';
import { numberSetting, settings } from './lib/settings.ts';
import { hold, newBuyers, putOnSale, receive, release } from './lib/shop.ts';

const pages = numberSetting('PAGES', 1_000);
const rounds = numberSetting('ROUNDS', 3);
const roundSeconds = numberSetting('ROUND_SECONDS', 10);
const pagesPerUser = 100;
/** The first round: time for every page to be open once. */
const openWithinSeconds = 10;
const awayMs = 500;
/** What changed while they were away is acknowledged by then. */
const changeAfterMs = 100;
const holdsPerSecond = 20;
const unitsAtFirst = 1_000;

const sku = `${settings.run}-storm`;
/** Another one than the pages show: their numbers are to tell of the changes alone. */
const soldSku = `${settings.run}-storm-sold`;

/** From the moment the pages come back until a page has its snapshot. */
const wholeAgainMs = new Trend('whole_again_ms', true);
/** Every page, every round. */
const pagesWholeAgain = new Counter('pages_whole_again');

export const options: Options = {
  scenarios: {
    pages: {
      executor: 'per-vu-iterations',
      exec: 'comeAndGo',
      vus: Math.max(1, Math.ceil(pages / pagesPerUser)),
      iterations: 1,
      maxDuration: `${openWithinSeconds + rounds * roundSeconds + 30}s`,
    },
    merchant: {
      executor: 'per-vu-iterations',
      exec: 'changeWhileAway',
      vus: 1,
      iterations: 1,
      maxDuration: `${openWithinSeconds + rounds * roundSeconds + 30}s`,
    },
    holds: {
      executor: 'constant-arrival-rate',
      exec: 'holdAndRelease',
      rate: holdsPerSecond,
      timeUnit: '1s',
      duration: `${openWithinSeconds + rounds * roundSeconds}s`,
      preAllocatedVUs: 10,
      maxVUs: 200,
    },
  },
  thresholds: {
    whole_again_ms: [`max<${numberSetting('WHOLE_AGAIN_MS', 5_000)}`],
    pages_whole_again: [`count==${pages * rounds}`],
    hold_ms: [`p(99)<${numberSetting('HOLD_P99_MS', 1_000)}`],
    pages_wrong: ['count==0'],
    pages_cut: ['count==0'],
    versions_went_back: ['count==0'],
    answers_unexpected: ['count==0'],
    outcomes_unknown: ['count==0'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
};

interface Storm {
  /** By the generator's clock; all users of k6 share it. */
  readonly startedAtMs: number;
  readonly tokens: readonly string[];
}

export function setup(): Storm {
  receive(sku, unitsAtFirst, `${settings.run}-receive`);
  putOnSale(soldSku, 1_000_000);
  return { tokens: newBuyers(20), startedAtMs: Date.now() };
}

export function comeAndGo({ startedAtMs }: Storm): void {
  const count = Math.min(pagesPerUser, pages - exec.scenario.iterationInTest * pagesPerUser);
  const open = Array.from({ length: Math.max(0, count) }, () => new Page(sku));
  for (const page of open) page.open();
  for (let round = 0; round < rounds; round += 1) {
    const cutAtMs = roundStartsMs(startedAtMs, round);
    at(cutAtMs, () => cut(open));
    at(cutAtMs + awayMs, () => comeBack(open, round));
  }
  at(roundStartsMs(startedAtMs, rounds), () => cut(open));
}

function cut(pagesOfUser: readonly Page[]): void {
  for (const page of pagesOfUser) {
    if (!page.isWhole) pagesWrong.add(1);
    page.close();
  }
}

function comeBack(pagesOfUser: readonly Page[], round: number): void {
  const backAtMs = Date.now();
  for (const page of pagesOfUser) {
    page.open(() => {
      wholeAgainMs.add(Date.now() - backAtMs);
      pagesWholeAgain.add(1);
      if ((page.shown?.available ?? 0) < unitsAtFirst + round + 1) pagesWrong.add(1); // it missed the change
    });
  }
}

export function changeWhileAway({ startedAtMs }: Storm): void {
  for (let round = 0; round < rounds; round += 1)
    at(roundStartsMs(startedAtMs, round) + changeAfterMs, () => receive(sku, 1, `${settings.run}-round-${round}`));
}

export function holdAndRelease({ tokens }: Storm): void {
  const number = exec.scenario.iterationInTest;
  const buyer = tokens[number % tokens.length]!;
  const held = hold(buyer, `${settings.run}-${number}`, soldSku);
  if (held.kind === 'held') release(buyer, held.holdId);
}

function roundStartsMs(startedAtMs: number, round: number): number {
  return startedAtMs + (openWithinSeconds + round * roundSeconds) * 1_000;
}

function at(atMs: number, act: () => void): void {
  setTimeout(act, Math.max(0, atMs - Date.now()));
}
