/** Every kind of fault again and again, each alone and all together, on both logs. */
import { describe, it } from 'vitest';
import { findNatsServer, howToGetNatsServer } from '../../engines/nats/binary.ts';
import { newestNatsServer } from '../../testing/nats.ts';
import { expectClean } from './expect-clean.ts';

const sale = { stock: 2_000, ratePerSecond: 60 };
const timeout = 600_000;

describe('on the Postgres log', () => {
  const log = { ...sale, durability: /^postgres/ };

  it.each(['kill-server', 'pause-postgres', 'kill-postgres'] as const)('%s, five times', { timeout }, async (kind) => {
    await expectClean({ kinds: [kind], seed: 11, times: 5, ...log });
  });

  it.each([21, 22])('all of them, three times (seed %i)', { timeout }, async (seed) => {
    await expectClean({ kinds: ['kill-server', 'pause-postgres', 'kill-postgres'], seed, times: 3, ...log });
  });
});

if (findNatsServer() === null) console.log(`The log on JetStream is not tried: no nats-server was found. ${howToGetNatsServer}`);

describe.runIf(findNatsServer() !== null)('on JetStream', () => {
  const log = { ...sale, durability: /jetstream/i };

  it.each(['pause-nats', 'kill-nats', 'kill-server', 'pause-postgres', 'kill-postgres'] as const)(
    '%s, five times',
    { timeout },
    async (kind) => {
      await expectClean({ kinds: [kind], seed: 31, times: 5, target: { log: 'jetstream' }, ...log });
    },
  );
});

// Three servers of 2.9 forget (runtime/log/jetstream-copies.long.test.ts): what they cannot keep is not asked of the shop.
const newest = newestNatsServer();
if (newest === null) console.log('Three copies are not tried: they need a nats-server newer than the 2.9 of Debian, installed by go.');

describe.runIf(newest !== null)('on three copies', () => {
  it.each([41, 42])('faults of one of three brokers and of the server, three times (seed %i)', { timeout }, async (seed) => {
    const target = { log: 'jetstream', replicas: 3, natsBinary: newest ?? undefined } as const;
    await expectClean({ kinds: ['pause-nats', 'kill-nats', 'kill-server'], seed, times: 3, target, ...sale, durability: /3 copies/ });
  });
});
