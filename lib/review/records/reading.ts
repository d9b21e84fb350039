import { decode, type CloseContent, type DecisionContent, type ProgressContent } from '../../audit/index.js';
import { parseLine, type ParsedLine } from '../../journal/index.js';
import type { TrailLine } from '../trail/index.js';
import { beginRow, type MutableRow, type Outcome, type StoredRecord } from './rows.js';

/** Reads a decision from its line; `'unreadable'` where the line is damaged or says something else than it should. */
export function readDecision(line: TrailLine): StoredRecord<DecisionContent> | 'unreadable' {
  if (line.read === 'damaged') return 'unreadable';
  const record = decode(line.kind, line.content);
  if (record === 'foreign' || record === 'malformed' || record.kind !== 'decision') return 'unreadable';
  return { seq: line.seq, time: line.time, content: record.content };
}

/** A record of how an attempt went on. */
export type FollowUp =
  | { readonly kind: 'close'; readonly record: StoredRecord<CloseContent> }
  | { readonly kind: 'progress'; readonly record: StoredRecord<ProgressContent> };

/** Reads a close or progress record from its line. */
export function readFollowUp(line: TrailLine): FollowUp | 'unreadable' {
  return line.read === 'damaged' ? 'unreadable' : followUpOf(line);
}

/** Reads a close or progress record from the text of its line, newline included. */
export function parseFollowUp(text: string): FollowUp | 'unreadable' {
  const line = parseLine(Buffer.from(text, 'latin1'));
  return line.read === 'damaged' ? 'unreadable' : followUpOf(line);
}

function followUpOf({ kind, content, seq, time }: ParsedLine): FollowUp | 'unreadable' {
  const record = decode(kind, content);
  if (record === 'foreign' || record === 'malformed') return 'unreadable';
  if (record.kind === 'close') return { kind: 'close', record: { seq, time, content: record.content } };
  if (record.kind === 'progress') return { kind: 'progress', record: { seq, time, content: record.content } };
  return 'unreadable';
}

/** Says how an attempt went on. */
export function outcomeOf(later: FollowUp): Outcome {
  return later.kind === 'close' ? { kind: 'closed', close: later.record } : { kind: 'open', progress: later.record };
}

/** Begins the row of an attempt of which something later is already known, or `'none'`. */
export function rowOf(decision: StoredRecord<DecisionContent>, later: FollowUp | 'none'): MutableRow {
  const row = beginRow(decision);
  if (later !== 'none' && row.outcome.kind === 'open') row.outcome = outcomeOf(later);
  return row;
}
