/**
 * Tests say what they need in their name: `x.test.ts` nothing, `x.pg.test.ts` Postgres, `x.nats.test.ts`
 * nats-server (and perhaps Postgres), `x.sim.test.ts` time (the seeded simulation), `x.e2e.test.ts` a browser, `x.long.test.ts` patience (only with `npm run test:long`).
 */
import { configDefaults, defineConfig } from 'vitest/config';

const suffixes = ['pg', 'nats', 'sim', 'e2e', 'long'] as const;
const order: readonly string[] = ['unit', ...suffixes, 'long-timed'];
/** Long tests whose verdict is a time: they have the machine to themselves. */
const timed = ['load-tests/bench/**/*.long.test.ts', 'load-tests/kill/**/*.long.test.ts'];

interface Kind {
  readonly name: string;
  readonly testTimeoutMs: number;
  /** Tests that wait for processes more than they compute may be more than the cores are. */
  readonly maxWorkers?: number;
  /** Tests of one file that say `concurrent`. */
  readonly maxConcurrency?: number;
  readonly globalSetup?: string[];
  /** Which files, where the name is no suffix; and which of its own are another's. */
  readonly include?: string[];
  readonly exclude?: string[];
}

function project({ name, testTimeoutMs, maxWorkers = 2, maxConcurrency = 4, globalSetup = [], include, exclude = [] }: Kind) {
  const special = suffixes.map((suffix) => `**/*.${suffix}.test.ts`);
  const own = `**/*.${name}.test.ts`;
  return {
    test: {
      name,
      include: include ?? (name === 'unit' ? ['**/*.test.ts'] : [own]),
      exclude: [...configDefaults.exclude, ...exclude, ...(name === 'unit' ? special : [])],
      environment: 'node',
      globalSetup,
      testTimeout: testTimeoutMs,
      hookTimeout: testTimeoutMs,
      teardownTimeout: 30_000,
      pool: 'forks' as const,
      // Modules are loaded once for each worker, not for each file: that was half of the time of the unit tests. Whatever a test
      // changes for its whole process (timers, environment, globals) it has to put back, as it must for the tests beside it.
      // Long tests measure memory and times, some of their own process.
      isolate: name.startsWith('long'),
      maxWorkers,
      maxConcurrency,
      // vitest wants projects of unlike width one after the other
      sequence: { groupOrder: order.indexOf(name) },
    },
  };
}

export default defineConfig({
  test: {
    // what a test says is worth reading when it failed
    silent: 'passed-only',
    projects: [
      project({ name: 'unit', testTimeoutMs: 30_000, maxConcurrency: 16 }),
      project({ name: 'pg', testTimeoutMs: 60_000, maxWorkers: 3, globalSetup: ['testing/postgres-setup.ts'] }),
      project({ name: 'nats', testTimeoutMs: 120_000, maxWorkers: 3, globalSetup: ['testing/postgres-setup.ts'] }),
      project({ name: 'sim', testTimeoutMs: 300_000 }),
      project({ name: 'e2e', testTimeoutMs: 120_000 }),
      project({ name: 'long', testTimeoutMs: 3_600_000, globalSetup: ['testing/postgres-setup.ts'], exclude: timed }),
      project({ name: 'long-timed', testTimeoutMs: 3_600_000, maxWorkers: 1, globalSetup: ['testing/postgres-setup.ts'], include: timed }),
    ],
  },
});
