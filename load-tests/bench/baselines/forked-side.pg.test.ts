/** Baselines in processes of their own begin, answer and leave nothing behind. Starts real servers, for a second each. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { processTree } from '../../measure/effort.ts';
import { forkedSide } from './forked-side.ts';
import { pressHolds } from './hold-press.ts';
import { readCommitted } from './index.ts';

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
    expect((await running.run({ connections: 2, seconds: 1, skus: 1 })).done).toBeGreaterThan(0);
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
