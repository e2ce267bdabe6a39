/** Milliseconds since 1970-01-01T00:00:00Z, as the shard clock tells them. Always an integer. */
export type Instant = number;

export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}

const isoForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Of ISO 8601 with its zone, such as `2026-03-01T12:00:00Z`. Null: not such a text, or no day of any calendar. */
export function parseIso(text: string): Instant | null {
  const parts = isoForm.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = parts;
  const numbers = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const local = new Date(Date.UTC(...numbers));
  const read = [
    local.getUTCFullYear(),
    local.getUTCMonth(),
    local.getUTCDate(),
    local.getUTCHours(),
    local.getUTCMinutes(),
    local.getUTCSeconds(),
  ];
  // `Date` makes 2 March of 30 February; whoever wrote that meant neither
  if (read.some((number, index) => number !== numbers[index]) || Number(zoneHour) > 23 || Number(zoneMinute) > 59) return null;
  const zoneMs = (Number(zoneHour) * 60 + Number(zoneMinute)) * 60_000;
  return local.getTime() + Number(fraction.padEnd(3, '0').slice(0, 3)) - (sign === '-' ? -zoneMs : zoneMs);
}
