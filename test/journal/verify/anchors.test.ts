import test from 'ava';
import { readAnchors } from '../../../lib/journal/verify/anchors.js';
import { journalOf, newKey } from './written.js';

const { notes, key } = journalOf({ key: newKey() });
const [first = '', second = ''] = notes;

test('anchors are read one behind the other, with or without empty lines between them', (t) => {
  for (const text of [notes.join(''), notes.join('\n'), `\n\n${notes.join('\n\n')}\n`]) {
    const read = readAnchors(text, 'file');
    if (read.kind !== 'anchors') return t.fail(read.detail);
    t.deepEqual(
      read.anchors.map(({ checkpoint }) => checkpoint.size),
      [1, 7, 13, 19, 21, 27, 33, 39, 41, 47, 53, 59],
    );
    t.true(read.anchors.every(({ checkpoint }) => checkpoint.key === key.text));
  }
  t.like(readAnchors(first + second, 'file'), { anchors: { 0: { source: 'file:1' }, 1: { source: 'file:9' } } });
});

test('a file that is not one is reported by its line', (t) => {
  t.like(readAnchors('', 'file'), { kind: 'malformed', line: 1 });
  t.like(readAnchors('hello\n', 'file'), { kind: 'malformed', line: 1 });
  t.like(readAnchors(`${first}hello\n`, 'file'), { kind: 'malformed', line: 9 });
  t.like(readAnchors(first + second.slice(0, -9), 'file'), { kind: 'malformed', line: 9 });
  t.like(readAnchors(first + second.replace('\n7\n', '\n8\n'), 'file'), {
    kind: 'malformed',
    line: 9,
    detail: 'a checkpoint has no valid signature by the key that it names',
  });
});
