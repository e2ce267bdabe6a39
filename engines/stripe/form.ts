/**
 * Bodies and queries as Stripe takes them: `application/x-www-form-urlencoded` with brackets for nesting,
 * `metadata[order]=1`, `payment_method_types[0]=card`, `expand[]=latest_charge`.
 *
 * F1. Bounded: depth and number of fields have a maximum; more is `null`, which the server answers with a 400.
 * F2. Names such as `__proto__` are names like others: objects have no prototype.
 */
export type FormValue = string | readonly FormValue[] | FormFields;
export interface FormFields {
  readonly [name: string]: FormValue;
}

type Draft = { [name: string]: string | readonly FormValue[] | Draft };

const depthMax = 5;
const fieldsMax = 1_000;

/** Null: not a form that could be meant. */
export function parseForm(text: string): FormFields | null {
  const fields = emptyDraft();
  if (text === '') return fields;
  const pairs = text.split('&');
  if (pairs.length > fieldsMax) return null; // F1
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = decode(at < 0 ? '' : pair.slice(at + 1));
    if (name === null || value === null || !put(fields, name, value)) return null;
  }
  makeArrays(fields);
  return fields;
}

function decode(text: string): string | null {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function put(fields: Draft, name: string, value: string): boolean {
  if (name !== '' && !name.includes('[')) {
    fields[name] = value;
    return true;
  }
  const path = pathOf(name);
  if (path === null || path.length > depthMax) return false; // F1
  let into = fields;
  for (const step of path.slice(0, -1)) {
    const next = into[step] ?? emptyDraft();
    if (typeof next === 'string' || isArray(next)) return false;
    into[step] = next;
    into = next;
  }
  const last = path.at(-1) as string;
  into[last === '' ? String(Object.keys(into).length) : last] = value;
  return true;
}

/** `a[b][]` → a, b, ''. */
function pathOf(name: string): readonly string[] | null {
  const at = name.indexOf('[');
  if (at < 0) return name === '' ? null : [name];
  if (at === 0 || !name.endsWith(']')) return null;
  return [name.slice(0, at), ...name.slice(at + 1, -1).split('][')];
}

/** What has the names 0, 1, 2 … and no others is an array. */
function makeArrays(fields: Draft): void {
  for (const name in fields) {
    const inner = fields[name] as Draft[string];
    if (typeof inner === 'string' || isArray(inner)) continue;
    makeArrays(inner);
    const names = Object.keys(inner);
    if (names.length > 0 && names.every((one, index) => one === String(index))) fields[name] = Object.values(inner);
  }
}

function isArray(value: Draft[string]): value is readonly FormValue[] {
  return Array.isArray(value);
}

/** F2. */
function emptyDraft(): Draft {
  return Object.create(null) as Draft;
}

export function textOf(fields: FormFields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

export function fieldsOf(fields: FormFields, name: string): FormFields | null {
  const value = fields[name];
  return value !== undefined && typeof value !== 'string' && !Array.isArray(value) ? (value as FormFields) : null;
}

/** A flat map of texts, as metadata is. An empty text takes a name away, as with Stripe. */
export function textsOf(fields: FormFields, name: string): Readonly<Record<string, string>> {
  const inner = fieldsOf(fields, name) ?? {};
  return Object.fromEntries(
    Object.entries(inner).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== ''),
  );
}
