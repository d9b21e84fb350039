import type { CloseContent, DecisionContent } from '../audit/index.js';
import { verdictOf, type AttemptRow, type MutableRow } from './records/index.js';

/**
 * How far apart two identical refusals may be to count as one: Halibut asks again five times, a second apart, and each
 * try may take some seconds.
 */
export const FOLD_SECONDS = 10;

/** More are not remembered: then the one that was quiet longest can no longer be repeated. */
const REMEMBERED = 10_000;

/** How many of the attempts that are folded into a row are named. */
const NAMED = 20;

/**
 * Folds identical refusals, whether at the decision or in the tunnel, each at most so many seconds from the one before.
 * Attempts that passed are never folded. Takes rows in the order of the journal, or all in the opposite order, and
 * remembers only what may still be repeated.
 */
export class RepeatFolder {
  readonly #milliseconds: number;
  readonly #recent = new Map<string, { readonly row: MutableRow; at: number }>();

  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000;
  }

  /** Counts a row into the one that it repeats, and returns whether there was one; else remembers it if it is to `stay`. */
  fold(row: MutableRow, stay: boolean): boolean {
    if (!isFoldable(row)) return false;
    const at = Date.parse(row.decision.content.received);
    this.#forget(at);
    const key = keyOf(row);
    const earlier = this.#recent.get(key);
    if (earlier === undefined) {
      if (stay) this.#recent.set(key, { row, at });
      return false;
    }
    count(row, earlier.row);
    this.#recent.delete(key);
    this.#recent.set(key, { row: earlier.row, at }); // at the end: the map stays in the order of the last repeat
    return true;
  }

  /** Whether a row that is received then could still repeat one that was remembered. */
  mayRepeatAt(received: string): boolean {
    this.#forget(Date.parse(received));
    return this.#recent.size > 0;
  }

  #forget(now: number): void {
    for (const [key, { at }] of this.#recent) {
      if (Math.abs(now - at) <= this.#milliseconds && this.#recent.size < REMEMBERED) return;
      this.#recent.delete(key);
    }
  }
}

/** Folds rows, some of them folded already, of which some have learned how they ended only after they were taken. */
export function foldAgain(rows: readonly MutableRow[], seconds: number): readonly MutableRow[] {
  const recent = new Map<string, MutableRow>();
  return rows.filter((row) => {
    if (!isFoldable(row)) return true;
    const key = keyOf(row);
    const near = recent.get(key);
    if (near !== undefined && gapBetween(near, row) <= seconds * 1000) {
      count(row, near);
      return false;
    }
    recent.set(key, row);
    return true;
  });
}

/** Milliseconds from the end of the earlier row to the beginning of the later one; negative where they overlap. */
function gapBetween(one: AttemptRow, other: AttemptRow): number {
  const [earlier, later] = one.firstReceived <= other.firstReceived ? [one, other] : [other, one];
  return Date.parse(later.firstReceived) - Date.parse(earlier.lastReceived);
}

function count(row: AttemptRow, into: MutableRow): void {
  into.count += row.count;
  into.repeats = [...into.repeats, row.decision.content.attempt, ...row.repeats].slice(0, NAMED);
  if (row.firstReceived < into.firstReceived) into.firstReceived = row.firstReceived;
  if (row.lastReceived > into.lastReceived) into.lastReceived = row.lastReceived;
}

function isFoldable(row: AttemptRow): boolean {
  return verdictOf(row).verdict !== 'allowed';
}

/** What differs between two attempts that are alike: which they are, when, from which port, and what DNS answered. */
const OF_DECISION: ReadonlySet<string> = new Set<keyof DecisionContent>([
  ...(['attempt', 'received', 'client', 'resolved', 'aliases', 'dropped'] as const),
]);
const OF_CLIENT: ReadonlySet<string> = new Set<keyof DecisionContent['client']>(['port']);
const OF_CLOSE: ReadonlySet<string> = new Set<keyof CloseContent>([
  ...(['attempt', 'bytes_out', 'bytes_in', 'duration_ms'] as const),
]);

/** Everything else that their records say: two refusals that differ in any of it are two rows. */
function keyOf({ decision, outcome }: AttemptRow): string {
  const { client, dropped } = decision.content;
  const addresses = (dropped ?? []).map(({ ip, reason }) => `${ip} ${reason}`).sort();
  const close = outcome.kind === 'closed' ? without(outcome.close.content, OF_CLOSE) : [];
  return JSON.stringify([without(client, OF_CLIENT), addresses, without(decision.content, OF_DECISION), close]);
}

function without(content: object, left: ReadonlySet<string>): readonly unknown[] {
  return Object.entries(content).filter(([name]) => !left.has(name));
}
