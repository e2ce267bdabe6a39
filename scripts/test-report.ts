/**
 * What vitest's JSON report says, as counts and as the names of what failed: in CI often only the end of a long output is
 * read, and "1 failed" alone tells nobody where to look.
 */

/** The part that is read of vitest's JSON report (https://vitest.dev/guide/reporters#json-reporter). */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** A line for each test, or file, that failed: where, its name, and the first line of why. */
  readonly failures: readonly string[];
}

/** @param exitCode how vitest ended: not 0 is a failure even where no test is one, as an error outside of all tests. */
export function readTestReport(text: string, exitCode: number | null, projectDir: string): TestCounts {
  const report = JSON.parse(text) as Report;
  const failures = report.testResults.flatMap((file) => {
    const path = file.name.replace(`${projectDir}/`, '');
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length > 0) return failed.map((one) => `${path}: ${one.fullName}: ${firstLine(one.failureMessages?.[0])}`);
    return file.status === 'failed' ? [`${path}: ${firstLine(file.message)}`] : [];
  });
  const failed = exitCode === 0 ? report.numFailedTests : Math.max(1, report.numFailedTests);
  if (failed > 0 && failures.length === 0) failures.push('an error outside of the tests: see above');
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests, failures };
}

function firstLine(message: string | undefined): string {
  return (message ?? '').split('\n', 1)[0]?.slice(0, 300) ?? '';
}
