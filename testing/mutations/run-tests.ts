/** Runs one test file in a copy of the project and says what it found. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestFile } from './mutation.ts';

export type TestVerdict =
  | { readonly kind: 'passed' }
  /** `by`: the title of the first test that failed. */
  | { readonly kind: 'failed'; readonly by: string }
  /** It did not come to testing: a file that cannot be loaded proves nothing about the tests. */
  | { readonly kind: 'broken'; readonly why: string };

export interface VitestReport {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const withinMs = 480_000;

export async function runTestFile(dir: string, { project, file }: TestFile): Promise<TestVerdict> {
  const reportFile = join(dir, 'mutant-report.json');
  rmSync(reportFile, { force: true });
  const flags = ['run', '--project', project, file, '--bail', '1', '--reporter=json', `--outputFile=${reportFile}`];
  const ended = await runVitest(dir, flags);
  if (ended === 'late') return { kind: 'failed', by: `${file} did not end within ${withinMs / 1000} s` };
  if (!existsSync(reportFile)) return { kind: 'broken', why: `${file} could not be run` };
  return judge(JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport, file);
}

export function judge(report: VitestReport, file: string): TestVerdict {
  const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults).find(({ status }) => status === 'failed');
  if (failed !== undefined) return { kind: 'failed', by: failed.fullName };
  const message = report.testResults.find((result) => (result.message ?? '') !== '')?.message;
  if (message !== undefined) return { kind: 'broken', why: `${file}: ${message.split('\n')[0]}` };
  return report.numTotalTests > 0 ? { kind: 'passed' } : { kind: 'broken', why: `${file} holds no test` };
}

function runVitest(dir: string, flags: readonly string[]): Promise<'ended' | 'late'> {
  return new Promise((resolve) => {
    const child = spawn(join(dir, 'node_modules/.bin/vitest'), flags, { cwd: dir, stdio: 'ignore', detached: true });
    // Its workers too: a mutant may turn in a circle and hear nothing any more.
    const late = setTimeout(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      resolve('late');
    }, withinMs);
    child.once('close', () => {
      clearTimeout(late);
      resolve('ended');
    });
    child.once('error', () => resolve('ended'));
  });
}
