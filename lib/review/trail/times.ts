/*
 * A journal is ordered by sequence number; clocks jump. Where a time is used to find where reading begins or ends, an hour
 * more is read on either side.
 */
const MARGIN_MS = 3_600_000;

/** The time an hour earlier, as ISO 8601. */
export function hourBefore(time: string): string {
  return new Date(Date.parse(time) - MARGIN_MS).toISOString();
}

/** The time an hour later, as ISO 8601. */
export function hourAfter(time: string): string {
  return new Date(Date.parse(time) + MARGIN_MS).toISOString();
}
