/** Seeded values and texts that programs are known to trip over. The same seed gives the same. */
import { type Random } from '../../../load-tests/random.ts';

export function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.between(0, values.length - 1)]!;
}

export function bytesOf(random: Random, lengthMax: number): Buffer {
  return Buffer.from(Array.from({ length: random.between(0, lengthMax) }, () => random.between(0, 255)));
}

const awkwardNumbers: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1',
  '1.5',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '2147483648',
  '0x10',
  'NaN',
  '01',
];
const awkwardTexts: readonly string[] = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  "' or 1=1 --",
  '\\u0000',
  '\\ud800',
  '\\udfff\\ud800',
  '\\u202e',
  '💥',
  'ﷺ',
  '%s%n',
  '{{7*7}}',
  '<script>',
  'a/b',
  'a.>',
];
const fields: readonly string[] = [
  'sku',
  'quantity',
  'ttlSeconds',
  'lines',
  'location',
  'delta',
  'reason',
  'onHand',
  'holdId',
  'sale',
  'items',
  'settings',
  'policy',
  'safetyStock',
  'name',
  'rank',
  '__proto__',
  'constructor',
];

/** Text that is JSON, or nearly. */
export function jsonText(random: Random, depth = 0): string {
  if (depth === 0 && random.chance(0.05)) return '['.repeat(random.between(1, 5_000));
  if (depth === 0 && random.chance(0.05)) return `${'{"a":'.repeat(random.between(10, 30))}1${'}'.repeat(random.between(10, 30))}`;
  const kind = random.between(0, depth > 4 ? 4 : 8);
  if (kind === 0) return oneOf(random, awkwardNumbers);
  if (kind === 1) return `"${oneOf(random, awkwardTexts)}"`;
  if (kind === 2) return oneOf(random, ['null', 'true', 'false', 'undefined', '']);
  if (kind === 3) return `"${'x'.repeat(random.between(0, 300))}"`;
  if (kind === 4) return String(random.between(-5, 1_000_001));
  if (kind === 5) return `[${Array.from({ length: random.between(0, 4) }, () => jsonText(random, depth + 1)).join(',')}]`;
  const entry = (): string =>
    `"${random.chance(0.85) ? oneOf(random, fields) : oneOf(random, awkwardTexts)}":${jsonText(random, depth + 1)}`;
  return `{${Array.from({ length: random.between(0, 5) }, entry).join(',')}}`;
}

/** Bytes for a body: JSON, JSON that was cut, changed or is no UTF-8, or anything. */
export function bodyBytes(random: Random): Buffer {
  const text = Buffer.from(jsonText(random));
  switch (random.between(0, 9)) {
    case 0:
      return text.subarray(0, random.between(0, text.length));
    case 1:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text]);
    case 2:
      return Buffer.concat([text, oneOf(random, [Buffer.from([0xff]), Buffer.from([0xc0, 0xaf]), Buffer.from([0xed, 0xa0, 0x80])])]);
    case 3:
      return bytesOf(random, 64);
    default:
      return text;
  }
}
