/** What a thread has of its own: it answers in any number, passes mistakes on, ends, comes back. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { uncompiledThread } from '../../scripts/compile.mjs';
import { silentLogger } from '../logger.ts';
import { AskedThread, restartAfterMs, type ThreadProgram } from './asked-thread.ts';

const failing = uncompiledThread(join(import.meta.dirname, 'failing.fixture.ts'));

/** Of `failing.fixture.ts`, unless `programs` says otherwise; its clock stands still until `passed` is called. */
async function failingThread(programs: (() => Promise<ThreadProgram>)[] = []) {
  const due = new Set<() => void>();
  const warnings: string[] = [];
  const thread = new AskedThread<string, string>({
    name: 'trials',
    program: () => programs.shift()?.() ?? Promise.resolve(failing),
    data: { told: 'at the start' },
    youngGenerationMb: 16,
    logger: { ...silentLogger, warn: (_: object, message: string) => void warnings.push(message) },
    clock: {
      after(ms, call) {
        expect(ms).toBe(restartAfterMs);
        due.add(call);
        return () => due.delete(call);
      },
    },
  });
  onTestFinished(() => thread.close());
  await thread.attempted;
  const passed = (): Promise<void> => {
    for (const call of due) {
      due.delete(call);
      call();
    }
    return thread.attempted;
  };
  return { thread, warnings, due, passed };
}

const answered = (answer: string) => ({ kind: 'answered', answer });

it('answers each of many that ask at once with what is theirs, and knows what it was told at its start', async () => {
  const { thread } = await failingThread();
  const names = Array.from({ length: 50 }, (_, n) => `ask ${n}`);
  expect(await Promise.all(names.map((name) => thread.ask(name)))).toEqual(names.map(answered));
  expect(await thread.ask('data')).toEqual(answered('{"told":"at the start"}'));
});

it('passes a mistake on to who asked, and goes on', async () => {
  const { thread } = await failingThread();
  const [mistake, good] = await Promise.allSettled([thread.ask('throws'), thread.ask('good')]);
  expect(mistake).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('this is a mistake') as string } });
  expect(good).toEqual({ status: 'fulfilled', value: answered('good') });
});

it('ended: what it was asked may have been done, nothing is sent until the next one is there, and that one answers', async () => {
  const { thread, warnings, passed } = await failingThread();
  const open = thread.ask('never');
  expect(await thread.ask('ends')).toEqual({ kind: 'ended' });
  expect(await open).toEqual({ kind: 'ended' });
  expect(warnings).toEqual(['the thread of trials ended and is started again']);
  expect(await thread.ask('good')).toEqual({ kind: 'away' });
  await passed();
  expect(await thread.ask('good')).toEqual(answered('good'));
});

it('asked before it is there: whoever asks waits for its start', async () => {
  let found: (program: ThreadProgram) => void = () => {};
  const looking = new Promise<ThreadProgram>((resolve) => (found = resolve));
  const thread = new AskedThread<string, string>({
    name: 'trials',
    program: () => looking,
    data: null,
    youngGenerationMb: 16,
    logger: silentLogger,
  });
  onTestFinished(() => thread.close());
  const asked = thread.ask('early');
  found(failing);
  expect(await asked).toEqual(answered('early'));
});

it('closed: what is under way has ended, and no other thread is started', async () => {
  const { thread, warnings, due } = await failingThread();
  const open = thread.ask('never');
  await thread.ask('good');
  await thread.close();
  expect(await open).toEqual({ kind: 'ended' });
  expect(due.size).toBe(0);
  expect(warnings).toEqual([]);
  expect(await thread.ask('good')).toEqual({ kind: 'away' });
});

it('closed between its end and its restart: nothing is left to be called', async () => {
  const { thread, due } = await failingThread();
  await thread.ask('ends');
  expect(due.size).toBe(1);
  await thread.close();
  expect(due.size).toBe(0);
});

it('closed while its program is looked for: is not started', async () => {
  let found: (program: ThreadProgram) => void = () => {};
  const looking = new Promise<ThreadProgram>((resolve) => (found = resolve));
  const { thread, passed } = await failingThread([() => Promise.resolve(failing), () => looking]);
  await thread.ask('ends');
  const attempted = passed();
  await thread.close();
  found(failing);
  await attempted;
  expect(await thread.ask('good')).toEqual({ kind: 'away' });
});

it('asks for its program at each start, for the file of the last one may be gone, and again when there is none', async () => {
  const notFound = () => Promise.reject(new Error('cannot be compiled'));
  const { thread, warnings, due, passed } = await failingThread([() => Promise.resolve(failing), notFound]);
  await thread.ask('ends');
  await passed();
  expect(warnings.at(-1)).toBe('the thread of trials did not start and is tried again');
  expect(due.size).toBe(1);
  await passed();
  expect(await thread.ask('good')).toEqual(answered('good'));
});
