import {
  decode,
  finalVerdict,
  type CloseContent,
  type DecisionContent,
  type FinalVerdict,
  type ProgressContent,
} from '../../audit/index.js';
import { parseLine, type ParsedLine, type ReadLine } from '../../journal/index.js';

/** A record and the place of its line: its number in the journal, and when it was written. */
export interface StoredRecord<Content> {
  readonly seq: number;
  readonly time: string;
  readonly content: Content;
}

/** What followed an attempt's decision. `open`: allowed, and no end is recorded (so far, or tidegate died). */
type Outcome =
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
  /** The ids of those folded into it, the first 20. */
  readonly repeats: readonly string[];
  /** When the earliest and the latest of them were received. */
  readonly firstReceived: string;
  readonly lastReceived: string;
}

/** The verdict of an attempt: the final one, or of one that is open the one so far. */
export function verdictOf({ decision, outcome }: Pick<AttemptRow, 'decision' | 'outcome'>): FinalVerdict {
  return finalVerdict(decision.content, outcome.kind === 'closed' ? outcome.close.content : 'none');
}

/** A row that may still learn how its attempt ended, and of repeats. */
export type MutableRow = { -readonly [Field in keyof AttemptRow]: AttemptRow[Field] };

/** Reads a decision from its line; `'unreadable'` where the line is damaged or says something else than it should. */
export function readDecision(line: ReadLine): StoredRecord<DecisionContent> | 'unreadable' {
  if (line.read === 'damaged') return 'unreadable';
  const record = decode(line.kind, line.content);
  if (record === 'foreign' || record === 'malformed' || record.kind !== 'decision') return 'unreadable';
  return { seq: line.seq, time: line.time, content: record.content };
}

/** Reads an attempt's outcome from the line of a close or progress record. */
export function readOutcome(line: ParsedLine | { readonly read: 'damaged' }): Outcome | 'unreadable' {
  if (line.read === 'damaged') return 'unreadable';
  const { seq, time } = line;
  const record = decode(line.kind, line.content);
  if (record === 'foreign' || record === 'malformed') return 'unreadable';
  if (record.kind === 'close') return { kind: 'closed', close: { seq, time, content: record.content } };
  if (record.kind === 'progress') return { kind: 'open', progress: { seq, time, content: record.content } };
  return 'unreadable';
}

/** The same, from the text of the line, newline included. */
export function parseOutcome(text: string): Outcome | 'unreadable' {
  return readOutcome(parseLine(Buffer.from(text, 'latin1')));
}

/** Begins an attempt's row, given what followed if something is known. */
export function beginRow(
  decision: StoredRecord<DecisionContent>,
  outcome: Outcome | 'unreadable' | 'none' = 'none',
): MutableRow {
  const { verdict, received } = decision.content;
  const known: Outcome = typeof outcome === 'string' ? { kind: 'open', progress: 'none' } : outcome;
  return {
    decision,
    outcome: verdict === 'allowed' ? known : { kind: 'not_passed' },
    count: 1,
    repeats: [],
    firstReceived: received,
    lastReceived: received,
  };
}
