/** Baselines in processes of their own begin, answer and leave nothing behind. Starts real servers, for a second each. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { commandLineOf, isAlive } from '../../../engines/process-identity.ts';
import { processTree } from '../../measure/effort.ts';
import { forkedSide } from './forked-side.ts';
import { pressHolds } from './hold-press.ts';
import { readCommitted, redisLock } from './index.ts';
import { findRedisServer } from './redis/server.ts';

/** Where sides make their folders while these tests run. */
const folder = temporaryFolder();
beforeAll(() => void vi.stubEnv('TMPDIR', folder.path));
afterAll(() => {
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

it('a side starts its servers, can be run again and again, and ends with everything it made', { timeout: 120_000 }, async () => {
  const processes = processTree(process.pid).length;
  const running = await readCommitted.start();
  try {
    for (const skus of [1, 4]) {
      const result = await running.run({ connections: 2, seconds: 0.2, skus });
      expect(result.done).toBeGreaterThan(0);
      expect(result.refused + result.failed).toBe(0);
    }
  } finally {
    await running.stop();
  }
  expect(readdirSync(folder.path).filter((name) => name.startsWith('onhand-baseline-'))).toEqual([]);
  expect(processTree(process.pid)).toHaveLength(processes);
});

it('a side that speaks HTTP says where, and is pressed there', { timeout: 120_000 }, async () => {
  const hello = forkedSide({ name: 'hello', baseline: 'hello', durability: '', versions: {}, press: pressHolds });
  const running = await hello.start();
  try {
    const response = await fetch(`${running.url}/v1/holds`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(201);
    expect((await response.text()).length).toBeGreaterThan(300);
    const { done, generatorCores } = await running.run({ connections: 2, seconds: 1, skus: 1 });
    expect(done).toBeGreaterThan(0);
    expect(generatorCores).toBeGreaterThan(0);
  } finally {
    await running.stop();
  }
});

it('a baseline that nobody knows says so, and its process ends', { timeout: 60_000 }, async () => {
  const processes = processTree(process.pid).length;
  const nobody = forkedSide({ name: 'nobody', baseline: 'nobody', durability: '', versions: {} });
  await expect(nobody.start()).rejects.toThrow('no baseline called nobody');
  expect(processTree(process.pid)).toHaveLength(processes);
});

it.runIf(findRedisServer() !== null)(
  'a process that is killed leaves neither its servers nor its folder behind',
  { timeout: 120_000 },
  async () => {
    const own = new Set(processTree(process.pid));
    const running = await redisLock.start();
    const started = processTree(process.pid).filter((pid) => !own.has(pid));
    expect(started.some((pid) => commandLineOf(pid).includes('redis-server'))).toBe(true);
    const child = started.find((pid) => commandLineOf(pid).includes('baselines.child.'));
    expect(child).toBeDefined();
    try {
      const run = running.run({ connections: 1, seconds: 60, skus: 1 });
      run.catch(() => {});
      if (child !== undefined) process.kill(child, 'SIGKILL');
      await expect(run).rejects.toThrow('ended');
    } finally {
      await running.stop();
    }
    expect(started.filter((pid) => isAlive(pid)).map(commandLineOf)).toEqual([]);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('onhand-baseline-'))).toEqual([]);
  },
);
