import { expect, test } from 'vitest';
import { readTestReport } from './test-report.ts';

const projectDir = '/somewhere/project';

interface One {
  readonly status: string;
  readonly fullName: string;
  readonly failureMessages: readonly string[];
}

function reportOf(
  counts: { passed: number; failed: number },
  assertionResults: readonly One[],
  file = { status: 'failed', message: '' },
): string {
  return JSON.stringify({
    numPassedTests: counts.passed,
    numFailedTests: counts.failed,
    numPendingTests: 0,
    testResults: [{ name: `${projectDir}/actors/stock.test.ts`, ...file, assertionResults }],
  });
}

const good: One = { status: 'passed', fullName: 'sells', failureMessages: [] };
const bad: One = {
  status: 'failed',
  fullName: 'sells the last unit once',
  failureMessages: ['AssertionError: expected 2 to be 1\n    at stock.test.ts:7'],
};

test('a failed test is named: file, name, and the first line of why', () => {
  expect(readTestReport(reportOf({ passed: 1, failed: 1 }, [good, bad]), 1, projectDir)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 0,
    failures: ['actors/stock.test.ts: sells the last unit once: AssertionError: expected 2 to be 1'],
  });
});

test('a file that cannot be loaded is a failure, and named', () => {
  const text = reportOf({ passed: 0, failed: 0 }, [], { status: 'failed', message: "SyntaxError: Unexpected token '}'\nat x" });
  expect(readTestReport(text, 1, projectDir)).toMatchObject({
    failed: 1,
    failures: ["actors/stock.test.ts: SyntaxError: Unexpected token '}'"],
  });
});

test('an error outside of all tests is a failure that says where to look', () => {
  const text = reportOf({ passed: 1, failed: 0 }, [good], { status: 'passed', message: '' });
  expect(readTestReport(text, 1, projectDir)).toMatchObject({ failed: 1, failures: ['an error outside of the tests: see above'] });
});

test('a run without failures names none', () => {
  const text = reportOf({ passed: 1, failed: 0 }, [good], { status: 'passed', message: '' });
  expect(readTestReport(text, 0, projectDir)).toEqual({ passed: 1, failed: 0, skipped: 0, failures: [] });
});
