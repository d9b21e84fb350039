import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { sealMember } from '../../../lib/journal/bytes/index.js';
import { hashLine } from '../../../lib/journal/lines/index.js';
import { readAnchors, verifyJournal, type Anchor, type Verification } from '../../../lib/journal/verify/index.js';
import type { VerifyOptions } from '../../../lib/journal/verify/verify.js';
import { temporaryFolder } from '../temporary.js';
import { journalOf, newKey, put, rechain, TestJournal, type Segments } from './written.js';

const KEY = newKey();
const JOURNAL = journalOf({ key: KEY });
const LINES = [...JOURNAL.segments.values()].flat();

type Check = (segments: Segments, options?: VerifyOptions) => Promise<Verification>;

/** Gives a function that verifies segments, put into a folder of the test's own. */
async function checking(t: ExecutionContext): Promise<Check> {
  const directory = join(await temporaryFolder(t), 'journal');
  return async (segments, options = {}) => {
    await put(directory, segments);
    return verifyJournal(directory, { settleMs: 0, ...options });
  };
}

function anchorsOf(...notes: readonly string[]): readonly Anchor[] {
  const read = readAnchors(notes.join(''), 'anchor');
  if (read.kind !== 'anchors') throw new Error(read.detail);
  return read.anchors;
}

function nameOf(number: number): string {
  return `segment-${String(number).padStart(8, '0')}.jsonl`;
}

/** The journal with a segment's lines changed. */
function changed(number: number, change: (lines: readonly string[]) => readonly string[] | string): Segments {
  const name = nameOf(number);
  const lines = change(JOURNAL.segments.get(name) ?? []);
  return new Map([...JOURNAL.segments, [name, typeof lines === 'string' ? [lines] : lines]]);
}

function flip(line: string, at: number): string {
  return line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ 1) + line.slice(at + 1);
}

test('a journal that was left alone holds, and all that is proven is reported', async (t) => {
  const check = await checking(t);
  const report = await check(JOURNAL.segments, { keys: [KEY], anchors: anchorsOf(...JOURNAL.notes.slice(0, 4)) });
  t.like(report, { kind: 'holds', segments: 3, lines: LINES.length, firstSeq: 1, unfinishedBytes: 0, checkpoints: 12 });
  t.deepEqual(report.last, JOURNAL.last);
  t.is(report.bytes, LINES.join('').length);
  t.deepEqual(report.keys, [{ key: KEY.text, fromSeq: 2, trust: 'given' }]);
  t.deepEqual(report.anchors, { agreeing: 4, tooOld: 0, ofOthers: 0 });
  t.like(report.proven, {
    anchored: { seq: 19, source: 'anchor:25' },
    checkpointed: { seq: LINES.length - 1, key: KEY.text },
    chained: { seq: LINES.length },
  });
});

test('without a given key the first one in the journal is trusted on first use, and that is reported', async (t) => {
  const check = await checking(t);
  const report = await check(JOURNAL.segments);
  t.is(report.kind, 'holds');
  t.like(report.keys, { 0: { trust: 'first_seen' }, length: 1 });
});

test('an empty folder proves nothing, and a segment made ready changes nothing', async (t) => {
  const check = await checking(t);
  t.like(await check(new Map()), { kind: 'unproven', segments: 0, lines: 0, firstSeq: 0, last: { seq: 0 } });
  t.like(await check(new Map([...JOURNAL.segments, [nameOf(4), []]])), { kind: 'holds', segments: 3 });
  t.like(await check(new Map(), { anchors: anchorsOf(...JOURNAL.notes) }), { kind: 'truncated', seq: 1 });
});

