import test from 'ava';
import { lineOf, tableOf } from '../../../../lib/cli/console/output/table.js';

const plain = { colours: false } as const;

test('columns are as wide as their longest cell, and lines end without spaces', (t) => {
  t.is(
    tableOf(
      ['a', 'long head', 'c'],
      [
        ['1', '2', ''],
        ['three', '4', '5'],
      ],
      plain,
    ),
    'a      long head  c\n1      2\nthree  4          5',
  );
});

test('colours surround the text and do not count', (t) => {
  const cell = { text: 'x', meaning: 'bad' } as const;
  t.is(lineOf([cell, 'y'], [3], { ...plain, colours: true }), '\u001b[31mx\u001b[0m    y');
  t.is(lineOf([cell, 'y'], [3], plain), 'x    y');
});

test('control characters and direction marks are shown as question marks', (t) => {
  t.is(lineOf(['\u001b[2J\r\n\t\u202eabc\u2028'], [], plain), '?[2J????abc?');
});
