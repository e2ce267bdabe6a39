/** Finds where two JSON values differ, and says it in few words. */
import type { Json } from '../../actors/kernel/index.ts';

export interface JsonDifference {
  /** Such as `levels.main.onHand`; empty for the whole value. */
  readonly path: string;
  readonly left: Json;
  readonly right: Json;
}

/** The innermost differences, at most `max`. Absent and null are the same. */
export function differencesOf(left: Json | undefined, right: Json | undefined, max = 20): JsonDifference[] {
  const found: JsonDifference[] = [];
  collect(left ?? null, right ?? null, '', found, max);
  return found;
}

function collect(left: Json, right: Json, path: string, found: JsonDifference[], max: number): void {
  if (found.length >= max || Object.is(left, right)) return;
  if (!isContainer(left) || !isContainer(right) || Array.isArray(left) !== Array.isArray(right)) {
    found.push({ path, left, right });
    return;
  }
  const a = left as Readonly<Record<string, Json>>;
  const b = right as Readonly<Record<string, Json>>;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    collect(a[key] ?? null, b[key] ?? null, path === '' ? key : `${path}.${key}`, found, max);
  }
}

function isContainer(value: Json): boolean {
  return value !== null && typeof value === 'object';
}