test('what is done to one line is reported by its name, and where', async (t) => {
  const check = await checking(t);
  const at = 10;
  const seq = 20 + at + 1;
  const cases: Readonly<Record<string, readonly [string, number, (lines: readonly string[]) => readonly string[]]>> = {
    'a bit of its content': [
      'changed',
      seq,
      (lines) => lines.with(at, flip(lines[at] ?? '', (lines[at] ?? '').indexOf('"text":') + 8)),
    ],
    'a bit of its number': ['changed', seq, (lines) => lines.with(at, flip(lines[at] ?? '', 14))],
    'a bit of its hash': ['changed', seq, (lines) => lines.with(at, flip(lines[at] ?? '', 150))],
    'a bit of its form': ['changed', seq, (lines) => lines.with(at, flip(lines[at] ?? '', 3))],
    'its end': ['changed', seq, (lines) => lines.with(at, (lines[at] ?? '').slice(0, -2))],
    'taken out': ['removed', seq, (lines) => lines.toSpliced(at, 1)],
    'three taken out': ['removed', seq, (lines) => lines.toSpliced(at, 3)],
    doubled: ['inserted', seq + 1, (lines) => lines.toSpliced(at, 0, lines[at] ?? '')],
    'an older one put in': ['inserted', seq, (lines) => lines.toSpliced(at, 0, LINES[4] ?? '')],
    'a later one put in': ['inserted', seq, (lines) => lines.toSpliced(at, 0, LINES[50] ?? '')],
    'no line put in': ['inserted', seq, (lines) => lines.toSpliced(at, 0, 'x\n')],
    'an older one in its place': ['changed', seq, (lines) => lines.with(at, LINES[4] ?? '')],
    'a later one in its place': ['changed', seq, (lines) => lines.with(at, LINES[50] ?? '')],
    'two changed places': [
      'reordered',
      seq,
      (lines) => lines.with(at, lines[at + 1] ?? '').with(at + 1, lines[at] ?? ''),
    ],
    'moved back by five': ['reordered', seq, (lines) => lines.toSpliced(at + 6, 0, lines[at] ?? '').toSpliced(at, 1)],
  };
  for (const [what, [kind, where, change]] of Object.entries(cases)) {
    const report = await check(changed(2, change), { keys: [KEY] });
    t.like(report, { kind, seq: where }, `${what}: ${JSON.stringify(report)}`);
    if (report.kind === 'holds') continue;
    t.like(report, { segment: nameOf(2), line: where - 20 }, what);
    t.true(report.proven.chained !== 'none' && report.proven.chained.seq === where - 1, what);
  }
});

test('what is done to whole segments is reported by its name', async (t) => {
  const check = await checking(t);
  const [one = [], two = [], three = []] = JOURNAL.segments.values();
  const cases: Readonly<Record<string, readonly [string, number, Segments]>> = {
    'the middle one taken out': [
      'removed',
      21,
      new Map([
        [nameOf(1), one],
        [nameOf(3), three],
      ]),
    ],
    'two that changed places': [
      'reordered',
      21,
      new Map([
        [nameOf(1), one],
        [nameOf(2), three],
        [nameOf(3), two],
      ]),
    ],
    'the last one under another number': [
      'removed',
      21,
      new Map([
        [nameOf(1), one],
        [nameOf(2), three],
      ]),
    ],
    'the middle one emptied': ['truncated', 21, changed(2, () => [])],
    'the end of a closed one cut off': ['truncated', 36, changed(2, (lines) => lines.slice(0, 15))],
    'a closed one cut in the middle of a line': [
      'truncated',
      36,
      changed(2, (lines) => lines.join('').slice(0, -1500)),
    ],
    'the first one taken out': [
      'removed',
      20,
      new Map([
        [nameOf(2), two],
        [nameOf(3), three],
      ]),
    ],
    'the first two under other numbers': [
      'removed',
      1,
      new Map([
        [nameOf(1), two],
        [nameOf(2), three],
      ]),
    ],
    'the first one twice': [
      'inserted',
      21,
      new Map([
        [nameOf(1), one],
        [nameOf(2), one],
        [nameOf(3), two],
      ]),
    ],
  };
  for (const [what, [kind, seq, segments]] of Object.entries(cases)) {
    const report = await check(segments, { keys: [KEY] });
    t.like(
      report,
      { kind, ...(what.includes('middle of a line') ? {} : { seq }) },
      `${what}: ${JSON.stringify(report)}`,
    );
  }
});

