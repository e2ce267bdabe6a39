/** One call as the endpoints see it: who asks, with what, and when. */
import { type Answer, failed, wrongParameter } from './answer.ts';
import type { FormFields } from './form.ts';
import { fieldsOf, textOf } from './form.ts';
import type { Intent } from './objects.ts';
import type { World } from './world.ts';

export interface Surroundings {
  readonly world: World;
  /** Seconds since 1970, as Stripe counts. */
  nowSeconds(): number;
  /** `pi_…`, `re_…`; never the same twice, not even after a restart. */
  newId(prefix: string): string;
  pageOf(intent: Intent): string;
  /** Later, in the simulator's own time: a verdict that comes by webhook. */
  later(ms: number, act: () => void): void;
}

export interface Call extends Surroundings {
  /** '' is the platform itself. */
  readonly account: string;
  readonly fields: FormFields;
  /** What `:id` stood for in the path. */
  readonly id: string;
}

/** An amount as Stripe takes it: minor units, a whole number, at least 1, at most 99,999,999. */
export function amountOf(fields: FormFields, name: string): number | Answer | null {
  const text = textOf(fields, name);
  if (text === null) return null;
  if (!/^-?\d{1,12}$/.test(text)) return wrongParameter(name, `Invalid integer: ${text}`, 'parameter_invalid_integer');
  const amount = Number(text);
  if (amount < 1) return wrongParameter(name, 'This value must be greater than or equal to 1.', 'parameter_invalid_integer');
  if (amount > amountMax) return wrongParameter(name, 'Amount must be no more than 999,999.99.', 'amount_too_large');
  return amount;
}

const amountMax = 99_999_999;
const metadataFieldsMax = 50;
const metadataNameLengthMax = 40;
const metadataValueLengthMax = 500;

/** What Stripe refuses before it begins: parameters it does not know, and metadata beyond its limits. */
export function refuseUnknown(fields: FormFields, known: ReadonlySet<string>): Answer | null {
  const unknown = Object.keys(fields).find((name) => !known.has(name));
  if (unknown !== undefined) return wrongParameter(unknown, `Received unknown parameter: ${unknown}`, 'parameter_unknown');
  const metadata = Object.entries(fieldsOf(fields, 'metadata') ?? {});
  if (metadata.length > metadataFieldsMax) return wrongParameter('metadata', `Metadata can have up to ${metadataFieldsMax} keys.`);
  const long = metadata.find(([name, value]) => name.length > metadataNameLengthMax || String(value).length > metadataValueLengthMax);
  return long === undefined
    ? null
    : wrongParameter(`metadata[${long[0]}]`, 'Metadata names have up to 40 and values up to 500 characters.');
}

export function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

export function tooMany(what: string): Answer {
  return failed(429, 'rate_limit_error', `The simulator keeps no more ${what}.`, { code: 'rate_limit' });
}

/** Stripe's lists: newest first, `limit`, `starting_after`, `has_more`. */
export function listOf<Item extends { readonly id: string }>(
  call: Call,
  url: string,
  newestFirst: readonly Item[],
  show: (item: Item) => object,
): Answer {
  const limit = Number(textOf(call.fields, 'limit') ?? '10');
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return wrongParameter('limit', 'limit is between 1 and 100.');
  const after = textOf(call.fields, 'starting_after');
  const at = after === null ? -1 : newestFirst.findIndex(({ id }) => id === after);
  if (after !== null && at < 0) return wrongParameter('starting_after', `No such object: '${after}'`, 'resource_missing');
  const page = newestFirst.slice(at + 1, at + 1 + limit);
  const body = { object: 'list', url, has_more: at + 1 + limit < newestFirst.length, data: page.map(show) };
  return { status: 200, body, kept: false };
}
