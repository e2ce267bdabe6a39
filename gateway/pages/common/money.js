/**
 * Amounts as people read and type them. How many digits a currency has is the server's to say: `Intl` follows usage
 * (0 for HUF) where amounts follow ISO 4217 (2), and an amount read otherwise is wrong by a hundred.
 */
import { readBoot } from './boot.js';

const { minorDigits } = readBoot();

/** @param {string} currency */
function digitsOf(currency) {
  return minorDigits[currency] ?? 2;
}

/** `Intl` is given the exact decimal and its digits: it formats, and neither counts nor divides.
 *  @param {number} amountMinor @param {string} currency */
export function money(amountMinor, currency) {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return format.format(/** @type {Intl.StringNumericLiteral} */ (decimalTextOf(amountMinor, currency)));
}

/** `7.58` of 758 USD: what a field of numbers takes.
 *  @param {number} amountMinor @param {string} currency */
export function decimalTextOf(amountMinor, currency) {
  const digits = digitsOf(currency);
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0');
  const sign = amountMinor < 0 ? '-' : '';
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** The other way round, of what somebody typed: `.5` and `0.500` are 50 of USD. Null: not an amount of this currency,
 *  such as one with a digit too many.
 *  @param {string} typed @param {string} currency @returns {number | null} */
export function minorOf(typed, currency) {
  const digits = minorDigits[currency];
  const parts = /^(?=\.?\d)(\d{0,15})(?:\.(\d{0,15}))?$/.exec(typed);
  if (digits === undefined || parts === null) return null;
  const [, whole = '', fraction = ''] = parts;
  const significant = fraction.replace(/0+$/, '');
  if (significant.length > digits) return null;
  const amountMinor = Number(`${whole}${significant.padEnd(digits, '0')}`);
  return Number.isSafeInteger(amountMinor) ? amountMinor : null;
}

/** What several things come to: one sum for each of their currencies, which a store that changed its own has two of.
 *  @param {readonly import('../../client/onhand-client.js').Money[]} amounts */
export function totalText(amounts) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { amountMinor, currency } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + amountMinor);
  return [...sums].map(([currency, sum]) => money(sum, currency)).join(' + ');
}
