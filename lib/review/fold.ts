import type { DecisionContent } from '../audit/index.js';
import type { AttemptRow, MutableRow } from './records/index.js';

/**
 * How far apart two identical refusals may be to count as one: Halibut asks again five times, a second apart, and each
 * try may take some seconds.
 */
export const FOLD_SECONDS = 10;

/** More are not remembered: then the one that was quiet longest can no longer be repeated. */
const REMEMBERED = 10_000;

/**
 * Folds identical refusals: the same client, user, request, destination, verdict, reason and rule, each at most so many
 * seconds from the one before. Allowed attempts are never folded. Takes rows in the order of the journal, or all in the
 * opposite order, and remembers only what may still be repeated.
 */
export class RepeatFolder {
  readonly #milliseconds: number;
  readonly #recent = new Map<string, { readonly row: MutableRow; at: number }>();

  constructor(seconds: number) {
    this.#milliseconds = seconds * 1000;
  }

  /** Counts a row into the one that it repeats, and returns whether there was one; else remembers it if it is to `stay`. */
  fold(row: MutableRow, stay: boolean): boolean {
    const { content } = row.decision;
    if (content.verdict === 'allowed') return false;
    const at = Date.parse(content.received);
    this.#forget(at);
    const key = keyOf(content);
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

function count(row: AttemptRow, into: MutableRow): void {
  into.count += row.count;
  if (row.firstReceived < into.firstReceived) into.firstReceived = row.firstReceived;
  if (row.lastReceived > into.lastReceived) into.lastReceived = row.lastReceived;
}

function keyOf({ client, rule, request, method, path, destination, verdict, reason }: DecisionContent): string {
  const asked = [request, method, path, destination];
  return JSON.stringify([client.ip, client.user, client.user_hash, asked, verdict, reason, rule?.policy, rule?.id]);
}
