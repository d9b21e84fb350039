/**
 * What we say happened: the records of an attempt's life and of tidegate's own, and their JSON. Knows neither the journal
 * nor where records go, and does no I/O. Start at `record.ts` (what a caller tells), then `decision-fields.ts` and
 * `fields.ts` (what stands in the journal, field by field: the source of `docs/audit-fields.md`).
 */
export { decode } from './decode.js';
export { encode } from './encode.js';
export { recordFields } from './fields.js';
export type {
  CheckContent,
  CloseContent,
  DecisionContent,
  ProgressContent,
  ReadRecord,
  RecordContent,
  RecordKind,
} from './fields.js';
export type {
  AuditRecord,
  CloseRecord,
  DecisionRecord,
  EndedBy,
  Judged,
  FailureCode,
  LifecycleRecord,
  PolicyRecord,
  ProgressRecord,
  Resolved,
  TurnedAway,
  Verdict,
} from './record.js';
export { DENIAL_REASONS, FAILURE_CODES } from './vocabulary.js';
export type { Field, Fields, Shape, Vocabulary } from './shape.js';
