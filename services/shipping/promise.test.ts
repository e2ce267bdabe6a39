/** Delivery promises: decision tables for D1 to D5, and laws that hold for any method. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShippingMethod, Warehouse } from './port.ts';
import { promiseOf, promiseText, togetherOf } from './promise.ts';
import { everyDay, method, warehouse, weekdays } from './test-kit.ts';

const utc = (text: string) => Date.parse(`${text}Z`);
const iso = (at: number) => new Date(at).toISOString().slice(0, 16);

/** 20 November 2026 is a Friday. */
function promise(at: string, more: Partial<ShippingMethod> = {}, house: Partial<Warehouse> = {}, timeZone = 'UTC') {
  return promiseOf(method('m', 'z', more), { timeZone }, warehouse('main', house), utc(at));
}

describe('D1 to D3 the days', () => {
  it.each([
    ['before the cut-off', '2026-11-18T13:59', {}, {}, '2026-11-18', '2026-11-19T21:00'],
    ['at the cut-off', '2026-11-18T14:00', {}, {}, '2026-11-19', '2026-11-20T21:00'],
    ['Friday after the cut-off', '2026-11-20T15:00', {}, {}, '2026-11-23', '2026-11-24T21:00'],
    ['on Saturday', '2026-11-21T09:00', {}, {}, '2026-11-23', '2026-11-24T21:00'],
    ['on Saturday where they work', '2026-11-21T09:00', {}, { workingWeekdays: everyDay }, '2026-11-21', '2026-11-22T21:00'],
    ['on a day that is closed', '2026-12-25T09:00', {}, { closedOn: ['2026-12-25', '2026-12-28'] }, '2026-12-29', '2026-12-30T21:00'],
    ['handling over a week-end', '2026-11-20T09:00', { handlingDays: 2 }, {}, '2026-11-24', '2026-11-25T21:00'],
    ['transit counts the days of the carrier', '2026-11-20T09:00', { deliveryWeekdays: weekdays }, {}, '2026-11-20', '2026-11-23T21:00'],
    [
      'two to five days',
      '2026-11-16T09:00',
      { transitDaysMin: 2, transitDaysMax: 5, deliveryWeekdays: weekdays },
      {},
      '2026-11-16',
      '2026-11-23T21:00',
    ],
    ['the same day', '2026-11-18T09:00', { transitDaysMin: 0, transitDaysMax: 0 }, {}, '2026-11-18', '2026-11-18T21:00'],
    [
      'the same day, but handed over after the last round',
      '2026-11-18T09:00',
      { transitDaysMin: 0, transitDaysMax: 0, cutOffMinute: 20 * 60, deliverByMinute: 19 * 60 },
      {},
      '2026-11-18',
      '2026-11-19T19:00',
    ],
  ])('%s', (_what, at, more, house, handedOverOn, deliverBy) => {
    const result = promise(at, more, house);
    expect([result.handedOverOn, iso(result.deliverBy)]).toEqual([handedOverOn, deliverBy]);
  });

  it('the window begins with the first day of transit, and not before it is handed over', () => {
    expect(iso(promise('2026-11-16T09:00', { transitDaysMin: 2, transitDaysMax: 5 }).deliverFrom)).toBe('2026-11-18T00:00');
    expect(iso(promise('2026-11-16T09:00', { transitDaysMin: 0 }).deliverFrom)).toBe('2026-11-16T14:00');
  });
});

describe('D4 two clocks', () => {
  const seattle = { timeZone: 'America/Los_Angeles' };

  it('ordered in Seattle before two, at the door tomorrow by nine in the evening there', () => {
    const at = '2026-11-18T21:59'; // 13:59 in Seattle
    const result = promise(at, {}, seattle, 'America/Los_Angeles');
    expect(iso(result.deliverBy)).toBe('2026-11-20T05:00'); // 21:00 on the 19th
    expect(promiseText(result.deliverBy, utc(at), 'America/Los_Angeles')).toBe('tomorrow by 21:00');
  });

  it('on the night the clocks change, nine in the evening is still nine in the evening', () => {
    const result = promise('2026-03-28T12:00', {}, { timeZone: 'Europe/Berlin', workingWeekdays: everyDay }, 'Europe/Berlin');
    expect(iso(result.deliverBy)).toBe('2026-03-29T19:00');
  });

  it('what is handed over in Los Angeles is already in tomorrow in Tokyo', () => {
    const result = promise('2026-11-18T18:00', { transitDaysMin: 0, transitDaysMax: 0 }, seattle, 'Asia/Tokyo');
    expect(iso(result.deliverBy)).toBe('2026-11-19T12:00'); // 21:00 on the 19th in Tokyo
  });

  it.each([
    ['2026-11-18T12:00', 'today by 21:00'],
    ['2026-11-17T12:00', 'tomorrow by 21:00'],
    ['2026-11-16T12:00', 'Wednesday 18 November by 21:00'],
  ])('seen on %s it reads %s', (at, text) => {
    expect(promiseText(utc('2026-11-18T21:00'), utc(at), 'UTC')).toBe(text);
  });
});

it('D5 several parcels are there when the last one is', () => {
  const [soon, late] = [promise('2026-11-18T09:00'), promise('2026-11-18T09:00', { handlingDays: 3 })];
  expect(togetherOf([late, soon])).toEqual(togetherOf([soon, late]));
  expect(togetherOf([late, soon]).deliverBy).toBe(late.deliverBy);
});

describe('for any method, warehouse and instant', () => {
  const zones = fc.constantFrom('UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Europe/Berlin', 'Pacific/Kiritimati', 'Pacific/Pago_Pago');
  const someDays = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  const anything = fc.record({
    at: fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2028-01-01T00:00') }),
    laterMs: fc.integer({ min: 0, max: 3 * 86_400_000 }),
    timeZone: zones,
    house: fc.record({ timeZone: zones, workingWeekdays: someDays }),
    more: fc
      .record({
        cutOffMinute: fc.integer({ min: 0, max: 1440 }),
        handlingDays: fc.nat(3),
        transitDaysMin: fc.nat(3),
        more: fc.nat(3),
        deliveryWeekdays: someDays,
        deliverByMinute: fc.integer({ min: 1, max: 1439 }),
      })
      .map(({ more, ...rest }) => ({ ...rest, transitDaysMax: rest.transitDaysMin + more })),
  });

  it('a promise is in the future and ends after it begins; later orders are not promised earlier (D4)', () => {
    fc.assert(
      fc.property(anything, ({ at, laterMs, timeZone, house, more }) => {
        const ask = (when: number) => promiseOf(method('m', 'z', more), { timeZone }, warehouse('main', house), when);
        const [now, later] = [ask(at), ask(at + laterMs)];
        expect(now.deliverFrom).toBeGreaterThanOrEqual(at);
        expect(now.deliverBy).toBeGreaterThan(now.deliverFrom - 1);
        expect(later.deliverBy).toBeGreaterThanOrEqual(now.deliverBy);
      }),
      { numRuns: 500 },
    );
  });
});
