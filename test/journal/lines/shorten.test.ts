import test from 'ava';
import fc from 'fast-check';
import { CONTENT_BYTES, encodeContent } from '../../../lib/journal/lines/line.js';
import { shorten } from '../../../lib/journal/lines/shorten.js';

function shortened(content: object): { readonly [name: string]: unknown } {
  const { json, cut } = encodeContent(content);
  if (cut === 0) throw new Error('it fits');
  return JSON.parse(json) as { readonly [name: string]: unknown };
}

test('a long text keeps its beginning and says how much is gone', (t) => {
  const { note, id } = shortened({ id: 'x', note: 'n'.repeat(10_000) });
  t.is(note, `${'n'.repeat(4096)}[5904 cut]`);
  t.is(id, 'x');
});

test('a text of characters that take six bytes each is cut further', (t) => {
  const { note } = shortened({ note: '\u2028'.repeat(5000) });
  t.is(note, `${'\u2028'.repeat(1024)}[3976 cut]`);
});

test('a surrogate pair is not split', (t) => {
  const { note } = shortened({ note: `x${'🛶'.repeat(5000)}` });
  t.is(note, `x${'🛶'.repeat(511)}[8978 cut]`);
});

test('short texts beside a long one are left alone', (t) => {
  const short = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`name${index}`, 'value'.repeat(10)]));
  const { long, ...rest } = shortened({ ...short, long: 'x'.repeat(9000) });
  t.deepEqual(rest, short);
  t.is(typeof long, 'string');
});

test('a long list keeps its first items, an object its first members', (t) => {
  const { list } = shortened({ list: Array.from({ length: 5000 }, (_, index) => index) });
  t.true(Array.isArray(list) && list[0] === 0 && list.at(-1) === `[${5001 - list.length} cut]`);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`m${index}`, index]));
  const kept = shortened({ many })['many'];
  t.true(typeof kept === 'object' && kept !== null && 'm0' in kept && '[cut]' in kept);
});

test('what nests without end is cut where it gets too deep', (t) => {
  let nested: object = {};
  for (let depth = 0; depth < 2000; depth += 1) nested = { nested };
  t.regex(JSON.stringify(shortened(nested)), /^(\{"nested":)+"\[cut\]"\}+$/);
});

test('long names of members are cut as well', (t) => {
  const json = JSON.stringify(shortened({ ['k'.repeat(9000)]: 1 }));
  t.is(json, `{"${'k'.repeat(4096)}[4904 cut]":1}`);
});

test('where nothing else helps, no content is left', (t) => {
  t.is(
    shorten({ a: 1 }, 2, (value) => JSON.stringify(value)),
    '{}',
  );
});

test('any content fits after shortening, and the same content is always shortened to the same bytes', (t) => {
  const wide = fc.object({
    maxDepth: 6,
    maxKeys: 40,
    key: fc.string({ maxLength: 200 }),
    values: [fc.string({ maxLength: 3000 }), fc.double()],
  });
  fc.assert(
    fc.property(wide, (content) => {
      const { json } = encodeContent({ content, filler: 'x'.repeat(5000) });
      return json.length <= CONTENT_BYTES && json === encodeContent({ content, filler: 'x'.repeat(5000) }).json;
    }),
    { numRuns: 200 },
  );
  t.pass();
});
