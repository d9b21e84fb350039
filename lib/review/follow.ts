import { decode, type CloseContent } from '../audit/index.js';
import type { Line } from '../journal/index.js';
import { setBounded } from '../system/values/index.js';
import { endMatches, matches, type Filter } from './filter/index.js';
import { beginRow, type AttemptRow, type StoredRecord } from './records/index.js';
import type { Trail } from './trail/index.js';

/** Something that has just happened. */
export type AttemptEvent =
  | { readonly kind: 'decided'; readonly row: AttemptRow }
  /** An attempt that was decided while we looked has ended: one that was reported, or that matches for what its end says. */
  | { readonly kind: 'closed'; readonly row: AttemptRow; readonly close: StoredRecord<CloseContent> }
  /** A line that cannot be read: damaged, or of ours and not what this version understands. */
  | { readonly kind: 'unreadable'; readonly segment: string; readonly detail: string };

/** More open attempts are not remembered: the one decided first then ends unseen. */
const REMEMBERED = 20_000;

/**
 * Gives the attempts that match as they are decided, and their ends, from now on until the signal. A decision can be seen
 * a moment before it is durable. Throws the system's errors.
 */
export async function* followAttempts(
  trail: Trail,
  filter: Filter,
  signal: AbortSignal,
): AsyncGenerator<AttemptEvent, void, undefined> {
  const open: Open = new Map();
  for await (const line of trail.follow(signal)) {
    if (line.read === 'damaged') yield { kind: 'unreadable', segment: line.segment, detail: line.detail };
    else yield* eventsOf(line, filter, open);
  }
}

/** Attempts that have not ended, and whether they were reported. */
type Open = Map<string, { readonly row: AttemptRow; readonly reported: boolean }>;

function* eventsOf(line: Line, filter: Filter, open: Open): Generator<AttemptEvent> {
  const { seq, time, segment, kind, content } = line;
  const record = decode(kind, content);
  if (record === 'foreign') return;
  if (record === 'malformed') {
    yield { kind: 'unreadable', segment, detail: `record ${seq} is not a ${kind} record that this version can read` };
  } else if (record.kind === 'decision') {
    const found = matches(filter, record.content, line.bytes.toString('latin1'));
    if (found === 'no') return;
    const row = beginRow({ seq, time, content: record.content });
    const reported = found !== 'not_so_far';
    if (row.outcome.kind === 'open') setBounded(open, row.decision.content.attempt, { row, reported }, REMEMBERED);
    if (reported) yield { kind: 'decided', row };
  } else if (record.kind === 'close') {
    const { attempt } = record.content;
    const held = open.get(attempt);
    open.delete(attempt);
    if (held === undefined) return;
    const { row, reported } = held;
    if (!reported && !endMatches(filter, row.decision.content, record.content)) return;
    const close = { seq, time, content: record.content };
    yield { kind: 'closed', row: { ...row, outcome: { kind: 'closed', close } }, close };
  }
}
