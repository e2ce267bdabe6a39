/**
 * From bytes to a JSON value, refusing what would hurt before it is parsed.
 *
 * J1. Depth is counted over the raw bytes, without recursion, before `JSON.parse` sees them.
 */
import { isUtf8 } from 'node:buffer';
import type { ProblemCode } from '../problems.ts';

export type ParsedBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: ProblemCode };

/** Nothing was sent. */
export const noBody: ParsedBody = { ok: true, value: undefined };

export function parseJsonBody(bytes: Buffer, depthMax: number): ParsedBody {
  if (!isUtf8(bytes)) return { ok: false, problem: 'utf8_invalid' };
  if (isDeeperThan(bytes, depthMax)) return { ok: false, problem: 'json_too_deep' }; // J1
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { ok: false, problem: 'json_malformed' };
  }
}

const quote = 0x22;
const backslash = 0x5c;

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
