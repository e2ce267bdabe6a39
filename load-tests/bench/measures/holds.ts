/** N1 to N4: durable holds on one hot SKU, against what others do. */
import { readCommitted, redisLock, serializable, skipLocked } from '../baselines/index.ts';
import type { Measure } from '../measure.ts';
import { holdsAgainst } from './against.ts';

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
];
