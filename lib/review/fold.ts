import type { DecisionContent } from '../audit/index.js';
import type { AttemptRow, GrowingRow } from './rows.js';

/**
 * How far apart two identical refusals may be to count as one: Halibut asks again five times, a second apart, and each
 * try may take some seconds of its own.
 */
export const FOLD_SECONDS = 10;

/** More are not remembered: then the one that was quiet longest can no longer be repeated. */
const REMEMBERED = 10_000;

/**
 * Folds identical refusals: the same client, user, request, destination, verdict, reason and rule, each at most `seconds`
 * after the one before. Allowed attempts are never folded. Remembers only what may still be repeated.
 *
 * What it gives takes rows in the order of the journal. It counts a row into the earlier one that it repeats, and gives
 * that one back, or `'first'`.
 */
export function createFolding(seconds: number): (row: GrowingRow) => GrowingRow | 'first' {
  const recent = new Map<string, GrowingRow>();
  return (row) => {
    const { content } = row.decision;
    if (content.verdict === 'allowed') return 'first';
    forget(recent, Date.parse(row.lastReceived) - seconds * 1000);
    const key = keyOf(content);
    const earlier = recent.get(key);
    recent.delete(key);
    recent.set(key, earlier ?? row); // at the end: the map stays ordered by the last repeat
    if (earlier === undefined) return 'first';
    earlier.count += row.count;
    earlier.lastReceived = row.lastReceived;
    return earlier;
  };
}

/** Folds identical refusals among rows that are at hand, in the order of the journal. */
export function foldRepeats(rows: Iterable<AttemptRow>, seconds: number = FOLD_SECONDS): AttemptRow[] {
  const fold = createFolding(seconds);
  const kept: AttemptRow[] = [];
  for (const row of rows) {
    const growing = { ...row };
    if (fold(growing) === 'first') kept.push(growing);
  }
  return kept;
}

function forget(recent: Map<string, GrowingRow>, before: number): void {
  for (const [key, { lastReceived }] of recent) {
    if (Date.parse(lastReceived) >= before && recent.size < REMEMBERED) return;
    recent.delete(key);
  }
}

function keyOf({ client, request, method, path, destination, verdict, reason, rule }: DecisionContent): string {
  return JSON.stringify([
    client.ip,
    client.user,
    client.user_hash,
    request,
    method,
    path,
    destination,
    verdict,
    reason,
    rule?.policy,
    rule?.id,
  ]);
}
