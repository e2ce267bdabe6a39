/** How answers look: JSON bodies, problems, and the headers that belong to them. Pure. */
import { type ProblemCode, outsideOf, problems } from '../problems.ts';
import type { Answer } from '../transport/port.ts';

/** An answer whose headers may still grow on its way out. */
export interface OpenAnswer extends Answer {
  readonly headers: string[];
  /** What it was counted as; absent = success. */
  readonly code?: ProblemCode;
}

export function jsonAnswer(status: number, value: unknown): OpenAnswer {
  return jsonTextAnswer(status, JSON.stringify(value));
}

export function jsonTextAnswer(status: number, text: string): OpenAnswer {
  return { status, headers: ['content-type', 'application/json'], body: text };
}

export function textAnswer(status: number, contentType: string, text: string): OpenAnswer {
  return { status, headers: ['content-type', contentType], body: text };
}

export interface FieldError {
  /** JSON pointer into the body, or the name of the query parameter. */
  readonly pointer: string;
  readonly detail: string;
}

export interface ProblemMore {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly retryAfterMs?: number;
  readonly allow?: readonly string[];
  /** Fields of the code's own, such as `available`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A retryable problem without a better estimate is worth another try after this. */
const retryAfterDefaultMs = 1_000;

export function problemAnswer(inside: ProblemCode, more: ProblemMore = {}): OpenAnswer {
  const code = outsideOf(inside);
  const { status } = problems[code];
  const answer: OpenAnswer = { status, headers: ['content-type', 'application/problem+json'], body: problemText(code, more), code };
  const retryAfterMs = more.retryAfterMs ?? (status === 503 ? retryAfterDefaultMs : undefined);
  if (retryAfterMs !== undefined) answer.headers.push('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  if (more.allow !== undefined) answer.headers.push('allow', more.allow.join(', '));
  if (status === 401) answer.headers.push('www-authenticate', 'Bearer');
  return answer;
}

/** By code, where there is nothing more to say: thousands who are told to come again are told the same. */
const plainTexts = new Map<ProblemCode, string>();

function problemText(code: ProblemCode, { detail, errors, fields }: ProblemMore): string {
  if (detail !== undefined || errors !== undefined || fields !== undefined) return textOf(code, { detail, errors, ...fields });
  const known = plainTexts.get(code) ?? textOf(code, {});
  plainTexts.set(code, known);
  return known;
}

function textOf(code: ProblemCode, more: Readonly<Record<string, unknown>>): string {
  const { status, title } = problems[code];
  return JSON.stringify({ type: `/docs/problems#${code}`, title, status, code, ...more }); // what is undefined is not said
}
