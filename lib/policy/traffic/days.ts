/** A moment (milliseconds since 1970) as a day for people, `YYYY-MM-DD` in UTC; `ever` where no calendar has it. */
export function dayOf(at: number): string {
  return Math.abs(at) < 8e15 ? new Date(at).toISOString().slice(0, 10) : 'ever';
}
