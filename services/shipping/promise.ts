/**
 * When an order arrives: from the warehouse's hours, the method's days and the instant of the order. Pure.
 *
 * D1. Ordered before the cut-off on a working day counts as that day; else as the next working day.
 * D2. Handling takes working days of the warehouse; the parcel is handed over on the last of them, or on the day of the
 *     order itself when handling takes none.
 * D3. It is handed over at the cut-off, or at once if that is later. Transit takes days of the carrier, counted after the
 *     destination's day at that instant; 0 days is that same day if the carrier still delivers then.
 * D4. The promise ends at the method's last minute on the last day, by the destination's clock. Later orders never get
 *     an earlier promise.
 * D5. Several parcels are promised together: when the last one comes.
 */
import { assert, type Instant } from '../../actors/kernel/index.ts';
import { daysBetween, instantOf, localTimeOf, plusDays, weekdayOf } from './calendar.ts';
import type { ShippingMethod, ShippingZone, Warehouse } from './port.ts';

export interface DeliveryPromise {
  /** The day it leaves the warehouse, by the warehouse's calendar. */
  readonly handedOverOn: string;
  readonly deliverFrom: Instant;
  readonly deliverBy: Instant;
}

/** Years without a working day are a mistake; `validate.ts` lets none through. */
const daysLookedAtMax = 800;

export function promiseOf(
  method: ShippingMethod,
  { timeZone }: Pick<ShippingZone, 'timeZone'>,
  warehouse: Warehouse,
  at: Instant,
): DeliveryPromise {
  const ordered = localTimeOf(at, warehouse.timeZone);
  const works = (date: string) => warehouse.workingWeekdays.includes(weekdayOf(date)) && !warehouse.closedOn.includes(date);
  const countsFrom = works(ordered.date) && ordered.minute < method.cutOffMinute ? ordered.date : nextDay(ordered.date, works); // D1
  const handedOverOn = plusMatching(countsFrom, method.handlingDays, works); // D2
  const handedOverAt = Math.max(at, instantOf({ date: handedOverOn, minute: method.cutOffMinute }, warehouse.timeZone)); // D3
  const arrivalOf = (days: number) => arrival(method, timeZone, handedOverAt, days);
  return {
    handedOverOn,
    deliverFrom: Math.max(handedOverAt, instantOf({ date: arrivalOf(method.transitDaysMin), minute: 0 }, timeZone)),
    deliverBy: instantOf({ date: arrivalOf(method.transitDaysMax), minute: method.deliverByMinute }, timeZone), // D4
  };
}

/** The day on which it is at the door: never one whose last minute is over when the parcel is handed over. */
function arrival({ deliveryWeekdays, deliverByMinute }: ShippingMethod, timeZone: string, handedOverAt: Instant, days: number): string {
  const handedOver = localTimeOf(handedOverAt, timeZone);
  const delivers = (date: string) => deliveryWeekdays.includes(weekdayOf(date));
  if (days === 0 && handedOver.minute >= deliverByMinute) return nextDay(handedOver.date, delivers);
  return plusMatching(handedOver.date, days, delivers);
}

/** D5 */
export function togetherOf(promises: readonly DeliveryPromise[]): DeliveryPromise {
  assert(promises.length > 0, 'there is a parcel');
  const latest = (values: readonly number[]) => Math.max(...values);
  return {
    handedOverOn:
      promises
        .map(({ handedOverOn }) => handedOverOn)
        .sort()
        .at(-1) ?? '',
    deliverFrom: latest(promises.map(({ deliverFrom }) => deliverFrom)),
    deliverBy: latest(promises.map(({ deliverBy }) => deliverBy)),
  };
}

/** `tomorrow by 21:00`, `Tuesday 24 November by 21:00`: for mails and receipts, by the buyer's clock. */
export function promiseText(deliverBy: Instant, at: Instant, timeZone: string): string {
  const { date, minute } = localTimeOf(deliverBy, timeZone);
  const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const days = daysBetween(localTimeOf(at, timeZone).date, date);
  const words = ['today', 'tomorrow'][days] ?? longDateOf(date);
  return `${words} by ${clock}`;
}

/** Every order of a day is promised one of the same few dates, and `Intl` takes its time. */
function longDateOf(date: string): string {
  const known = longDates.get(date);
  if (known !== undefined) return known;
  const words = longDate.format(Date.parse(`${date}T00:00:00Z`)).replace(',', '');
  if (longDates.size >= longDatesMax) longDates.clear();
  longDates.set(date, words);
  return words;
}

const longDatesMax = 1_000;
const longDates = new Map<string, string>();
const longDate = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' });

/** The `count`th matching day after `date`; for 0 `date` itself if it matches, else the next that does. */
function plusMatching(date: string, count: number, matches: (date: string) => boolean): string {
  if (count === 0) return matches(date) ? date : nextDay(date, matches);
  let day = date;
  for (let left = count; left > 0; left -= 1) day = nextDay(day, matches);
  return day;
}

function nextDay(date: string, matches: (date: string) => boolean): string {
  for (let days = 1; days <= daysLookedAtMax; days += 1) {
    const day = plusDays(date, days);
    if (matches(day)) return day;
  }
  assert(false, 'some day is a working day');
  return date;
}
