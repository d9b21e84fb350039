import test from 'ava';
import {
  checkpointContent,
  checkpointText,
  parseCheckpoint,
  readCheckpointContent,
  type Checkpoint,
} from '../../../lib/journal/proof/checkpoint.js';
import { toSigningKey } from '../../../lib/journal/proof/keys.js';
import { judgeNote, signNote } from '../../../lib/journal/proof/note.js';
import { EMPTY_RANGE, hashLeaf, peaksOf, push, rangeOf, rootOf } from '../../../lib/journal/proof/tree.js';
import { LEAVES, NOTE, pemOf, ROOTS } from './vectors.js';

const range = LEAVES.slice(0, 7).map(hashLeaf).reduce(push, EMPTY_RANGE);

const checkpoint: Checkpoint = {
  origin: 'tidegate/0123456789abcdef',
  size: 7,
  root: ROOTS[6] ?? '',
  chain: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  time: '2026-01-31T23:59:59.999Z',
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
};

const TEXT = `tidegate/0123456789abcdef
7
3bib5AOAnjJXUNPSY814kpwpQreUKjS3fhIslZSnTIw=
chain 47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
time 2026-01-31T23:59:59.999Z
key PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
`;

test('a checkpoint is the text that the format says, and is read back', (t) => {
  t.is(checkpointText(checkpoint), TEXT);
  t.deepEqual(parseCheckpoint(TEXT), checkpoint);
});

test('anything but that text is not a checkpoint', (t) => {
  const others = [
    TEXT.trimEnd(),
    `${TEXT}\n`,
    `${TEXT}more\n`,
    TEXT.replace('\n7\n', '\n07\n'),
    TEXT.replace('\n7\n', '\n-7\n'),
    TEXT.replace('\n7\n', '\n9999999999999999\n'),
    TEXT.replace('Iw=', 'Ix='),
    TEXT.replace('chain ', 'chain  '),
    TEXT.replace('time', 'Time'),
    TEXT.replace('.999Z', 'Z'),
    TEXT.replace(/key .*\n/, ''),
    TEXT.replace('c74f20a3', 'c74f20a4'),
    TEXT.replace(/^.*/, ''),
  ];
  for (const other of others) t.is(parseCheckpoint(other), 'malformed', other);
});

test('a signed checkpoint is, byte for byte, what it always was', (t) => {
  const key = toSigningKey(pemOf(NOTE.seed), checkpoint.origin);
  if ('kind' in key) return t.fail(key.detail);
  const note = signNote(TEXT, key);
  t.is(
    note,
    `${TEXT}\n\u2014 tidegate/0123456789abcdef gS186YUz2IKkzM1o3V5bxQRqVhftRmkdiGFltzBdd5fNOcRhlQ2EoTc6aPgP2BfwdwPdsygZWnZwXnnOfikclvIf5gs=\n`,
  );
  const read = readCheckpointContent({ ...checkpointContent(note, range) });
  if (read.kind !== 'whole') return t.fail(read.detail);
  t.deepEqual(read.checkpoint, checkpoint);
  t.is(judgeNote(read.note, key), 'signed');
  // Writing goes on from what the line holds.
  t.is(rootOf(push(read.range, hashLeaf(LEAVES[7] ?? ''))), ROOTS[7] ?? '');
});

test('content that is not one is distinguished from a range that does not give the root', (t) => {
  const key = toSigningKey(pemOf(NOTE.seed), checkpoint.origin);
  if ('kind' in key) return t.fail(key.detail);
  const note = signNote(TEXT, key);
  const peaks = peaksOf(range);
  const kindOf = (content: { readonly [key: string]: unknown }): string => readCheckpointContent(content).kind;
  t.is(kindOf({ note, range: peaks }), 'whole');
  t.is(kindOf({ note, range: peaks.toReversed() }), 'wrong_root');
  for (const bad of [peaks.slice(1), [...peaks, ...peaks], 'peaks', null, peaks.with(0, '')]) {
    t.is(kindOf({ note, range: bad }), 'malformed');
  }
  for (const bad of [7, null, TEXT, note.replace('chain', 'link'), `${note} `]) {
    t.is(kindOf({ note: bad, range: peaks }), 'malformed');
  }
  t.is(rangeOf(7, peaks) === 'malformed', false);
});
