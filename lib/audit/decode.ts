import { fits, recordFields, type ReadRecord, type RecordKind } from './fields/index.js';

/**
 * Reads a record back from the kind and content of a journal entry.
 *
 * `foreign`: not one of our kinds (the journal writes other kinds). `malformed`: one of ours whose content is not
 * what `docs/audit-fields.md` says. Fields and words that a later version added are accepted: they stay in the content.
 */
export function decode(kind: string, content: unknown): ReadRecord | 'foreign' | 'malformed' {
  return isRecordKind(kind) ? decodeAs(kind, content) : 'foreign';
}

function isRecordKind(kind: string): kind is RecordKind {
  return Object.hasOwn(recordFields, kind);
}

function decodeAs(kind: RecordKind, content: unknown): ReadRecord | 'malformed' {
  // One case a kind, because the compiler ties a kind to its content only where it sees them together.
  switch (kind) {
    case 'decision':
      return fits(recordFields.decision, content) ? { kind, content } : 'malformed';
    case 'close':
      return fits(recordFields.close, content) ? { kind, content } : 'malformed';
    case 'progress':
      return fits(recordFields.progress, content) ? { kind, content } : 'malformed';
    case 'policy':
      return fits(recordFields.policy, content) ? { kind, content } : 'malformed';
    case 'start':
      return fits(recordFields.start, content) ? { kind, content } : 'malformed';
    case 'stop':
      return fits(recordFields.stop, content) ? { kind, content } : 'malformed';
    case 'admin':
      return fits(recordFields.admin, content) ? { kind, content } : 'malformed';
  }
}
