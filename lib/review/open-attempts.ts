import type { CloseRecord, DecisionContent, ProgressContent } from '../audit/index.js';
import { previewLine } from './filter/index.js';
import { parseFollowUp, readDecision, type StoredRecord } from './records/index.js';
import type { Trail } from './trail/index.js';

/** An attempt that was allowed and has no end: it is open, or was when tidegate died. */
export interface OpenAttempt {
  readonly decision: StoredRecord<DecisionContent>;
  readonly progress: StoredRecord<ProgressContent> | 'none';
}

/** Where to look. */
export interface OpenAttemptsRange {
  /** Leaves out this line and all after: what the process that asks has begun itself. */
  readonly beforeSeq?: number;
}

/**
 * Finds the attempts that were allowed and never closed, oldest first. A clean stop closes all, so nothing is read from
 * before the newest one; after a start that found none, everything since the journal began is read.
 *
 * Holds the attempts it finds, and of the others those that were open at one moment. Throws the system's errors.
 */
export async function openAttempts(
  trail: Trail,
  { beforeSeq = Infinity }: OpenAttemptsRange = {},
): Promise<OpenAttempt[]> {
  const pass = new OpenPass();
  const found: OpenAttempt[] = [];
  const prefilter = (bytes: Buffer): boolean => pass.isWanted(bytes);
  for await (const line of trail.read({ order: 'newest_first', beforeSeq, prefilter })) {
    if (pass.stopped) break;
    const decision = readDecision(line);
    if (decision === 'unreadable' || decision.content.verdict !== 'allowed') continue;
    const later = pass.progress === 'none' ? 'none' : parseFollowUp(pass.progress);
    found.push({
      decision,
      progress: later !== 'none' && later !== 'unreadable' && later.kind === 'progress' ? later.record : 'none',
    });
  }
  return found.reverse();
}

class OpenPass {
  /** Whether the newest clean stop has been reached. */
  stopped = false;
  /** The newest progress record of the decision that was wanted last, or `'none'`. */
  progress = 'none';
  readonly #closed = new Set<string>();
  readonly #progress = new Map<string, string>();

  isWanted(bytes: Buffer): boolean {
    const { kind, attempt, text } = previewLine(bytes);
    this.stopped = kind === 'stop';
    if (kind === 'close') this.#closed.add(attempt);
    if (kind === 'progress' && !this.#closed.has(attempt) && !this.#progress.has(attempt)) {
      this.#progress.set(attempt, text);
    }
    if (kind === 'decision') {
      this.progress = this.#progress.get(attempt) ?? 'none';
      this.#progress.delete(attempt);
      return !this.#closed.delete(attempt) && text.includes('"verdict":"allowed"');
    }
    return this.stopped;
  }
}

/**
 * The `close` record of an attempt that was open when tidegate died. What it says of bytes and time is what the last
 * `progress` record said, which is the least that it can have been; without one they are not visible.
 */
export function closeAfterCrash({ decision, progress }: OpenAttempt): CloseRecord {
  const counts = progress === 'none' ? 'none' : progress.content;
  return {
    kind: 'close',
    id: decision.content.attempt,
    dialled: 'not_reached',
    observation: 'not_reached',
    judged: 'not_reached',
    status: 'none',
    bytesOut: counts === 'none' ? 'not_visible' : counts.bytes_out,
    bytesIn: counts === 'none' ? 'not_visible' : counts.bytes_in,
    durationMs: counts === 'none' ? 'not_visible' : counts.duration_ms,
    endedBy: 'crash',
    detail: counts === 'none' ? '' : 'counts are those of the last progress record',
  };
}
