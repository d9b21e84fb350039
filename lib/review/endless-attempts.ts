import type { CloseRecord } from '../audit/index.js';
import { previewLine } from './filter/index.js';
import { beginRow, parseOutcome, readDecision, type AttemptRow } from './records/index.js';
import type { Trail } from './trail/index.js';

/** An attempt that was allowed and has no end in the trail, and why not. */
export interface EndlessAttempt {
  readonly row: AttemptRow;
  /** `crash`: tidegate ended without a stop. `not_recorded`: the stop said that ends are missing. */
  readonly endedBy: 'crash' | 'not_recorded';
}

/**
 * Finds the attempts that were allowed and never closed, oldest first. A stop that misses no end has closed all, so nothing is
 * read from before the newest of these; after a start that found none, everything since the journal began is read.
 *
 * `beforeSeq` leaves out that line and all after: what the process that asks has begun itself. Holds the attempts it finds,
 * and of the others those that were open at one moment. Throws the system's errors.
 */
export async function endlessAttempts(trail: Trail, beforeSeq = Infinity): Promise<EndlessAttempt[]> {
  const pass = new OpenPass();
  const found: EndlessAttempt[] = [];
  const prefilter = (bytes: Buffer): boolean => pass.isWanted(bytes);
  let endedBy: EndlessAttempt['endedBy'] = 'crash';
  for await (const line of trail.read({ order: 'newest_first', beforeSeq, prefilter })) {
    if (line.read === 'line' && line.kind === 'stop') {
      // Earlier versions did not count them.
      const { missing_ends: missing = 0 } = line.content;
      if (missing === 0) break;
      endedBy = 'not_recorded';
      continue;
    }
    const decision = readDecision(line);
    if (decision === 'unreadable' || decision.content.verdict !== 'allowed') continue;
    const row = beginRow(decision, pass.progress === 'none' ? 'none' : parseOutcome(pass.progress));
    found.push({ row, endedBy });
  }
  return found.reverse();
}

class OpenPass {
  /** The newest progress record of the decision that was wanted last, or `'none'`. */
  progress = 'none';
  /** By attempt: `'closed'`, or the newest progress record. */
  readonly #later = new Map<string, string>();

  isWanted(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    if (kind === 'close') this.#later.set(attempt, 'closed');
    if (kind === 'progress' && !this.#later.has(attempt)) this.#later.set(attempt, text);
    if (kind !== 'decision') return kind === 'stop';
    this.progress = this.#later.get(attempt) ?? 'none';
    this.#later.delete(attempt);
    return this.progress !== 'closed' && text.includes('"verdict":"allowed"');
  }
}

/**
 * The `close` record of an attempt that has none. What it says of bytes and time is what the last
 * `progress` record said, which is the least that it can have been; without one they are not visible.
 */
export function closeEndless({ row: { decision, outcome }, endedBy }: EndlessAttempt): CloseRecord {
  const progress = outcome.kind === 'open' ? outcome.progress : 'none';
  const counts = progress === 'none' ? NOT_VISIBLE : progress.content;
  return {
    kind: 'close',
    id: decision.content.attempt,
    verdict: 'allowed',
    reason: decision.content.would_deny === 'none' ? 'rule_holds' : 'observed',
    dialled: 'not_reached',
    observation: 'not_reached',
    judged: 'not_reached',
    status: 'none',
    bytesOut: counts.bytes_out,
    bytesIn: counts.bytes_in,
    durationMs: counts.duration_ms,
    endedBy,
    detail: progress === 'none' ? '' : 'counts are those of the last progress record',
  };
}

const NOT_VISIBLE = { bytes_out: 'not_visible', bytes_in: 'not_visible', duration_ms: 'not_visible' } as const;
