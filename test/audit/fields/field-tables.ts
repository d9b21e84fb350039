import { format } from 'prettier';
import { recordFields, type Field, type Fields, type Shape, type Vocabulary } from '../../../lib/audit/index.js';
import * as vocabularies from '../../../lib/audit/fields/vocabulary.js';

const TITLES: ReadonlyMap<Vocabulary, string> = new Map(
  Object.entries(vocabularies).map(([name, words]) => [words, sentenceCase(name)]),
);

/** Renders what `docs/audit-fields.md` says of each field and word, from the table that encode and decode use. */
export function renderFieldTables(): Promise<string> {
  const kinds = Object.entries(recordFields).map(([kind, fields]) => renderKind(kind, fields));
  const words = Object.values(vocabularies).map(renderVocabulary);
  return format([...kinds, '### Words', ...words].join('\n\n'), { parser: 'markdown' });
}

/** Every field of an object with the fields of the objects in it: `client`, `client.ip`, `nearest[].failed`. */
export function* fieldPaths(fields: Fields, prefix = ''): Generator<readonly [path: string, field: Field]> {
  for (const [name, field] of Object.entries(fields)) {
    const path = `${prefix}${name}`;
    yield [path, field];
    if (typeof field.shape === 'string') continue;
    if ('object' in field.shape) yield* fieldPaths(field.shape.object, `${path}.`);
    if ('listOf' in field.shape && field.shape.listOf !== 'text') yield* fieldPaths(field.shape.listOf, `${path}[].`);
  }
}

function renderKind(kind: string, fields: Fields): string {
  const all = [...fieldPaths(fields)];
  const meanings = all.map(([path, field]) => [
    `\`${path}\`${field.whenAbsent === 'never' ? '' : ' \\*'}`,
    typeOf(field.shape),
    field.meaning,
    nullOf(field),
  ]);
  const reasons = new Set(all.map(([, { whenAbsent }]) => whenAbsent).filter((reason) => reason !== 'never'));
  const counterparts = all
    .filter(([, { ecs, ocsf }]) => ecs !== 'none' || ocsf !== 'none')
    .map(([path, { ecs, ocsf }]) => [`\`${path}\``, code(ecs), code(ocsf)]);
  return [
    `### ${sentenceCase(kind)}`,
    table(['field', 'type', 'meaning', '`null` means'], meanings),
    ...[...reasons].map((reason) => `\\* Added later. A record without it was ${reason}.`),
    'The same in other vocabularies:',
    table(['field', 'ECS', 'OCSF'], counterparts),
  ].join('\n\n');
}

function renderVocabulary(words: Vocabulary): string {
  const items = Object.entries(words).map(([word, meaning]) => `- \`${word}\`: ${meaning}`);
  return [`#### ${TITLES.get(words) ?? ''}`, items.join('\n')].join('\n\n');
}

function typeOf(shape: Shape): string {
  if (shape === 'flag') return '`true` or `false`';
  if (typeof shape === 'string') return shape;
  if ('oneOf' in shape) return linkTo(shape.oneOf);
  if ('word' in shape) return shape.word.map(linkTo).join(' or ');
  if ('object' in shape) return 'object';
  return shape.listOf === 'text' ? 'list of texts' : 'list of objects';
}

function linkTo(words: Vocabulary): string {
  const title = TITLES.get(words) ?? '';
  return `[${title.toLowerCase()}](#${title.toLowerCase().replaceAll(' ', '-')})`;
}

function nullOf({ whenNull }: Field): string {
  return whenNull === 'never' ? '' : whenNull;
}

function code(names: string): string {
  if (names === 'none') return '';
  return names
    .split(', ')
    .map((name) => `\`${name}\``)
    .join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sentenceCase(name: string): string {
  const words = name.replaceAll('_', ' ').toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
