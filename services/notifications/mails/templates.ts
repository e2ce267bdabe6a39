/**
 * What mails say: the built-in words, and how a store's own are filled in. Pure.
 *
 * T1. `{{name}}` is replaced by the value of that name; an unknown name by nothing. Values are text and never read as
 *     a template again.
 * T2. HTML is made from the text: every value and every word is escaped, so that nothing a buyer or merchant writes
 *     can become markup.
 * T3. A subject is one line: line breaks in it become blanks, so that no header can be added.
 */
import { decimalTextOf, type Json, minorDigitsOf } from '../../../actors/kernel/index.ts';
import type { FeedEvent } from '../feed/port.ts';
import type { Template } from './port.ts';

/** By type of event. Types without a template make no mail. */
export const builtInTemplates: Readonly<Record<string, Template>> = {
  'order.confirmed': {
    subject: 'Your order {{number}} is confirmed',
    text: 'Hello {{name}},\n\nthank you for your order {{number}}.\n\n{{lines}}\n\nTotal: {{total}}\n\nWe will write again when it is on its way.',
  },
  'order.shipped': {
    subject: 'Your order {{number}} is on its way',
    text: 'Hello {{name}},\n\nthis has been sent to you:\n\n{{shipped}}\n\n{{tracking}}',
  },
  'order.delivered': {
    subject: 'Your order {{number}} has arrived',
    text: 'Hello {{name}},\n\nyour order {{number}} has arrived. If something is wrong with it, you can send it back.',
  },
  'order.canceled': {
    subject: 'Your order {{number}} is canceled',
    text: 'Hello {{name}},\n\nyour order is canceled. What was paid comes back to you.',
  },
  'order.refunded': {
    subject: 'Money back for your order {{number}}',
    text: 'Hello {{name}},\n\n{{refund}} of your order {{number}} is on its way back to you.',
  },
};

export interface Filled {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export function fill(template: Template, values: Readonly<Record<string, string>>): Filled {
  const filled = (text: string): string => text.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_all, name: string) => values[name] ?? ''); // T1
  const text = filled(template.text);
  return {
    subject: cut(
      filled(template.subject)
        .replaceAll(/[\r\n]+/g, ' ')
        .trim(),
    ),
    text,
    html: htmlOf(text),
  }; // T3
}

const subjectLengthMax = 200;

/** A character is never halved: half of one can be sent to nobody, nor kept. */
function cut(subject: string): string {
  return subject.slice(0, subjectLengthMax).replace(/\p{Surrogate}$/u, '');
}

function htmlOf(text: string): string {
  const paragraphs = text.split(/\n{2,}/).map((part) => `<p>${escaped(part).replaceAll('\n', '<br>')}</p>`);
  return `<!doctype html><html><body>${paragraphs.join('')}</body></html>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

/** What an event's `data` may say, as far as mails use it: the order as it was, and the event itself. */
export interface MailData {
  readonly email?: string | null;
  readonly name?: string | null;
  readonly number?: number | null;
  readonly currency?: string | null;
  readonly totalMinor?: number | null;
  readonly items?: readonly {
    readonly title?: string | null;
    readonly sku: string;
    readonly quantity: number;
    readonly totalMinor?: number;
  }[];
  readonly event?: {
    readonly amountMinor?: number;
    readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
    readonly tracking?: { readonly carrier: string; readonly number: string; readonly url: string | null } | null;
  };
}

export function dataOf(event: FeedEvent): MailData {
  const data: Json = event.data;
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as MailData) : {};
}

export function valuesOf(data: MailData): Record<string, string> {
  const money = (minor: number | null | undefined): string =>
    minor === null || minor === undefined ? '' : moneyText(minor, data.currency ?? 'USD');
  return {
    name: data.name ?? '',
    number: data.number === null || data.number === undefined ? '' : String(data.number),
    total: money(data.totalMinor),
    refund: money(data.event?.amountMinor),
    lines: (data.items ?? [])
      .map((line) => `${line.quantity} × ${line.title ?? line.sku}   ${money(line.totalMinor)}`.trimEnd())
      .join('\n'),
    shipped: (data.event?.lines ?? []).map(({ sku, quantity }) => `${quantity} × ${sku}`).join('\n'),
    tracking: trackingText(data.event?.tracking),
  };
}

function trackingText(tracking: NonNullable<MailData['event']>['tracking']): string {
  if (tracking === null || tracking === undefined) return '';
  const { carrier, number, url } = tracking;
  return `Follow it: ${carrier} ${number}${url === null ? '' : `\n${url}`}`;
}

/** In the words of one language: mails are sent before anybody knows which one the reader has. */
export function moneyText(minor: number, currency: string): string {
  return moneyFormatOf(currency).format(decimalTextOf(minor, currency) as Intl.StringNumericLiteral);
}

/** Making one takes longer than writing a mail with it. */
const moneyFormats = new Map<string, Intl.NumberFormat>();
/** There are some three hundred currencies; `Intl` takes any three letters. */
const moneyFormatsMax = 500;

/** With our digits: left to itself, `Intl` follows usage and writes 10,000 HUF as 1,000,000. */
function moneyFormatOf(currency: string): Intl.NumberFormat {
  const known = moneyFormats.get(currency);
  if (known !== undefined) return known;
  const digits = minorDigitsOf(currency) ?? 2;
  const made = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  if (moneyFormats.size >= moneyFormatsMax) moneyFormats.clear();
  moneyFormats.set(currency, made);
  return made;
}
