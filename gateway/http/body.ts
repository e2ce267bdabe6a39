/**
 * From bytes to a JSON value, refusing what would hurt before it is parsed.
 *
 * J1. Depth is counted over the raw bytes, without recursion, before `JSON.parse` sees them.
 * J2. Text that cannot be stored never gets in: no NUL, which Postgres refuses, and no half of a surrogate pair, which no
 *     UTF-8 can say. One such value in an event would stop the rows of its shard. Both can only be written as `\u…`.
 * J3. Plain text (ASCII, no escapes, not too deep), which nearly every body is, is found so in one look and spared the
 *     others: it is UTF-8, and says neither of J2.
 */
import { isUtf8 } from 'node:buffer';
import type { ProblemCode } from '../problems.ts';

export type ParsedBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: ProblemCode };

/** Nothing was sent. */
export const noBody: ParsedBody = { ok: true, value: undefined };

export function parseJsonBody(bytes: Buffer, depthMax: number): ParsedBody {
  return isPlainText(bytes, depthMax) ? parsed(bytes.toString('latin1')) : parseAnyBody(bytes, depthMax); // J3
}

/** What J3 is measured against. */
export function parseAnyBody(bytes: Buffer, depthMax: number): ParsedBody {
  if (!isUtf8(bytes)) return { ok: false, problem: 'utf8_invalid' };
  if (isDeeperThan(bytes, depthMax)) return { ok: false, problem: 'json_too_deep' }; // J1
  const body = parsed(bytes.toString('utf8'));
  if (body.ok && bytes.includes('\\u') && !isStorable(body.value)) return { ok: false, problem: 'utf8_invalid' }; // J2
  return body;
}

function parsed(text: string): ParsedBody {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false, problem: 'json_malformed' };
  }
}

/** Recursion is bounded by J1. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, field]) => isStorableText(name) && isStorable(field));
}

/** Read by whole characters, half of one is the only thing that is a surrogate. */
const unstorable = /\0|\p{Surrogate}/u;

function isStorableText(text: string): boolean {
  return !unstorable.test(text);
}

const quote = 0x22;
const backslash = 0x5c;

/** J3. Without escapes every quote begins or ends a string. */
function isPlainText(bytes: Uint8Array, depthMax: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte >= 0x80 || byte === backslash) return false;
    if (byte === quote) inString = !inString;
    else if (inString) continue;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return false;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return true;
}

/** Counts brackets outside of strings. Text that is not JSON may count anything: parsing refuses it. */
export function isDeeperThan(bytes: Uint8Array, depthMax: number): boolean {
  if (bytes.length <= depthMax) return false;
  let depth = 0;
  let inString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (inString) {
      if (byte === backslash) index++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
