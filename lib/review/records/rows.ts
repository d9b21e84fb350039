import type { CloseContent, DecisionContent, ProgressContent } from '../../audit/index.js';

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
