/**
 * Currencies and how many digits their minor unit has (ISO 4217).
 *
 * A kept list and not `Intl`: the data of `Intl` changes with the version of Node, follows usage and not the
 * standard (it says 0 for HUF and IQD), and an amount in a log must mean the same for ever. A
 * currency that is withdrawn stays in the list, because orders in it remain. Mails and pages ask this list too: `Intl`
 * writes an amount, and is told with how many digits.
 */
export type MinorDigits = 0 | 2 | 3;

const withTwo =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD ' +
  'EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD ' +
  'MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK ' +
  'SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG';
const withNone = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const withThree = 'BHD IQD JOD KWD LYD OMR TND';

const digitsByCurrency: ReadonlyMap<string, MinorDigits> = new Map([
  ...entries(withTwo, 2),
  ...entries(withNone, 0),
  ...entries(withThree, 3),
]);

/** The list for those who cannot call: pages find it in what they start with. */
export const minorDigitsByCurrency: Readonly<Record<string, MinorDigits>> = Object.fromEntries(digitsByCurrency);

export const currencies: readonly string[] = [...digitsByCurrency.keys()].sort();

export function isCurrency(value: unknown): value is string {
  return typeof value === 'string' && digitsByCurrency.has(value);
}

/** Null: not a currency. */
export function minorDigitsOf(currency: string): MinorDigits | null {
  return digitsByCurrency.get(currency) ?? null;
}

/** Three digits, of which cards take the last only as 0. */
const inTens: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);
/** Two digits in the standard, none in use. */
const inHundreds: ReadonlySet<string> = new Set(['MGA']);

/** What is paid is a whole number of these many minor units: card networks do not move less. */
export function payableStepOf(currency: string): number {
  if (inTens.has(currency)) return 10;
  return inHundreds.has(currency) ? 100 : 1;
}

/** `7.58` of 758 USD, `758` of 758 JPY: plain digits and a point, for files and sentences, by integers alone. */
export function decimalTextOf(amountMinor: number, currency: string): string {
  const digits = minorDigitsOf(currency) ?? 2;
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  const sign = amountMinor < 0 ? '-' : '';
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The other way round. Null: not an amount of this currency, such as one with a digit too many. */
export function minorOf(text: string, currency: string): number | null {
  const digits = minorDigitsOf(currency);
  const parts = /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text);
  if (digits === null || parts === null) return null;
  const [, sign, whole = '', fraction = ''] = parts;
  if (fraction.length > digits) return null;
  const amountMinor = Number(`${whole}${fraction.padEnd(digits, '0')}`);
  if (!Number.isSafeInteger(amountMinor)) return null;
  return sign === '-' && amountMinor !== 0 ? -amountMinor : amountMinor;
}

function entries(codes: string, digits: MinorDigits): readonly (readonly [string, MinorDigits])[] {
  return codes.split(' ').map((code) => [code, digits] as const);
}
