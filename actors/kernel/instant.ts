/** Milliseconds since 1970-01-01T00:00:00Z, as the shard clock tells them. Always an integer. */
export type Instant = number;

export function toIso(instant: Instant): string {
  return new Date(instant).toISOString();
}
