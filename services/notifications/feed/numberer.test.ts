import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../../runtime/logger.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { Numberer } from './numberer.ts';
import { FeedUnavailable, type Numbered } from './port.ts';

let running: Numberer | null = null;
afterEach(() => running?.stop());

const batchMax = 10;

/** Events that wait, and when somebody came to number them. */
function open(pending: { count: number; away?: boolean }) {
  const clock = new ManualClock();
  const startMs = clock.monotonicMs();
  const looks: [atMs: number, numbered: number][] = [];
  const news: (readonly string[])[] = [];
  const number = async (): Promise<Numbered> => {
    if (pending.away === true) throw new FeedUnavailable('away');
    const taken = Math.min(pending.count, batchMax);
    pending.count -= taken;
    looks.push([clock.monotonicMs() - startMs, taken]);
    return { stores: taken === 0 ? [] : ['a'], isFull: taken === batchMax };
  };
  running = new Numberer({ numbering: { number }, clock, logger: silentLogger, everyMs: 100, onNews: (stores) => news.push(stores) });
  running.start();
  return { clock, looks, news };
}

test('what comes between two looks is numbered together, and told of once (N1)', async () => {
  const pending = { count: 1 };
  const { clock, looks, news } = open(pending);
  await clock.advance(50);
  pending.count += 3;
  await clock.advance(49);
  pending.count += 3;
  await clock.advance(101);
  expect(looks).toEqual([
    [0, 1],
    [100, 6],
    [200, 0],
  ]);
  expect(news).toEqual([['a'], ['a']]);
});

test('full batches follow each other at once (N1)', async () => {
  const { clock, looks } = open({ count: 2 * batchMax + 1 });
  await clock.advance(99);
  expect(looks).toEqual([
    [0, batchMax],
    [0, batchMax],
    [0, 1],
  ]);
});

test('a database that was away is asked again, and nothing is lost (N2)', async () => {
  const pending = { count: 2, away: true };
  const { clock, looks } = open(pending);
  await clock.advance(500);
  pending.away = false;
  await clock.advance(500);
  expect(looks).toEqual([[1_000, 2]]);
});
