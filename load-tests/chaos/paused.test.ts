import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processTree } from '../measure/effort.ts';
import { until } from '../../testing/until.ts';
import { pauseTree } from './paused.ts';

/** A shell with a child of its own, as a server with its helpers. */
let parent: ChildProcess;
let tree: number[] = [];

beforeEach(async () => {
  parent = spawn('/bin/sh', ['-c', 'sleep 600 & wait']);
  tree = await until(
    'the shell has its child',
    () => processTree(parent.pid!),
    (pids) => pids.length === 2,
  );
});

afterEach(() => {
  for (const pid of tree) process.kill(pid, 'SIGKILL');
});

function states(): string[] {
  return tree.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] === 'T' ? 'stands' : 'runs';
  });
}

const both = (state: string) => (seen: readonly string[]) => seen.every((one) => one === state);

describe.runIf(process.platform === 'linux')('a paused process', () => {
  it('stands still with its children for so long, then goes on', async () => {
    const pausing = pauseTree(parent.pid!, 300, new AbortController().signal);
    await until('both stand', states, both('stands'));
    const { beganAtMs, endedAtMs } = await pausing;
    expect(endedAtMs - beganAtMs).toBeGreaterThanOrEqual(299);
    await until('both run', states, both('runs'));
  });

  it('goes on at once when the run is interrupted', async () => {
    const stopped = new AbortController();
    const pausing = pauseTree(parent.pid!, 3_600_000, stopped.signal);
    await until('both stand', states, both('stands'));
    stopped.abort();
    await pausing;
    await until('both run', states, both('runs'));
  });

  it.each(['exits', 'is told to stop'])('goes on when whoever paused it %s', async (how) => {
    const fixture = join(import.meta.dirname, 'pauser.fixture.ts');
    const pauser = spawn(process.execPath, ['--import', 'tsx', fixture, String(parent.pid), how], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(pauser, 'exit');
    await once(pauser.stdout, 'data');
    if (how !== 'exits') {
      await until('both stand', states, both('stands'));
      pauser.kill('SIGTERM');
    }
    await ended;
    await until('both run', states, both('runs'));
  });
});
