/**
 * Of a history that no order explains, what a person has to look at: as few answers as already contradict each other.
 *
 * M1. Only answers are forgotten, never operations: to forget what was heard allows more orders, so what is left is
 *     still a contradiction of the whole history.
 */
import { checkLinearizable, type Model, type Operation } from './check.ts';

const stepsMaxDefault = 20_000;

/** The operations whose answers contradict each other, by their calls. */
export function smallestContradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  stepsMax = stepsMaxDefault,
): readonly Operation<Input, Output>[] {
  const contradicts = (operations: readonly Operation<Input, Output>[]): boolean =>
    checkLinearizable(model, operations, stepsMax).kind === 'not_linearizable';
  let left = [...history].sort((one, other) => one.calledAt - other.calledAt);
  if (!contradicts(left)) return left;
  // What came last first: a contradiction is complete as soon as its last answer is there.
  const latestFirst = left.map((_, index) => index).sort((one, other) => left[other]!.returnedAt - left[one]!.returnedAt);
  for (let atOnce = Math.ceil(left.length / 2); atOnce >= 1; atOnce = atOnce === 1 ? 0 : Math.ceil(atOnce / 2)) {
    for (let from = 0; from < latestFirst.length; from += atOnce) {
      const fewer = forget(left, new Set(latestFirst.slice(from, from + atOnce))); // M1
      if (contradicts(fewer)) left = fewer;
    }
  }
  return left.filter(({ output }) => output !== undefined);
}

function forget<Input, Output>(operations: readonly Operation<Input, Output>[], which: ReadonlySet<number>): Operation<Input, Output>[] {
  return operations.map((operation, index) => (which.has(index) ? { ...operation, output: undefined } : operation));
}

/** For people, oldest first; `calledAt` and `returnedAt` in ms after the first call. */
export function historyText(operations: readonly Operation<unknown, unknown>[]): string[] {
  const from = Math.min(...operations.map(({ calledAt }) => calledAt));
  const at = (ms: number): string => (ms - from).toFixed(3);
  return operations.map(
    ({ input, output, calledAt, returnedAt }) =>
      `${at(calledAt)} to ${at(returnedAt)} ms: ${JSON.stringify(input)} → ${JSON.stringify(output)}`,
  );
}
