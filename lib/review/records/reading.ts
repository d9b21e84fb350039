import { decode, type CloseContent, type DecisionContent, type ProgressContent } from '../../audit/index.js';
import { parseLine, type ParsedLine } from '../../journal/index.js';
import type { TrailLine } from '../trail/index.js';

/** A record and the place of its line: its number in the journal, and when it was written. */
export interface StoredRecord<Content> {
  readonly seq: number;
  readonly time: string;
  readonly content: Content;
}

/** How an attempt went on after its decision. `open`: allowed, and no end is recorded (so far, or tidegate died). */
export type Outcome =
  | { readonly kind: 'closed'; readonly close: StoredRecord<CloseContent> }
  | { readonly kind: 'open'; readonly progress: StoredRecord<ProgressContent> | 'none' }
  | { readonly kind: 'not_passed' };

/** One attempt, its records joined. */
export interface AttemptRow {
  /** Of several folded into one, the one that was read first. */
  readonly decision: StoredRecord<DecisionContent>;
  readonly outcome: Outcome;
  /** How many attempts this row stands for: itself, and the identical refusals folded into it. */
  readonly count: number;
  /** When the earliest and the latest of them were received. */
  readonly firstReceived: string;
  readonly lastReceived: string;
}

/** A row that may still learn how its attempt ended, and of repeats. */
export interface MutableRow extends AttemptRow {
  outcome: Outcome;
  count: number;
  firstReceived: string;
  lastReceived: string;
}

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

/** Begins an attempt's row. */
export function beginRow(decision: StoredRecord<DecisionContent>): MutableRow {
  const { verdict, received } = decision.content;
  return {
    decision,
    outcome: verdict === 'allowed' ? { kind: 'open', progress: 'none' } : { kind: 'not_passed' },
    count: 1,
    firstReceived: received,
    lastReceived: received,
  };
}
