/** zod's findings in the words of the problem catalogue. Pure. */
import type { ZodType } from 'zod';
import type { ProblemCode } from '../problems.ts';
import type { FieldError } from './answers.ts';

export type Validated<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: ProblemCode; readonly errors: readonly FieldError[] };

/** Findings shown at most: a body may have thousands of wrong lines. */
const errorsMax = 20;

export function validate<Value>(schema: ZodType<Value>, value: unknown): Validated<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const { issues } = result.error;
  // Quantities have a code of their own, the one actors use, so that a client needs to know only one.
  const aboutQuantity = issues.every((issue) => issue.path.at(-1) === 'quantity');
  const errors = issues.slice(0, errorsMax).map((issue) => ({ pointer: pointerOf(issue.path), detail: issue.message }));
  return { ok: false, problem: aboutQuantity ? 'quantity_invalid' : 'validation_failed', errors };
}

/** RFC 6901. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
