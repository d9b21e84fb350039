/**
 * What we say happened: the records of an attempt's life and of tidegate's own, and their JSON. Knows neither the journal
 * nor where records go, and does no I/O. Start at `record.ts` (what a caller hands in), then
 * `fields/record-fields.ts` (what is written, field by field: the source of `docs/audit-fields.md`).
 */
export { decode } from './decode.js';
export { encode } from './encode.js';
export { closeVerdict, finalVerdict, type FinalVerdict } from './final.js';
export {
  CHECK_FACTS,
  CHECK_OUTCOMES,
  DENIAL_REASONS,
  FAILURE_CODES,
  TURNED_AWAY_REASONS,
  recordFields,
} from './fields/index.js';
export type {
  CheckContent,
  CloseContent,
  DecisionContent,
  EndedBy,
  FailureCode,
  Field,
  Fields,
  ProgressContent,
  ReadRecord,
  Reason,
  Shape,
  Vocabulary,
} from './fields/index.js';
export type {
  AuditRecord,
  CloseRecord,
  DecisionRecord,
  Judged,
  Resolved,
  TurnedAway,
  Verdict,
  WouldDeny,
} from './record.js';
