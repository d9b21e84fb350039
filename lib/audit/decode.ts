import { fits, recordFields, type ReadRecord, type RecordContent, type RecordKind } from './fields/index.js';

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

function decodeAs<K extends RecordKind>(kind: K, content: unknown): ReadRecord<K> | 'malformed' {
  return isContentOf(kind, content) ? { kind, content } : 'malformed';
}

function isContentOf<K extends RecordKind>(kind: K, content: unknown): content is RecordContent<K> {
  return fits(recordFields[kind], content);
}
