/**
 * Some clients read so slowly that what is sent to them piles up, while hundreds of products change ten times a second.
 * Asks that the others notice nothing: their pushes come in time and holds are served. And that a slow client, once it
 * reads again, is shown the newest values, not the backlog; or has been sent away with a reason and may come back.
 *
 * Settings: SLOW, QUICK, SKUS, SECONDS, FALL_BEHIND_MIN, PUSH_P99_MS, HOLD_P99_MS.
 */
import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { Counter } from 'k6/metrics';
import ws from 'k6/ws';
import { pagesWrong, versionsWentBack } from './lib/metrics.ts';
import { Page } from './lib/page.ts';
import { numberSetting, settings } from './lib/settings.ts';
import { countAll, hold, newBuyers, putOnSale, receive, release } from './lib/shop.ts';

const slow = numberSetting('SLOW', 10);
const quick = numberSetting('QUICK', 50);
const skuCount = numberSetting('SKUS', 500);
const seconds = numberSetting('SECONDS', 30);
/** 0: a run too short for the buffers between server and client to fill does not ask whether they did. */
const fallBehindMin = numberSetting('FALL_BEHIND_MIN', 1);
/** Changes stop, and slow clients read as fast as they can: so long they have to catch up. */
const catchUpSeconds = 15;
const changeEveryMs = 100;
const slowReadSeconds = 1;
/** Two seconds of changes. A few are skipped for everybody, as changes of one fan-out are; so many only for who was behind. */
const behindVersions = 20;
const holdsPerSecond = 20;
/** Longer than any test: counts rise from 2, and whoever shows a lower one at the end has missed something. */
const lastCount = 500_000;
/** Long names fill buffers sooner than more products would, at no cost to the shop. */
const skuLength = 60;

const skus = Array.from({ length: skuCount }, (_, number) => `${settings.run}-slow-${number}-`.padEnd(skuLength, 'x'));
const soldSku = `${settings.run}-slow-sold`;

/** A slow client whose socket the server closed: allowed, when it may come back. */
const slowSentAway = new Counter('slow_sent_away');
/** Times a slow client was shown a value after it had missed those in between; or was sent away. */
const slowFellBehind = new Counter('slow_fell_behind');

export const options: Options = {
  scenarios: {
    slow: {
      executor: 'per-vu-iterations',
      exec: 'readSlowly',
      vus: Math.max(1, slow),
      iterations: 1,
      maxDuration: `${seconds + catchUpSeconds + 30}s`,
    },
    quick: { executor: 'per-vu-iterations', exec: 'readQuickly', vus: 1, iterations: 1, maxDuration: `${seconds + catchUpSeconds + 30}s` },
    merchant: { executor: 'per-vu-iterations', exec: 'change', vus: 1, iterations: 1, maxDuration: `${seconds + 30}s` },
    holds: {
      executor: 'constant-arrival-rate',
      exec: 'holdAndRelease',
      rate: holdsPerSecond,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: 10,
      maxVUs: 200,
    },
  },
  thresholds: {
    push_lag_ms: [`p(99)<${numberSetting('PUSH_P99_MS', 500)}`],
    hold_ms: [`p(99)<${numberSetting('HOLD_P99_MS', 500)}`],
    slow_fell_behind: [`count>=${fallBehindMin}`],
    pages_wrong: ['count==0'],
    pages_cut: ['count==0'],
    versions_went_back: ['count==0'],
    answers_unexpected: ['count==0'],
    outcomes_unknown: ['count==0'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
};

interface Shop {
  readonly startedAtMs: number;
  readonly tokens: readonly string[];
}

export function setup(): Shop {
  for (const sku of skus) receive(sku, 1, `${settings.run}-receive`);
  putOnSale(soldSku, 1_000_000);
  return { tokens: newBuyers(20), startedAtMs: Date.now() };
}

export function change({ startedAtMs }: Shop): void {
  const untilMs = startedAtMs + seconds * 1_000;
  for (let count = 2; Date.now() < untilMs; count += 1) {
    const startedMs = Date.now();
    countAll(skus, count, `${settings.run}-count-${count}`);
    sleep(Math.max(0, changeEveryMs - (Date.now() - startedMs)) / 1_000);
  }
  countAll(skus, lastCount, `${settings.run}-count-last`);
}

/**
 * The older of k6's two WebSocket modules reads a message only when the one before has been handled; the newer one reads
 * ahead without bound and cannot be slow.
 */
export function readSlowly({ startedAtMs }: Shop): void {
  const slowUntilMs = startedAtMs + seconds * 1_000;
  const caughtUpUntilMs = slowUntilMs + catchUpSeconds * 1_000;
  const shelf = new Shelf();
  while (!shelf.isDone && Date.now() < caughtUpUntilMs) {
    const response = ws.connect(settings.liveUrl, null, (socket) => {
      shelf.comeBack();
      socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', key: settings.publishableKey })));
      socket.on('message', (text) => {
        shelf.read(text, (message) => socket.send(message));
        if (shelf.isDone) socket.close();
        else if (Date.now() < slowUntilMs) sleep(slowReadSeconds);
      });
      socket.setTimeout(() => socket.close(), Math.max(1, caughtUpUntilMs - Date.now()));
    });
    if (response.status !== 101) break;
    if (shelf.isDone || Date.now() >= caughtUpUntilMs) break;
    slowSentAway.add(1);
    slowFellBehind.add(1);
  }
  if (!shelf.isDone) pagesWrong.add(1);
}

interface Message {
  readonly type: string;
  readonly items?: readonly { readonly sku: string; readonly available: number; readonly version: number }[];
}

/** What one slow client shows of every product. */
class Shelf {
  readonly #versions = new Map<string, number>();
  readonly #upToDate = new Set<string>();
  #hasSnapshot = false;

  get isDone(): boolean {
    return this.#upToDate.size === skus.length;
  }

  /** A new socket: the first values it brings may be any number of versions later. */
  comeBack(): void {
    this.#hasSnapshot = false;
  }

  read(text: string, say: (message: string) => void): void {
    const message = JSON.parse(text) as Message;
    if (message.type === 'welcome') say(JSON.stringify({ type: 'subscribe', id: '1', channel: 'stock', skus }));
    for (const { sku, available, version } of message.items ?? []) {
      const before = this.#versions.get(sku) ?? 0;
      if (version < before) versionsWentBack.add(1);
      if (this.#hasSnapshot && version > before + behindVersions) slowFellBehind.add(1);
      this.#versions.set(sku, version);
      if (available === lastCount) this.#upToDate.add(sku);
    }
    if (message.type === 'snapshot') this.#hasSnapshot = true;
  }
}

export function readQuickly({ startedAtMs }: Shop): void {
  const open = Array.from({ length: quick }, (_, number) => new Page(skus[number % skus.length]!));
  for (const page of open) page.open();
  setTimeout(
    () => {
      for (const page of open) {
        if (page.shown?.available !== lastCount) pagesWrong.add(1);
        page.close();
      }
    },
    Math.max(1, startedAtMs + (seconds + catchUpSeconds) * 1_000 - Date.now()),
  );
}

export function holdAndRelease({ tokens }: Shop): void {
  const number = exec.scenario.iterationInTest;
  const buyer = tokens[number % tokens.length]!;
  const held = hold(buyer, `${settings.run}-${number}`, soldSku);
  if (held.kind === 'held') release(buyer, held.holdId);
}
