import { recordFields, type Field, type Fields } from '../index.js';
import { isObject } from '../../system/values/index.js';
import type { SummarisedEntry } from './summary.js';

/** One value of a record, and where a vocabulary wants it. */
export interface Leaf {
  /** Its place in the record, such as `client`, `ip`. */
  readonly path: readonly string[];
  /** Places in the other vocabulary; none where it has no word for this. */
  readonly targets: readonly string[];
  readonly value: unknown;
}

/**
 * Goes over a record's values in their order, each with its places in ECS or OCSF. `null` is left out; lists are given
 * whole. A value the tables do not know, of a later version or of a kind that is not ours, and an empty list have no targets.
 */
export function* leaves({ kind, content, record }: SummarisedEntry, vocabulary: 'ecs' | 'ocsf'): Generator<Leaf> {
  if (record === 'malformed') {
    // As one text: what has any shape at any name would spoil the receiver's idea of the fields.
    yield { path: ['unreadable'], targets: [], value: JSON.stringify(content) };
    return;
  }
  const fields = isRecordKind(kind) ? recordFields[kind] : {};
  if (isObject(content)) yield* walk(fields, content, vocabulary, []);
}

function isRecordKind(kind: string): kind is keyof typeof recordFields {
  return Object.hasOwn(recordFields, kind);
}

type Content = Readonly<Record<string, unknown>>;

function* walk(
  fields: Fields,
  content: Content,
  vocabulary: 'ecs' | 'ocsf',
  prefix: readonly string[],
): Generator<Leaf> {
  for (const [name, value] of Object.entries(content)) {
    if (value === null) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const path = [...prefix, name];
    const inner = innerFields(field);
    if (inner !== 'none' && isObject(value)) yield* walk(inner, value, vocabulary, path);
    else yield { path, targets: field === undefined || isEmpty(value) ? [] : targetsOf(field[vocabulary]), value };
  }
}

function innerFields(field: Field | undefined): Fields | 'none' {
  if (field === undefined || typeof field.shape === 'string' || !('object' in field.shape)) return 'none';
  return field.shape.object;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function targetsOf(names: string): string[] {
  return names === 'none' ? [] : names.split(', ');
}
