import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { encode, recordFields, type Field } from '../../../lib/audit/index.js';
import { fieldPaths, renderFieldTables } from './field-tables.js';
import { SAMPLES } from '../samples.js';

const page = new URL('../../../../docs/audit-fields.md', import.meta.url);
const BEGIN = /<!-- fields: begin[^>]*-->\n/;
const END = '<!-- fields: end -->';

test('docs/audit-fields.md describes every field that encode writes, and no other', async (t) => {
  const text = readFileSync(page, 'utf8');
  const begin = BEGIN.exec(text);
  const from = begin === null ? -1 : begin.index + begin[0].length;
  const to = text.indexOf(END);
  t.true(from > 0 && to >= from, 'the page holds both marks');
  const tables = `\n${await renderFieldTables()}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, text.slice(0, from) + tables + text.slice(to));
  t.is(
    readFileSync(page, 'utf8').slice(from).split(END)[0],
    tables,
    'run with UPDATE_GOLDEN=1 to write the tables anew',
  );
});

test('what encode writes are the fields of the table, in its order', (t) => {
  for (const [sentence, record] of Object.entries(SAMPLES)) {
    const { kind, content } = encode(record);
    t.deepEqual(Object.keys(content), Object.keys(recordFields[kind]), sentence);
  }
});

test('field names are snake_case and never one of those the journal writes', (t) => {
  const reserved = ['v', 'seq', 't', 'mono', 'boot', 'k', 'kind', 'prev', 'content'];
  for (const fields of Object.values(recordFields)) {
    for (const name of Object.keys(fields)) t.false(reserved.includes(name), name);
    for (const [path] of fieldPaths(fields)) t.regex(path, /^[a-z_]+(\[\])?(\.[a-z_]+)?$/);
  }
});

test('every word a sample holds is one that is documented', (t) => {
  for (const record of Object.values(SAMPLES)) {
    const { kind, content } = encode(record);
    const values = new Map<string, unknown>(Object.entries(content));
    for (const [name, { shape, whenNull }] of Object.entries<Field>(recordFields[kind])) {
      if (whenNull !== 'never' && values.get(name) === null) continue;
      if (typeof shape === 'string' || !('word' in shape)) continue;
      const word = String(values.get(name));
      t.true(
        shape.word.some((words) => Object.hasOwn(words, word)),
        `${kind}.${name} ${word}`,
      );
    }
  }
});
