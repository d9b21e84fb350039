import { parseAddress } from '../../address/index.js';
import { recordFields, type Field, type Fields } from '../index.js';
import { isObject } from '../../system/values/index.js';
import { putAt, type JsonObject } from './json-object.js';
import type { SummarisedEntry } from './summary.js';

/** One value of a record, and where a vocabulary wants it. */
interface Leaf {
  /** Its place in the record, such as `client`, `ip`. */
  readonly path: readonly string[];
  /** Places in the other vocabulary; none where it has no word for this. */
  readonly targets: readonly string[];
  readonly value: unknown;
}

/** What the formats say themselves, in the words of the other vocabulary: our own words stand beside it. */
const CLASSIFIED: readonly string[] = [
  ...['event.type', 'event.outcome', 'event.action', 'service.version'],
  ...['action_id', 'status_id', 'activity_name', 'metadata.product.version'],
];
const PROTOCOLS: readonly unknown[] = ['http', 'tls', 'ssh'];

/**
 * Puts every value of a record at its places in ECS or OCSF, by `write`; what these have no word for, or do not take, stands
 * below `rest`, by its own name.
 */
export function place(
  event: JsonObject,
  entry: SummarisedEntry,
  vocabulary: 'ecs' | 'ocsf',
  rest: readonly string[],
  write: (target: string, value: unknown) => void,
): void {
  for (const { path, targets, value } of leaves(entry, vocabulary)) {
    const taken = targets.filter((target) => !CLASSIFIED.includes(target) && takes(target, value, vocabulary));
    if (taken.length === 0) putAt(event, [...rest, ...path], value);
    for (const target of taken) write(target, value);
  }
}

function takes(target: string, value: unknown, vocabulary: 'ecs' | 'ocsf'): boolean {
  switch (target) {
    case 'destination.ip':
    case 'dst_endpoint.ip':
      return parseAddress(String(value)).kind === 'parsed';
    case 'destination.domain':
    case 'dst_endpoint.hostname':
      return parseAddress(String(value)).kind !== 'parsed';
    case 'network.protocol':
    case 'app_protocol_name':
      return PROTOCOLS.includes(value);
    case 'tls.version':
      return vocabulary === 'ocsf' || /^TLSv\d\.\d$/.test(String(value));
    default:
      return true;
  }
}

/**
 * Goes over a record's values in their order, each with its places in ECS or OCSF. `null` is left out; lists are given
 * whole. A value the tables do not know, of a later version or of a kind that is not ours, and an empty list have no targets.
 */
function* leaves({ content, record }: SummarisedEntry, vocabulary: 'ecs' | 'ocsf'): Generator<Leaf> {
  if (record.kind === 'malformed') {
    // As one text: what has any shape at any name would spoil the receiver's idea of the fields.
    yield { path: ['unreadable'], targets: [], value: JSON.stringify(content) };
    return;
  }
  const fields = record.kind === 'foreign' ? {} : recordFields[record.kind];
  if (isObject(content)) yield* walk(fields, content, vocabulary, []);
}

function* walk(
  fields: Fields,
  content: Readonly<Record<string, unknown>>,
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
