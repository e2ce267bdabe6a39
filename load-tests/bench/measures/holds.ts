/** N1 to N4: durable holds on one hot SKU, against what others do. */
import { batched, hello, readCommitted, redisGate, redisLock, serializable, skipLocked } from '../baselines/index.ts';
import type { Measure } from '../measure.ts';
import { holdsAgainst } from './against.ts';
import { holdCurves } from './curves.ts';

const usual = 'Durable holds a second on one hot SKU, over HTTP, against the usual way without HTTP';

export const holdMeasures: readonly Measure[] = [
  holdsAgainst({
    id: 'N1',
    name: 'N1-serializable',
    what: `${usual}: Postgres SERIALIZABLE with SELECT … FOR UPDATE.`,
    baseline: serializable,
    floor: 50,
    aim: 150,
  }),
  holdsAgainst({
    id: 'N1',
    name: 'N1-read-committed',
    what: `${usual}: Postgres READ COMMITTED with a conditional UPDATE.`,
    baseline: readCommitted,
    floor: 20,
    aim: 60,
  }),
  holdsAgainst({
    id: 'N1',
    name: 'N1-skip-locked',
    what: `${usual}: a pool of unit rows in Postgres, SKIP LOCKED.`,
    baseline: skipLocked,
    floor: 5,
    aim: 8,
  }),
  holdsAgainst({
    id: 'N1',
    name: 'N1-redis-lock',
    what: `${usual}: a lock in Redis around a transaction in Postgres.`,
    baseline: redisLock,
    floor: 50,
    aim: 150,
  }),
  holdsAgainst({
    id: 'N2',
    name: 'N2-batched',
    what: 'Durable holds a second on one hot SKU, against the best a careful engineer would write: Postgres in batches, fsync on, behind the same transport, without repeats, timers, fencing or push.',
    baseline: batched,
    floor: 0.8,
    aim: 1.2,
    aimAlso: { figure: 'p99Ms', atMost: 10 },
  }),
  holdsAgainst({
    id: 'N3',
    name: 'N3-redis-gate',
    what: 'Durable holds a second on one hot SKU, over HTTP, against a gate in Redis that keeps nothing on disk and has no HTTP, with as many callers.',
    baseline: redisGate,
    floor: 0.5,
    aim: 0.9,
  }),
  holdsAgainst({
    id: 'N4',
    name: 'N4-hello-world',
    what: "Durable holds a second on one hot SKU, against the transport's own hello world, which decides and keeps nothing.",
    baseline: hello,
    floor: 0.35,
    aim: 0.6,
    series: holdCurves,
  }),
];
