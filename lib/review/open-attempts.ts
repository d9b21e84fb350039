import type { CloseRecord } from '../audit/index.js';
import { previewLine } from './filter/index.js';
import { beginRow, parseOutcome, readDecision, type AttemptRow } from './records/index.js';
import type { Trail } from './trail/index.js';

/**
 * Finds the attempts that were allowed and never closed, oldest first. A clean stop closes all, so nothing is read from
 * before the newest one; after a start that found none, everything since the journal began is read.
 *
 * `beforeSeq` leaves out that line and all after: what the process that asks has begun itself. Holds the attempts it finds,
 * and of the others those that were open at one moment. Throws the system's errors.
 */
export async function openAttempts(trail: Trail, beforeSeq = Infinity): Promise<AttemptRow[]> {
  const pass = new OpenPass();
  const found: AttemptRow[] = [];
  const prefilter = (bytes: Buffer): boolean => pass.isWanted(bytes);
  for await (const line of trail.read({ order: 'newest_first', beforeSeq, prefilter })) {
    if (pass.stopped) break;
    const decision = readDecision(line);
    if (decision === 'unreadable' || decision.content.verdict !== 'allowed') continue;
    found.push(beginRow(decision, pass.progress === 'none' ? 'none' : parseOutcome(pass.progress)));
  }
  return found.reverse();
}

class OpenPass {
  /** Whether the newest clean stop has been reached. */
  stopped = false;
  /** The newest progress record of the decision that was wanted last, or `'none'`. */
  progress = 'none';
  /** By attempt: `'closed'`, or the newest progress record. */
  readonly #later = new Map<string, string>();

  isWanted(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    this.stopped = kind === 'stop';
    if (kind === 'close') this.#later.set(attempt, 'closed');
    if (kind === 'progress' && !this.#later.has(attempt)) this.#later.set(attempt, text);
    if (kind !== 'decision') return this.stopped;
    this.progress = this.#later.get(attempt) ?? 'none';
    this.#later.delete(attempt);
    return this.progress !== 'closed' && text.includes('"verdict":"allowed"');
  }
}

/**
 * The `close` record of an attempt that was open when tidegate died. What it says of bytes and time is what the last
 * `progress` record said, which is the least that it can have been; without one they are not visible.
 */
export function closeAfterCrash({ decision, outcome }: AttemptRow): CloseRecord {
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
    endedBy: 'crash',
    detail: progress === 'none' ? '' : 'counts are those of the last progress record',
  };
}

const NOT_VISIBLE = { bytes_out: 'not_visible', bytes_in: 'not_visible', duration_ms: 'not_visible' } as const;
