import fc from 'fast-check';
import test from 'ava';
import { parse } from 'yaml';
import { readTree } from '../../lib/text/yaml.js';

const read = (text: string): ReturnType<typeof readTree> => readTree({ path: 'p.yaml', text });

test('nesting without end is refused, whatever it is made of, and takes neither the stack nor the process down', (t) => {
  for (const nest of ['[', '{', '- ', '? ', '{a: ', '[[{a: [', '- - ? - ', 'a:\n b:\n  c:\n']) {
    const tree = read(nest.repeat(Math.floor(900_000 / nest.length)));
    t.deepEqual(
      [...new Set(tree.problems.map(({ code }) => code))].slice(0, 1),
      [nest.startsWith('a:') ? 'duplicate_key' : 'too_deep'],
      nest,
    );
  }
  const steps = Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
  t.deepEqual(
    read(steps).problems.map(({ code }) => code),
    ['too_deep'],
  );
});

test('twenty levels are enough for everything, and are allowed', (t) => {
  t.deepEqual(read(`${'['.repeat(20)}${']'.repeat(20)}`).problems, []);
  t.deepEqual(
    read(`${'['.repeat(24)}${']'.repeat(24)}`).problems.map(({ code }) => code),
    ['too_deep'],
  );
});

test('a text of more than 1 MiB is refused unread', (t) => {
  t.deepEqual(
    read(`a: ${'é'.repeat(524_287)}`).problems.map(({ code }) => code),
    ['too_large'],
  );
  t.deepEqual(read(`a: ${'e'.repeat(524_287)}`).problems, []);
});

test('a byte order mark and CRLF line ends are accepted', (t) => {
  const tree = read('\ufeffa: 1\r\nb: [x,\r\n  y]\r\n');
  t.deepEqual(tree.problems, []);
  t.deepEqual(tree.content, { kind: 'value', value: { a: 1, b: ['x', 'y'] } });
  t.like(tree.positionOf(['b', 1]), { line: 3, column: 3, excerpt: '  y]' });
});

test('words that other readers turn into booleans, numbers and dates stay what they are', (t) => {
  const { content } = read('a: no\nb: on\nc: 12:30:45\nd: 2027-01-31\ne: 1_000\nf: Y\ng: 0b1\n');
  t.deepEqual(content, {
    kind: 'value',
    value: { a: 'no', b: 'on', c: '12:30:45', d: '2027-01-31', e: '1_000', f: 'Y', g: '0b1' },
  });
});

test('whatever the text, the answer is a tree or problems with a position inside it', (t) => {
  const piece = fc.constantFrom(
    'a',
    'b: ',
    '- ',
    '\n',
    '  ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '#',
    '&x ',
    '*x',
    '!t ',
    '|\n',
    '>',
    '%',
    '---\n',
    '? ',
    ': ',
    '<<: ',
    '\t',
    'é',
    '0x1',
    '\r\n',
    '`',
    '@',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const tree = read(text);
      const lines = text.split('\n').length;
      for (const { position } of tree.problems) {
        if (position === 'whole_file') continue;
        if (position.line < 1 || position.line > lines || position.caret > position.excerpt.length) return false;
      }
      return tree.content === 'unreadable' ? tree.problems.length > 0 : true;
    }),
    { numRuns: 3000, examples: [[['!t ', '\r\n', ']', '#']]] },
  );
  t.pass();
});

test('a text without problems means to the yaml library what it means here', (t) => {
  const word = fc.constantFrom('a', 'b', 'c d', 'no', '1', '"x: y"', '10.0.0.0/8');
  const line = fc
    .tuple(fc.constantFrom('k', 'l', 'm', 'n'), fc.array(word, { minLength: 1, maxLength: 3 }))
    .map(([key, words]) => `${key}: [${words.join(', ')}]`);
  fc.assert(
    fc.property(fc.uniqueArray(line, { selector: (text) => text.charAt(0) }), (lines) => {
      const text = lines.join('\n');
      const { content } = read(text);
      t.deepEqual(content, { kind: 'value', value: parse(text) as unknown });
    }),
    { numRuns: 100 },
  );
});

test('a hundred thousand keys are read, and more are refused before they are composed', (t) => {
  const keys = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join('');
  const tree = read(keys(60_000));
  t.deepEqual(tree.problems, []);
  t.like(tree.positionOfKey([], 'k59999'), { line: 60_000 });
  t.like(tree.positionOf(['k59999']), { line: 60_000, column: 9 });
  t.is(tree.positionOfKey([], 'k60000'), 'no_such_key');
  const flow = `{${keys(100_001).replaceAll('\n', ',').replaceAll(': 1', ':')}}`.slice(0, 1_048_576);
  for (const text of [keys(100_001).replaceAll(' 1', ''), flow]) {
    t.deepEqual(
      read(text).problems.map(({ code, message }) => [code, message]),
      [['too_many', 'more than 100000 keys in one mapping']],
    );
  }
});

test('of errors without end a thousand are gathered, in the order of the text', (t) => {
  const texts = {
    'beyond the document': `a: ${'}'.repeat(20_000)}\n`,
    'inside a list': `a: [${','.repeat(20_000)}]\n`,
    'of quotation marks': `a: ${'"'.repeat(20_000)}\n`,
    'of features': `a: [${'&x b, '.repeat(20_000)}c]\n`,
    'of duplicates': 'a: b\n'.repeat(20_000),
  };
  for (const [what, text] of Object.entries(texts)) {
    const { problems, content } = read(text);
    t.is(problems.length, 1_000, what);
    const lines = problems.map(({ position }) =>
      position === 'whole_file' ? 0 : position.line * 1e6 + position.column,
    );
    t.deepEqual(
      lines,
      lines.toSorted((a, b) => a - b),
      what,
    );
    if (what !== 'of features' && what !== 'of duplicates') t.is(content, 'unreadable', what);
  }
});

test('keys that become one word are duplicates, however they are written', (t) => {
  for (const text of ['a: 1\n"a": 2\n', '{a: 1, a: 2}', "b: {a: 1, 'a': 2}"])
    t.deepEqual(
      read(text).problems.map(({ code, message }) => [code, message]),
      [['duplicate_key', 'duplicate key "a"']],
      text,
    );
});
