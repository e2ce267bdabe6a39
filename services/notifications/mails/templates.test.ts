import { expect, test } from 'vitest';
import { currencies, decimalTextOf } from '../../../actors/kernel/index.ts';
import { builtInTemplates, fill, moneyText, valuesOf } from './templates.ts';

test('values go where their names stand; unknown names leave nothing (T1)', () => {
  expect(fill({ subject: '{{a}} and {{ b }}{{c}}', text: '{{a}}{{nobody}}' }, { a: 'A', b: 'B', c: '{{a}}' })).toEqual({
    subject: 'A and B{{a}}',
    text: 'A',
    html: '<!doctype html><html><body><p>A</p></body></html>',
  });
});

test('nothing that somebody writes becomes markup (T2) or a header (T3)', () => {
  const { html, subject } = fill(
    { subject: 'Hi {{name}}', text: 'Hi {{name}}\n<b>you</b>\n\nbye' },
    { name: '<script>"x"&\r\nBcc: all@shop.example' },
  );
  expect(html).toBe(
    '<!doctype html><html><body><p>Hi &lt;script&gt;&quot;x&quot;&amp;\r<br>Bcc: all@shop.example<br>&lt;b&gt;you&lt;/b&gt;</p><p>bye</p></body></html>',
  );
  expect(subject).toBe('Hi <script>"x"& Bcc: all@shop.example');
});

test.each([
  [75_864, 'USD', '$758.64'],
  [5, 'EUR', '€0.05'],
  [1_200, 'JPY', '¥1,200'],
  [1_234, 'KWD', 'KWD\u00a01.234'],
  [1_000_000, 'HUF', 'HUF\u00a010,000.00'],
  [1_000_000, 'IQD', 'IQD\u00a01,000.000'],
  [Number.MAX_SAFE_INTEGER, 'USD', '$90,071,992,547,409.91'],
])('%i of %s is written %s, the first time and again', (minor, currency, text) => {
  expect(moneyText(minor, currency)).toBe(text);
  expect(moneyText(minor, currency)).toBe(text);
});

test.each(currencies)('%s is written with the digits that its minor unit has', (currency) => {
  for (const minor of [0, 1, 99, 1_234_567]) {
    const [number] = /\d(?:.*\d)?/.exec(moneyText(minor, currency)) ?? [];
    expect(number?.replaceAll(',', '')).toBe(decimalTextOf(minor, currency));
  }
});

test('a confirmation says what was bought and what it costs', () => {
  const values = valuesOf({
    name: 'Ada',
    number: 7,
    currency: 'USD',
    totalMinor: 75_864,
    items: [
      { sku: 'A', title: 'Camera', quantity: 2, totalMinor: 69_600 },
      { sku: 'B', quantity: 1 },
    ],
  });
  expect(fill(builtInTemplates['order.confirmed']!, values).text).toBe(
    'Hello Ada,\n\nthank you for your order 7.\n\n2 × Camera   $696.00\n1 × B\n\nTotal: $758.64\n\nWe will write again when it is on its way.',
  );
});
