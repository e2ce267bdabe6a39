import { join } from 'node:path';
import { getPriority } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import { uncompiledThread } from '../../scripts/compile.mjs';
import { silentLogger } from '../logger.ts';
import { AskedThread } from './asked-thread.ts';

it.runIf(process.platform === 'linux')('a thread gives way by itself: neither the process nor its other threads do', async () => {
  const program = () => Promise.resolve(uncompiledThread(join(import.meta.dirname, 'giving-way.fixture.ts')));
  const thread = new AskedThread<string, number>({ name: 'trials', program, data: null, youngGenerationMb: 16, logger: silentLogger });
  onTestFinished(() => thread.close());
  const before = getPriority(process.pid);
  expect(await thread.ask('how nice')).toEqual({ kind: 'answered', answer: before + 5 });
  expect(getPriority(process.pid)).toBe(before);
});
