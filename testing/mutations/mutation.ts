/** A small change that breaks one promise, and the tests that must notice. Data only: the runner is scripts/mutate.ts. */

export interface Mutation {
  /** Short, in kebab case; the name on the command line. */
  readonly name: string;
  /** The promise it breaks, by the number that the code cites. */
  readonly promise: string;
  /** In words, for the table. */
  readonly breaks: string;
  readonly file: string;
  /** Stands exactly once in the file: a mutation that does not apply any more is a defect of its own. */
  readonly find: string;
  readonly replace: string;
  /** Run one after the other, cheapest first, until one fails. */
  readonly tests: readonly TestFile[];
}

export interface TestFile {
  readonly project: 'unit' | 'pg' | 'nats' | 'sim';
  readonly file: string;
}

export const unit = (file: string): TestFile => ({ project: 'unit', file });
export const pg = (file: string): TestFile => ({ project: 'pg', file });
export const nats = (file: string): TestFile => ({ project: 'nats', file });
export const sim = (file: string): TestFile => ({ project: 'sim', file });