test('an end that was not written whole is torn, and what a crash cannot have left is not', async (t) => {
  const check = await checking(t);
  const whole = LINES.at(-1) ?? '';
  const endingIn = (end: string): Segments => changed(3, (lines) => lines.slice(0, -1).join('') + end);
  t.like(await check(endingIn(whole.slice(0, 40))), { kind: 'torn_tail', seq: LINES.length, unfinishedBytes: 40 });
  t.like(await check(endingIn(whole.slice(0, -1))), { kind: 'torn_tail', segment: nameOf(3), line: 20 });
  t.like(await check(endingIn(`${whole.slice(0, 30)}\0\0\0\0`)), { kind: 'torn_tail', unfinishedBytes: 34 });
  t.like(await check(endingIn(`${whole.slice(0, 30)}\n`)), { kind: 'changed', seq: LINES.length });
  t.like(await check(endingIn(`${whole}x\n`)), { kind: 'changed', seq: LINES.length + 1 });
  const anchors = anchorsOf(...JOURNAL.notes);
  t.like(await check(endingIn(''), { anchors }), { kind: 'holds' });
  const cut = changed(3, (lines) => lines.slice(0, -2).join('') + whole.slice(0, 9));
  t.like(await check(cut, { anchors }), { kind: 'truncated', seq: LINES.length - 1 });
});

test('a rewritten chain without the key contradicts the next checkpoint, with the key an anchor', async (t) => {
  const check = await checking(t);
  const forged = changed(2, (lines) => lines.with(10, (lines[10] ?? '').replace('"text":"', '"text":"forged')));
  const without = await check(rechain(forged, 'no key'), { keys: [KEY] });
  t.like(without, { kind: 'wrong_root', seq: 34, line: 14, segment: nameOf(2) });
  t.like(without.proven, { checkpointed: { seq: 27 }, chained: { seq: 27 } });
  t.regex('detail' in without ? without.detail : '', /a line from 28 to 33 is not what was signed/);

  const withKey = rechain(forged, KEY);
  t.like(await check(withKey, { keys: [KEY] }), { kind: 'holds' });
  const anchored = await check(withKey, {
    keys: [KEY],
    anchors: anchorsOf(JOURNAL.notes[3] ?? '', JOURNAL.notes[8] ?? ''),
  });
  t.like(anchored, { kind: 'wrong_root', seq: 41 });
  t.like(anchored.proven, { anchored: { seq: 19 }, checkpointed: { seq: 13 }, chained: { seq: 19 } });
});

test('a journal signed by another key, or of another name, is found if a key or an anchor is known', async (t) => {
  const check = await checking(t);
  const stranger = newKey();
  const namesake = newKey(KEY.name);
  for (const key of [stranger, namesake]) {
    const replaced = rechain(JOURNAL.segments, key);
    t.like(await check(replaced), { kind: 'holds' });
    t.like(await check(replaced, { keys: [KEY] }), { kind: 'foreign_key', seq: 1 });
    t.is((await check(replaced, { keys: [KEY] })).proven.checkpointed, 'none');
    const kind = key === stranger ? 'foreign_key' : 'wrong_root';
    t.like(await check(replaced, { anchors: anchorsOf(...JOURNAL.notes) }), { kind });
  }
  const half = new TestJournal(KEY);
  half.lines(5);
  half.key = namesake;
  half.checkpoint();
  t.like(await check(half.segments), { kind: 'foreign_key', seq: 8 });
});

