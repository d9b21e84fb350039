/**
 * Every field of every kind of record, in one table: what `encode` must write, what `decode` accepts, which ECS and OCSF
 * fields mean the same, and what `docs/audit-fields.md` says. A new field is one row here and its value in `encode`.
 *
 * Start at `record-fields.ts`; `vocabulary.ts` has the words that fields hold, `shape.ts` the form of a row.
 */
export { recordFields } from './record-fields.js';
export type {
  CheckContent,
  CloseContent,
  DecisionContent,
  ProgressContent,
  ReadRecord,
  RecordContent,
  RecordKind,
  WrittenClose,
} from './record-fields.js';
export { fits } from './shape.js';
export type { Field, Fields, Shape, Vocabulary } from './shape.js';
export { CHECK_FACTS, CHECK_OUTCOMES, DENIAL_REASONS, FAILURE_CODES, TURNED_AWAY_REASONS } from './vocabulary.js';
export type { Action, EndedBy, FailureCode, Reason, TurnedAwayReason } from './vocabulary.js';
