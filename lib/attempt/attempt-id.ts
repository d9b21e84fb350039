/*
 * The id of an attempt: sixteen characters of Crockford's base 32, which has no I, L, O and U. They are one word, so that a double
 * click selects it, and nothing that software takes for a secret and hides, as npm does with UUIDs. The first eight are the
 * time in steps of 4 ms, the last eight a count, so that ids sort by time. Earlier versions had UUIDv7.
 */

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** How many characters each half has. */
const HALF = 8;
const STEP_MS = 4;

/** How many different counts, and steps of time, an id can hold: the time until the year 2109. */
export const ID_COUNTS = 32 ** HALF;

/** Makes an id from the time (milliseconds since 1970) and a count that no other attempt of that time has. */
export function formatAttemptId(milliseconds: number, count: number): string {
  return digitsOf(Math.floor(Math.max(0, milliseconds) / STEP_MS)) + digitsOf(count);
}

function digitsOf(value: number): string {
  let rest = value % ID_COUNTS;
  let digits = '';
  for (let index = 0; index < HALF; index += 1) {
    digits = `${DIGITS[rest % 32] ?? ''}${digits}`;
    rest = Math.floor(rest / 32);
  }
  return digits;
}

/** An id, or its beginning, as records have it. */
export interface IdPrefix {
  readonly text: string;
  /** The earliest time at which an attempt with this id can have been received, in milliseconds; `'not_known'` of too few characters. */
  readonly since: number | 'not_known';
  readonly isWhole: boolean;
}

/**
 * Reads what a person typed as the beginning of an id: in any case, with o for 0, and i or l for 1; or as that of a UUID, which
 * older records have. It may be the beginning of both. None if it is neither, or has less than four characters.
 */
export function readIdPrefix(typed: string): readonly IdPrefix[] {
  const text = typed.trim();
  return text.length < SHORTEST ? [] : [...shortPrefix(text), ...uuidPrefix(text.toLowerCase())];
}

const SHORTEST = 4;
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  ['O', '0'],
  ['I', '1'],
  ['L', '1'],
]);

function shortPrefix(typed: string): readonly IdPrefix[] {
  const text = typed.toUpperCase().replace(/[OIL]/g, (letter) => LOOK_ALIKES.get(letter) ?? letter);
  if (text.length > 2 * HALF || Array.from(text).some((digit) => !DIGITS.includes(digit))) return [];
  const steps = Array.from(text.slice(0, HALF)).reduce((value, digit) => value * 32 + DIGITS.indexOf(digit), 0);
  const since = text.length < HALF ? 'not_known' : steps * STEP_MS;
  return [{ text, since, isWhole: text.length === 2 * HALF }];
}

const UUID = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/** The characters of a UUIDv7 that are its time (RFC 9562 §5.7). */
const UUID_TIME = 13;

function uuidPrefix(text: string): readonly IdPrefix[] {
  const fits = Array.from(text).every((digit, index) => (UUID[index] === '-' ? digit === '-' : /[0-9a-f]/.test(digit)));
  if (!fits || text.length > UUID.length) return [];
  const time = text.slice(0, UUID_TIME).replace('-', '');
  const since = text.length < UUID_TIME ? 'not_known' : Number.parseInt(time, 16);
  return [{ text, since, isWhole: text.length === UUID.length }];
}
