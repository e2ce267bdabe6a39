import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { honestFailures, runCampaign } from './campaign.ts';
import { mutationsDocument } from './document.ts';
import { mutations } from './index.ts';
import { type Mutation, unit } from './mutation.ts';
import { judge, type TestVerdict } from './run-tests.ts';
import { mutated, NotApplicable, type Workspace } from './workspace.ts';

const mutation: Mutation = {
  name: 'one',
  promise: 'I1',
  breaks: 'something',
  file: 'a.ts',
  find: 'honest',
  replace: '$& broken',
  tests: [unit('cheap.test.ts'), unit('dear.test.ts')],
};

/** Applies nothing: what the tests say is given. */
const workspace = { dir: 'there', with: (_: Mutation, run: () => Promise<unknown>) => run() } as unknown as Workspace;

async function verdictFor(verdicts: Readonly<Record<string, TestVerdict>>) {
  const run = async (_: string, { file }: { readonly file: string }): Promise<TestVerdict> => verdicts[file] ?? { kind: 'passed' };
  const [finding] = await runCampaign({ mutations: [mutation], workspaces: [workspace], progress: () => {}, run });
  return [finding!.verdict, finding!.by];
}

test('a mutation is applied where its text stands once, letter by letter', () => {
  expect(mutated('an honest line', mutation)).toBe('an $& broken line');
  expect(() => mutated('nothing', mutation)).toThrow(NotApplicable);
  expect(() => mutated('honest, honest', mutation)).toThrow('stands 2 times in a.ts');
});

test('caught by the first test that fails, survived without one, invalid where it cannot be loaded', async () => {
  expect(await verdictFor({ 'dear.test.ts': { kind: 'failed', by: 'a law' } })).toEqual(['caught', 'a law']);
  expect(await verdictFor({})).toEqual(['survived', '']);
  expect(await verdictFor({ 'cheap.test.ts': { kind: 'broken', why: 'no such name' } })).toEqual(['invalid', 'no such name']);
});

test('a test that fails unchanged is told before anything is mutated', async () => {
  const run = async (): Promise<TestVerdict> => ({ kind: 'failed', by: 'a law' });
  expect(await honestFailures({ mutations: [mutation], workspaces: [workspace], progress: () => {}, run })).toEqual([
    'cheap.test.ts: a law',
    'dear.test.ts: a law',
  ]);
});

test('a file without tests, or one that cannot be loaded, is no proof', () => {
  const result = (message: string, statuses: readonly string[]) => ({
    numTotalTests: statuses.length,
    testResults: [{ message, assertionResults: statuses.map((status) => ({ status, fullName: 'a law' })) }],
  });
  expect(judge(result('', []), 'a.test.ts').kind).toBe('broken');
  expect(judge(result('Cannot find module', []), 'a.test.ts').kind).toBe('broken');
  expect(judge(result('', ['passed']), 'a.test.ts')).toEqual({ kind: 'passed' });
  expect(judge(result('', ['passed', 'failed']), 'a.test.ts')).toEqual({ kind: 'failed', by: 'a law' });
});

test('every mutation has a name of its own, and the table shows what became of it', () => {
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
  const table = mutationsDocument([{ mutation, verdict: 'survived', by: '', file: '', seconds: 1 }]);
  expect(table).toContain('| `one` | I1 | something | `a.ts` | **survived**');
});

test.each(mutations.map((each) => [each.name, each] as const))('%s applies to the project as it is, and its tests are there', (_, each) => {
  const project = join(import.meta.dirname, '../..');
  expect(mutated(readFileSync(join(project, each.file), 'utf8'), each)).toContain(each.replace);
  expect(each.tests.filter(({ file }) => !existsSync(join(project, file)))).toEqual([]);
});
