import { setBounded } from '../system/values/index.js';

/** Counts wrong passwords over the last minute or so, by a key of the caller's making. Holds a bounded number of keys. */
export interface Failures {
  /** How many there were in the key's present minute. */
  readonly recent: (key: string) => number;
  readonly add: (key: string) => void;
}

interface Window {
  readonly since: number;
  readonly count: number;
}

const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

/** Makes an empty count. `now` is in milliseconds. When it is full, the key that began first is forgotten. */
export function countFailures(now: () => number): Failures {
  const windows = new Map<string, Window>();

  const recent = (key: string): number => {
    const window = windows.get(key);
    if (window === undefined) return 0;
    if (now() - window.since < WINDOW_MS) return window.count;
    windows.delete(key);
    return 0;
  };

  const add = (key: string): void => {
    const count = recent(key) + 1;
    const since = windows.get(key)?.since ?? now();
    setBounded(windows, key, { since, count }, MAX_KEYS);
  };

  return { recent, add };
}
