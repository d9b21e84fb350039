import test from 'ava';
import { generateKey, parseVerifierKey, toSigningKey, type SigningKey } from '../../../lib/journal/proof/keys.js';
import { judgeNote, parseNote, signNote } from '../../../lib/journal/proof/note.js';
import { NOTE, pemOf } from './vectors.js';

const published = `${NOTE.text}\n${NOTE.signature}`;

function keyNamed(name: string, pem = generateKey()): SigningKey {
  const key = toSigningKey(pem, name);
  if ('kind' in key) throw new Error(key.detail);
  return key;
}

test('the published note is signed by its key, and signing its text gives it byte for byte', (t) => {
  const read = parseNote(published);
  const key = parseVerifierKey(NOTE.vkey);
  if (read.kind !== 'whole' || key === 'malformed') return t.fail();
  t.is(read.note.text, NOTE.text);
  t.is(judgeNote(read.note, key), 'signed');
  t.is(signNote(NOTE.text, keyNamed(NOTE.name, pemOf(NOTE.seed))), published);
});

test('the note of the specification is read: its text has an empty line, and letters beyond ASCII', (t) => {
  const text = 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n';
  const line =
    '\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';
  const read = parseNote(`${text}\n${line}`);
  if (read.kind !== 'whole') return t.fail(read.detail);
  t.is(read.note.text, text);
  t.like(read.note.signatures, { 0: { name: 'quasimodo.example/salvatore', id: '367ba04b' }, length: 1 });
});

test('several keys sign, also two of one name, and each is judged by itself', (t) => {
  const [first, second, other] = [keyNamed('log'), keyNamed('log'), keyNamed('other')];
  const read = parseNote(signNote('text\n', first, second));
  if (read.kind !== 'whole') return t.fail(read.detail);
  t.deepEqual(
    [first, second, other].map((key) => judgeNote(read.note, key)),
    ['signed', 'signed', 'absent'],
  );
  t.is(judgeNote({ ...read.note, text: 'texT\n' }, first), 'bad');
});

test('a second signature under the same name and id must hold too', (t) => {
  const key = keyNamed('log');
  const [one, two] = [signNote('text\n', key), signNote('texT\n', key)].map((note) => note.split('\n\n')[1] ?? '');
  const read = parseNote(`text\n\n${one ?? ''}${two ?? ''}`);
  t.is(read.kind === 'whole' ? judgeNote(read.note, key) : read.kind, 'bad');
});

test('any change of one character leaves a note that does not read, or whose signature does not hold', (t) => {
  const key = parseVerifierKey(NOTE.vkey);
  if (key === 'malformed') return t.fail();
  for (let at = 0; at < published.length; at += 1) {
    for (const character of ['\n', ' ', 'A', '', String.fromCharCode(published.charCodeAt(at) ^ 1)]) {
      if (character === published[at]) continue;
      const read = parseNote(published.slice(0, at) + character + published.slice(at + 1));
      if (read.kind === 'whole') t.not(judgeNote(read.note, key), 'signed', `at ${at}`);
    }
  }
});

test('what is not a note does not read', (t) => {
  const { text, signature } = NOTE;
  const notes = {
    'no signature': `${text}\n`,
    'no empty line': text + signature,
    'nothing behind the last line end': `${text}\n${signature.trimEnd()}`,
    'a hyphen for the dash': `${text}\n${signature.replace('\u2014', '-')}`,
    'two spaces': `${text}\n${signature.replace(' ', '  ')}`,
    'base64 with bits that decoding drops': `${text}\n${signature.replace('M=', 'N=')}`,
    'base64 without its padding': `${text}\n${signature.replace('=', '')}`,
    'a short signature': `${text}\n\u2014 a AAAAAA==\n`,
    'a tabulator': `a\tb\n\n${signature}`,
    'a carriage return': `a\r\n\n${signature}`,
    'half a character': `a\ud800\n\n${signature}`,
    'a name with a plus': `${text}\n${signature.replace('Peter', 'Peter+')}`,
    'a hundred and one signatures': `${text}\n${signature.repeat(101)}`,
  };
  for (const [what, note] of Object.entries(notes)) t.is(parseNote(note).kind, 'malformed', what);
  t.is(parseNote(`${text}\n${signature.repeat(100)}`).kind, 'whole');
  t.throws(() => signNote('no line end', keyNamed('log')));
});
