/**
 * All mutations, one after the other in each of two copies of the project.
 *
 * C1. First the honest copy must pass every test that is used: else nothing that follows means anything.
 * C2. A mutation is caught by a test that fails. One that cannot be loaded is invalid, one that no test notices
 *     survives: both are defects.
 */
import type { Mutation, TestFile } from './mutation.ts';
import { runTestFile, type TestVerdict } from './run-tests.ts';
import { NotApplicable, type Workspace } from './workspace.ts';

export interface Finding {
  readonly mutation: Mutation;
  readonly verdict: 'caught' | 'survived' | 'invalid';
  /** The test that failed, or why it is invalid. */
  readonly by: string;
  readonly file: string;
  readonly seconds: number;
}

export interface CampaignOptions {
  readonly mutations: readonly Mutation[];
  readonly workspaces: readonly Workspace[];
  readonly progress: (line: string) => void;
  readonly run?: (dir: string, test: TestFile) => Promise<TestVerdict>;
}

/** C1. Files that do not pass unchanged, with what they said. */
export async function honestFailures({ mutations, workspaces, progress, run = runTestFile }: CampaignOptions): Promise<string[]> {
  const files = new Map(mutations.flatMap(({ tests }) => tests).map((test) => [`${test.project} ${test.file}`, test]));
  const failures: string[] = [];
  await shareOut([...files.values()], workspaces, async (test, workspace) => {
    progress(`unchanged: ${test.file}`);
    const verdict = await run(workspace.dir, test);
    if (verdict.kind !== 'passed') failures.push(`${test.file}: ${verdict.kind === 'failed' ? verdict.by : verdict.why}`);
  });
  return failures;
}

export async function runCampaign({ mutations, workspaces, progress, run = runTestFile }: CampaignOptions): Promise<Finding[]> {
  const findings = new Map<Mutation, Finding>();
  await shareOut(mutations, workspaces, async (mutation, workspace) => {
    const startedAtMs = performance.now();
    const { verdict, by, file } = await judgeOne(mutation, workspace, run);
    const seconds = Math.round((performance.now() - startedAtMs) / 100) / 10;
    progress(`${verdict}: ${mutation.name} (${seconds} s)`);
    findings.set(mutation, { mutation, verdict, by, file, seconds });
  });
  return mutations.map((mutation) => findings.get(mutation)!);
}

async function judgeOne(
  mutation: Mutation,
  workspace: Workspace,
  run: NonNullable<CampaignOptions['run']>,
): Promise<Pick<Finding, 'verdict' | 'by' | 'file'>> {
  try {
    return await workspace.with(mutation, async () => {
      for (const test of mutation.tests) {
        const verdict = await run(workspace.dir, test);
        if (verdict.kind === 'failed') return { verdict: 'caught', by: verdict.by, file: test.file };
        if (verdict.kind === 'broken') return { verdict: 'invalid', by: verdict.why, file: test.file };
      }
      return { verdict: 'survived', by: '', file: '' };
    });
  } catch (error) {
    if (error instanceof NotApplicable) return { verdict: 'invalid', by: error.message, file: '' };
    throw error;
  }
}

async function shareOut<T>(
  work: readonly T[],
  workspaces: readonly Workspace[],
  act: (one: T, workspace: Workspace) => Promise<void>,
): Promise<void> {
  const left = [...work];
  await Promise.all(
    workspaces.map(async (workspace) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next, workspace);
    }),
  );
}
