/** One day, in milliseconds. */
export const DAY_MS = 86_400_000;

/** The first moment of the year 10000, which a day of ten characters cannot express. */
const TOO_LATE = Date.UTC(10_000, 0);
/** The first moment of the year 0. */
const FIRST = -62_167_219_200_000;

/** The UTC day of a moment (milliseconds since 1970), `YYYY-MM-DD`; `'ever'` outside the years 0 to 9999. */
export function dayOf(at: number): string {
  return at >= FIRST && at < TOO_LATE ? new Date(at).toISOString().slice(0, 10) : 'ever';
}

/** The first moment after a UTC day (`YYYY-MM-DD`), in milliseconds since 1970; `NaN` for a text that is not a day. */
export function endOfDay(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + DAY_MS;
}
