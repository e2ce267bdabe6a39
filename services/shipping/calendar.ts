/**
 * Local dates and times of a place, by what `Intl` knows of its time zone. Dates are text, `2026-03-29`; their
 * arithmetic has no time in it and so no summer time either.
 *
 * C1. `instantOf` is the inverse of `localTimeOf` wherever a local time exists once. Of one that comes twice it is the
 *     first; one that is skipped is the same distance after the gap as it was into it.
 * C2. `Intl` is asked once for each zone and quarter of an hour: whatever it says at both ends of one holds between them.
 *     Where the ends differ, the clock changes or is no whole minutes ahead, and it is asked each time.
 * C3. A day's number and its date are worked out once: every order asks for the same few days. Bounded, as all memory is.
 */
import { assert, type Instant } from '../../actors/kernel/index.ts';

export interface LocalTime {
  readonly date: string;
  /** 0 to 1439. */
  readonly minute: number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
/** Years of four digits only: `Date` writes others in another way than `Intl`. */
const quartersEndAt = Date.UTC(9999, 11, 30);
/** Of each zone: an order asks for today and for the few days on which it may arrive. */
const quartersMax = 200;

/** C3. More than a promise looks at in one go. */
const daysKeptMax = 2_000;
const dayNumbers = new Map<string, number>();
const dates = new Map<number, string>();

/** Making one takes longer than using it a thousand times; there are some four hundred zones. */
const formatters = new Map<string, Intl.DateTimeFormat>();
/** How far each clock is ahead of UTC, by quarter of an hour since 1970; null where it changes within. */
const quartersByZone = new Map<string, Map<number, number | null>>();

export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false; // RangeError: no such zone
  }
}

export function localTimeOf(at: Instant, timeZone: string): LocalTime {
  const aheadMs = aheadMsOf(at, timeZone);
  if (aheadMs === null) return localTimeByIntl(at, timeZone);
  const local = at + aheadMs;
  const day = Math.floor(local / dayMs);
  return { date: dateOf(day), minute: Math.floor((local - day * dayMs) / minuteMs) };
}

/** What `localTimeOf` is defined by. */
export function localTimeByIntl(at: Instant, timeZone: string): LocalTime {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  return {
    date: `${String(number('year')).padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`,
    minute: number('hour') * 60 + number('minute'),
  };
}

/** C1 */
export function instantOf({ date, minute }: LocalTime, timeZone: string): Instant {
  const wanted = dayNumberOf(date) * dayMs + minute * minuteMs;
  // the offset a day before and a day after: they differ only around a change of the clock
  const before = wanted - offsetMs(wanted - dayMs, timeZone);
  const after = wanted - offsetMs(wanted + dayMs, timeZone);
  for (const candidate of [Math.min(before, after), Math.max(before, after)]) {
    if (candidate + offsetMs(candidate, timeZone) === wanted) return candidate;
  }
  return before;
}

/** 1 is Monday. */
export function weekdayOf(date: string): number {
  return ((dayNumberOf(date) + 3) % 7) + 1; // 1970-01-01 was a Thursday
}

export function plusDays(date: string, days: number): string {
  return dateOf(dayNumberOf(date) + days);
}

export function daysBetween(from: string, to: string): number {
  return dayNumberOf(to) - dayNumberOf(from);
}

export function isDate(text: string): boolean {
  const days = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // `Date` would make 2 March of 30 February
  return !Number.isNaN(days) && new Date(days).toISOString().slice(0, 10) === text;
}

function dayNumberOf(date: string): number {
  const known = dayNumbers.get(date);
  if (known !== undefined) return known;
  const day = Date.parse(`${date}T00:00:00Z`) / dayMs;
  assert(Number.isInteger(day), `${date} is no date`);
  return kept(dayNumbers, date, day);
}

/** The inverse. */
function dateOf(day: number): string {
  return dates.get(day) ?? kept(dates, day, new Date(day * dayMs).toISOString().slice(0, 10));
}

/** C3 */
function kept<Key, Value>(memory: Map<Key, Value>, key: Key, value: Value): Value {
  if (memory.size >= daysKeptMax) memory.clear();
  memory.set(key, value);
  return value;
}

/** How far the local clock is ahead of UTC. */
function offsetMs(at: Instant, timeZone: string): number {
  return aheadMsOf(at, timeZone) ?? offsetMsByIntl(at, timeZone);
}

/** C2; null: only `Intl` knows. */
function aheadMsOf(at: Instant, timeZone: string): number | null {
  if (at < dayMs || at >= quartersEndAt) return null;
  const quarter = Math.floor(at / quarterMs);
  const known = quartersOf(timeZone).get(quarter);
  return known === undefined ? learnQuarter(quarter, timeZone) : known;
}

function learnQuarter(quarter: number, timeZone: string): number | null {
  const first = quarter * quarterMs;
  const ahead = offsetMsByIntl(first, timeZone);
  const aheadMs = offsetMsByIntl(first + quarterMs - 1, timeZone) === ahead ? ahead : null;
  const quarters = quartersOf(timeZone);
  if (quarters.size >= quartersMax) quarters.clear();
  quarters.set(quarter, aheadMs);
  return aheadMs;
}

function quartersOf(timeZone: string): Map<number, number | null> {
  let quarters = quartersByZone.get(timeZone);
  if (quarters === undefined) {
    formatterOf(timeZone); // a zone that is none throws here, and is not kept
    quarters = new Map();
    quartersByZone.set(timeZone, quarters);
  }
  return quarters;
}

function offsetMsByIntl(at: Instant, timeZone: string): number {
  const { date, minute } = localTimeByIntl(at, timeZone);
  return dayNumberOf(date) * dayMs + minute * minuteMs - Math.floor(at / minuteMs) * minuteMs;
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(timeZone, formatter);
  }
  return formatter;
}
