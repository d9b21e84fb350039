import test from 'ava';
import fc from 'fast-check';
import { cut } from '../../lib/audit/limits.js';
import { hostile } from './arbitraries.js';

const escaped = (text: string): string =>
  JSON.stringify(text)
    .replace(/[^\x20-\x7e]/g, '\\u0000')
    .slice(1, -1);

test('a text that fits is left as it is', (t) => {
  t.is(cut('', 10), '');
  t.is(cut('ten bytes.', 10), 'ten bytes.');
  t.is(cut('say "hi"', 10), 'say "hi"');
});

test('a text that is too long is cut and says so', (t) => {
  t.is(cut('twelve bytes', 11), 'twelv…');
  t.is(cut('"""""""""', 10), '""…');
  t.is(cut('\u0000\u0000\u0000', 12), '\u0000…');
});

test('a cut text takes no more of a line than it may', (t) => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 6, max: 400 }), (text, characters) => {
      const short = cut(text, characters);
      return escaped(short).length <= characters && (short === text || text.startsWith(short.slice(0, -1)));
    }),
  );
  t.pass();
});