test('a signature that does not hold is reported, and so is a checkpoint that says something else than its place', async (t) => {
  const check = await checking(t);
  const other = journalOf({ key: KEY, lines: 6 });
  const last = JOURNAL.notes.at(-1) ?? '';
  const notes: Readonly<Record<string, readonly [string, string]>> = {
    'a note with another time': ['bad_signature', last.replace(/time 2026/, 'time 2027')],
    'a note with a broken signature': [
      'bad_signature',
      last.replace(/(.)...=\n$/, (end, c: string) => (c === 'A' ? 'B' : 'A') + end.slice(1)),
    ],
    'a note without its key': [
      'bad_signature',
      last.replace(/\n\n.*$/s, (JOURNAL.notes[0] ?? '').replace(/^.*\n\n/s, '\n\n')),
    ],
    'the note of an earlier checkpoint': ['changed', JOURNAL.notes[5] ?? ''],
    'the note of another journal with that key': ['changed', other.notes.at(-1) ?? ''],
    'no note': ['changed', 'x'],
  };
  for (const [what, [kind, note]] of Object.entries(notes)) {
    const forged = changed(3, (lines) =>
      lines.with(
        -1,
        (lines.at(-1) ?? '').replace(/"note":".*?","range/, () => `"note":${asciiOf(note)},"range`),
      ),
    );
    const report = await check(forged, { keys: [KEY] });
    t.like(report, { kind, seq: LINES.length }, `${what} ${JSON.stringify(report)}`);
  }
});

function asciiOf(text: string): string {
  return JSON.stringify(text).replaceAll('\u2014', '\\u2014');
}

test('checkpoints that were taken out are missed', async (t) => {
  const check = await checking(t);
  const without = rechain(
    new Map(
      [...JOURNAL.segments].map(([name, lines]) => [name, lines.filter((line) => !line.includes('"k":"checkpoint"'))]),
    ),
    'no key',
  );
  t.like(await check(without, { keys: [KEY] }), { kind: 'unproven' });
  t.like(await check(without), { kind: 'unproven' });
  t.like(await check(without, { anchors: anchorsOf(...JOURNAL.notes) }), { kind: 'wrong_root' });
  t.like((await check(without)).proven, { checkpointed: 'none' });
  const long = new TestJournal(KEY);
  long.lines(2001);
  t.like(await check(long.segments), { kind: 'removed', seq: 2003 });
});

test('a key that the old one introduced is trusted, and from then on the old one is not', async (t) => {
  const check = await checking(t);
  const next = newKey(KEY.name);
  const journal = new TestJournal(KEY);
  journal.lines(3);
  journal.checkpoint(KEY, next);
  journal.lines(3);
  journal.checkpoint();
  const report = await check(journal.segments, { keys: [KEY] });
  t.like(report, {
    kind: 'holds',
    keys: { 0: { trust: 'given' }, 1: { key: next.text, fromSeq: 6, trust: 'introduced' } },
  });
  t.like(report.proven, { checkpointed: { seq: 9, key: next.text } });
  // Whoever knows the new key only, trusts it for all that it signed, which is everything from the beginning.
  const later = await check(journal.segments, { keys: [next] });
  t.like(later, { kind: 'holds', proven: { checkpointed: { seq: 9 } } });
  journal.checkpoint(KEY);
  t.like(await check(journal.segments), { kind: 'foreign_key', seq: 11 });
});

test('a second signature on an old checkpoint introduces no key', async (t) => {
  const check = await checking(t);
  const thief = newKey(KEY.name);
  const journal = new TestJournal(KEY);
  journal.lines(3);
  journal.checkpoint();
  const [name = '', lines = []] = [...journal.segments][0] ?? [];
  const note = journal.notes.at(-1) ?? '';
  const line = (new TestJournal(thief).notes[0] ?? '').replace(/^.*\n\n/s, '');
  const forged = lines.with(
    -1,
    (lines.at(-1) ?? '').replace(asciiOf(note), () => asciiOf(note + line)),
  );
  t.like(await check(new Map([[name, forged]]), { keys: [KEY] }), { kind: 'holds', keys: { length: 1 } });
});

test('where the oldest segments were removed by the rules, the rest holds from its first line on', async (t) => {
  const check = await checking(t);
  const journal = journalOf({ key: KEY, segments: 2, checkpoints: 1 });
  const [, two = []] = journal.segments.values();
  const first = JSON.parse(two[0] ?? '') as { seq: number };
  const told = (lastSeq: number, checkpoint: boolean): Segments => {
    const anew = journalOf({ key: KEY, segments: 2, checkpoints: 1 });
    anew.line({ kind: 'retention', content: { segments: ['a', 'b'], last_seq: lastSeq } });
    if (checkpoint) anew.checkpoint();
    return new Map([...anew.segments].slice(1));
  };
  const report = await check(told(first.seq - 1, true), { keys: [KEY], anchors: anchorsOf(...journal.notes) });
  t.like(report, { kind: 'holds', firstSeq: first.seq, segments: 1 });
  t.like(report.proven, { checkpointed: { seq: first.seq + 8 } });
  t.like(report.anchors, { agreeing: 2, tooOld: 2 });
  t.like(await check(told(first.seq - 2, true)), { kind: 'removed', seq: first.seq - 1 });
  // Anybody can add that line at the end; what counts is that it was signed.
  t.like(await check(told(first.seq - 1, false)), { kind: 'removed' });
});

test('an unsigned line must hold JSON, however well it is chained', async (t) => {
  const check = await checking(t);
  const journal = new TestJournal(KEY);
  journal.lines(3);
  journal.checkpoint();
  journal.lines(3);
  const [name = '', lines = []] = [...journal.segments][0] ?? [];
  const good = journal.last;
  const forged: string[] = [...lines];
  let hash = hashLine(forged[5] ?? '');
  for (const at of [6, 7, 8]) {
    const line = (lines[at] ?? '').replace(/"prev":"[^"]*"/, `"prev":"${hash}"`);
    forged[at] = at === 7 ? line.replace('"text":', '"text"') : line;
    hash = hashLine(forged[at] ?? '');
  }
  t.not(hash, good.hash);
  t.like(await check(new Map([[name, forged]]), { keys: [KEY] }), { kind: 'changed', seq: 8, line: 8 });
});

test('cuts and accepted gaps are reported, and are not faults', async (t) => {
  const check = await checking(t);
  const journal = new TestJournal(KEY);
  journal.line({ kind: 'recover', content: { bytes: 7 } });
  journal.line({ kind: 'gap', content: { reason: 'a broken disk', by: 'root' } });
  journal.checkpoint();
  const report = await check(journal.segments, { keys: [KEY] });
  t.like(report, {
    kind: 'holds',
    gaps: { 0: { seq: 4, content: { reason: 'a broken disk' } } },
    cuts: { 0: { seq: 3 } },
  });
});

test('compressed segments are verified like plain ones, and a broken file is reported', async (t) => {
  const directory = join(await temporaryFolder(t), 'journal');
  await put(directory, JOURNAL.segments);
  const path = join(directory, nameOf(2));
  const text = await readFile(path);
  const members = [0, 3000, 6000].map((at) => text.subarray(at, at === 6000 ? undefined : at + 3000));
  const good = Buffer.concat(members.map((part) => sealMember(gzipSync(part), part.length)));
  await unlink(path);
  const check = async (bytes: Buffer): Promise<Verification> => {
    await writeFile(`${path}.gz`, bytes);
    return verifyJournal(directory, { keys: [KEY] });
  };
  t.like(await check(good), { kind: 'holds', lines: LINES.length });
  for (let at = 0; at < good.length; at += 97) {
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(at) ^ 0x20, at);
    const report = await check(bad);
    if (report.kind !== 'holds') t.true(report.seq > 20 && report.seq <= 41, `${at}`);
  }
  t.like(await check(good.subarray(0, -1)), { kind: 'truncated' });
  t.like(await check(Buffer.concat([good, Buffer.of(1)])), { kind: 'changed', seq: 41, segment: nameOf(2) });
});

test('a journal that grows while it is verified is not torn', async (t) => {
  const directory = join(await temporaryFolder(t), 'journal');
  const [first = []] = JOURNAL.segments.values();
  const half = new Map([[nameOf(1), [first.join('').slice(0, -100)]]]);
  await put(directory, half);
  const verifying = verifyJournal(directory, { settleMs: 500 });
  await writeFile(join(directory, nameOf(1)), first.join(''));
  t.like(await verifying, { kind: 'holds', lines: 20 });
});
