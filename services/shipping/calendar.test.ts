/** Local time by Intl: clocks that change, days that are skipped. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { daysBetween, instantOf, isDate, isTimeZone, localTimeByIntl, localTimeOf, plusDays, weekdayOf } from './calendar.ts';

const utc = (text: string) => Date.parse(`${text}Z`);

describe('the local time of an instant', () => {
  it.each([
    ['2026-03-01T23:30', 'Europe/Berlin', '2026-03-02', 30],
    ['2026-03-01T00:00', 'America/Los_Angeles', '2026-02-28', 960],
    ['2026-03-01T00:00', 'Asia/Kathmandu', '2026-03-01', 345],
    ['2026-03-01T00:00', 'UTC', '2026-03-01', 0],
    ['2026-03-01T00:00', 'Pacific/Kiritimati', '2026-03-01', 840],
  ])('%s UTC in %s is %s, minute %i', (text, timeZone, date, minute) => {
    expect(localTimeOf(utc(text), timeZone)).toEqual({ date, minute });
    expect(instantOf({ date, minute }, timeZone)).toBe(utc(text));
  });
});

describe('C2 what is remembered of a zone', () => {
  // Monrovia was 44 minutes and 30 seconds behind until 1972; the others change their clocks, by an hour or half of one
  const zones = [
    'Europe/Berlin',
    'Africa/Monrovia',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'UTC',
  ];

  it('is what Intl says, for any instant, known or not', () => {
    const instants = fc.integer({ min: utc('1965-01-01T00:00'), max: utc('2045-01-01T00:00') });
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), fc.nat(900_000), (at, timeZone, laterMs) => {
        expect(localTimeOf(at, timeZone)).toEqual(localTimeByIntl(at, timeZone));
        expect(localTimeOf(at + laterMs, timeZone)).toEqual(localTimeByIntl(at + laterMs, timeZone));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is what Intl says on every minute around each change of the clock, whatever was asked before', () => {
    for (const [from, timeZone] of [
      ['2026-03-29T00:00', 'Europe/Berlin'],
      ['2026-10-25T00:00', 'Europe/Berlin'],
      ['2026-04-04T14:00', 'Australia/Lord_Howe'],
      ['1972-01-07T00:00', 'Africa/Monrovia'],
      ['1999-12-31T23:00', 'Asia/Kathmandu'],
    ] as const) {
      for (let at = utc(from); at < utc(from) + 2 * 3_600_000; at += 29_999)
        expect(localTimeOf(at, timeZone)).toEqual(localTimeByIntl(at, timeZone));
    }
  });

  it('ends with years of four digits, and begins after 1970', () => {
    for (const at of [-1, 0, 86_399_999, 86_400_000, Date.UTC(9999, 11, 31, 23), Date.UTC(10_000, 1, 1)])
      expect(localTimeOf(at, 'Pacific/Kiritimati')).toEqual(localTimeByIntl(at, 'Pacific/Kiritimati'));
    expect(() => localTimeOf(utc('2026-03-01T00:00'), 'Mars/Olympus')).toThrow(RangeError);
  });
});

describe('C1 the instant of a local time', () => {
  it.each([
    ['that is skipped in spring', '2026-03-29', 150, 'Europe/Berlin', '2026-03-29T01:30'],
    ['that comes twice in autumn: the first', '2026-10-25', 150, 'Europe/Berlin', '2026-10-25T00:30'],
    ['just before the gap', '2026-03-08', 119, 'America/New_York', '2026-03-08T06:59'],
    ['just after the gap', '2026-03-08', 180, 'America/New_York', '2026-03-08T07:00'],
    ['on a half-hour change', '2026-04-05', 105, 'Australia/Lord_Howe', '2026-04-04T14:45'],
  ])('%s', (_what, date, minute, timeZone, text) => {
    expect(new Date(instantOf({ date, minute }, timeZone)).toISOString().slice(0, 16)).toBe(text);
  });

  it('comes back as the same local time, for any instant but in the hour that comes twice', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC');
    const minutes = fc.integer({ min: utc('2020-01-01T00:00') / 60_000, max: utc('2035-01-01T00:00') / 60_000 });
    fc.assert(
      fc.property(minutes, zones, (minute, timeZone) => {
        const local = localTimeOf(minute * 60_000, timeZone);
        expect(localTimeOf(instantOf(local, timeZone), timeZone)).toEqual(local);
      }),
    );
  });
});

it('days of the week and dates', () => {
  expect(['2026-11-21', '2026-11-22', '2026-11-23', '1969-12-31'].map(weekdayOf)).toEqual([6, 7, 1, 3]);
  expect(plusDays('2026-02-28', 1)).toBe('2026-03-01');
  expect(plusDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(daysBetween('2026-12-31', '2027-01-02')).toBe(2);
  expect(['2026-02-29', '2026-2-1', 'soon', ''].filter(isDate)).toEqual([]);
  expect(isDate('2028-02-29')).toBe(true);
  expect(['Europe/Berlin', 'UTC', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([true, true, false, false]);
});

it('a date is the same however many others were asked for before it (C3)', () => {
  const epoch = '1970-01-01';
  for (const day of [0, ...Array.from({ length: 2_100 }, (_, index) => 20_000 - index), 0, 20_000, -1]) {
    const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    expect([plusDays(epoch, day), daysBetween(epoch, date), localTimeOf(day * 86_400_000, 'UTC').date]).toEqual([date, day, date]);
  }
});
