import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openJournal, readJournal, readLast, verifyJournal, type Journal } from '../../../lib/journal/index.js';
import { realDisk } from '../../../lib/journal/disk/disk.js';
import { listSegments } from '../../../lib/journal/lines/index.js';
import { examine, repairEnd } from '../../../lib/journal/recovery/index.js';
import { checkpointsOf, publicKey } from '../checkpoints.js';
import { faultyDisk } from '../faulty-disk.js';
import { appendMany, collect, opened, temporaryFolder } from '../temporary.js';

const FIRST = 'segment-00000001.jsonl';
const SECOND = 'segment-00000002.jsonl';

/** Makes a journal of two segments; the second one's lines are of several batches, the last of three lines. */
async function journalOfTwo(t: ExecutionContext): Promise<string> {
  const directory = await temporaryFolder(t);
  const small = await opened(t, { directory, segmentBytes: 1 });
  await appendMany(small, 2);
  for (let n = 2; !isIn(small, SECOND); n += 1) await appendMany(small, 1, n);
  await small.close();
  const journal = await opened(t, { directory });
  await appendMany(journal, 1, 100);
  await appendMany(journal, 3, 200);
  await journal.close();
  return directory;
}

function isIn(journal: Journal, segment: string): boolean {
  const state = journal.state();
  return state.kind === 'writing' && state.segment === segment;
}

async function linesOf(directory: string): Promise<readonly string[]> {
  return (await collect(readJournal(directory))).map((line) => line.bytes.toString('latin1'));
}

async function copyOf(t: ExecutionContext, directory: string): Promise<string> {
  const copy = await temporaryFolder(t);
  for (const name of [FIRST, SECOND]) await copyFile(join(directory, name), join(copy, name));
  for (const name of ['journal.key', 'journal.key.pub']) {
    await copyFile(join(dirname(directory), name), join(dirname(copy), name));
  }
  return copy;
}

test('cut at any byte, a journal keeps its whole lines, and what is cut is kept beside it', async (t) => {
  const directory = await journalOfTwo(t);
  const first = await readFile(join(directory, FIRST), 'latin1');
  const second = await readFile(join(directory, SECOND), 'latin1');
  const copy = await copyOf(t, directory);
  for (let size = 0; size <= second.length; size += 1) {
    await Promise.all((await readdir(copy)).map((name) => rm(join(copy, name))));
    await writeFile(join(copy, FIRST), first);
    await writeFile(join(copy, SECOND), second.slice(0, size));
    const found = await examine(copy);
    if (found.kind !== 'good') return t.fail(`cut at ${size}: ${found.kind}`);
    await repairEnd(copy, realDisk, found.leftovers, found.position);

    const whole = second.slice(0, size).lastIndexOf('\n') + 1;
    const { position } = found;
    t.is(position.segment.name, whole > 0 ? SECOND : FIRST, `cut at ${size}`);
    t.is(position.bytes, whole > 0 ? whole : first.length, `cut at ${size}`);
    t.is(position.tree.range.size, position.last.seq, `cut at ${size}`);
    const left = await Promise.all((await listSegments(copy)).map(({ path }) => readFile(path, 'latin1')));
    t.is(left.join(''), first + second.slice(0, whole), `cut at ${size}`);
    const kept = (await readdir(copy)).filter((name) => name.endsWith('.pending'));
    const torn = await Promise.all(kept.map((name) => readFile(join(copy, name), 'latin1')));
    t.deepEqual(torn, whole === size ? [] : [second.slice(whole, size)], `cut at ${size}`);
  }
});

test('after a cut the chain goes on, and a line reports how much was cut', async (t) => {
  const directory = await journalOfTwo(t);
  const whole = (await linesOf(directory)).join('');
  const { length } = await readFile(join(directory, SECOND));
  // The last batch but one is of three lines, the last is the checkpoint of the stop: both are cut at every byte.
  const batches = (await linesOf(directory)).slice(-4).join('').length;
  const key = await publicKey(`${directory}.key`);
  for (let size = 0; size <= length; size += size < length - batches ? 29 : 1) {
    const copy = await copyOf(t, directory);
    await truncate(join(copy, SECOND), size);
    const journal = await opened(t, { directory: copy });
    await appendMany(journal, 1, 900);
    await journal.close();

    const kept = whole.slice(0, whole.length - length + size);
    const stay = kept.slice(0, kept.lastIndexOf('\n') + 1);
    const torn = kept.slice(stay.length);
    t.true((await linesOf(copy)).join('').startsWith(stay), `cut at ${size}: a line is missing`);
    t.like(await verifyJournal(copy), { kind: 'holds', unfinishedBytes: 0 }, `cut at ${size}`);
    const signed = await checkpointsOf(copy, key);
    if (typeof signed === 'string') t.fail(`cut at ${size}: ${signed}`);
    const told = await toldOfCuts(copy);
    t.deepEqual(told, torn === '' ? [] : [{ bytes: torn.length, sha256: sha256(torn), kept: torn }], `cut at ${size}`);
  }
});

function sha256(bytes: string): string {
  return createHash('sha256').update(bytes, 'latin1').digest('base64url');
}

async function toldOfCuts(directory: string): Promise<readonly object[]> {
  const told: object[] = [];
  for (const line of await collect(readJournal(directory))) {
    if (line.read !== 'line' || line.kind !== 'recover') continue;
    const { bytes, sha256: hash, file } = line.content;
    told.push({ bytes, sha256: hash, kept: await readFile(join(directory, String(file)), 'latin1') });
  }
  return told;
}

test('a recover line says where and how much was cut', async (t) => {
  const directory = await journalOfTwo(t);
  const { length } = await readFile(join(directory, SECOND));
  await appendFile(join(directory, SECOND), 'half a line');
  await (await opened(t, { directory })).close();
  const [line] = await readLast(directory, 2);
  if (line?.read !== 'line') return t.fail();
  t.is(line.kind, 'recover');
  t.like(line.content, {
    segment: SECOND,
    offset: length,
    bytes: 11,
    lines: 1,
    sha256: sha256('half a line'),
  });
  t.true((await readdir(directory)).includes(String(line.content['file'])));
});

test('a start that is killed before it could record a cut leaves that to the next one', async (t) => {
  const directory = await journalOfTwo(t);
  await appendFile(join(directory, SECOND), 'torn');
  const { disk } = faultyDisk(({ name }) => (name === 'rename' ? 'EIO' : 'none'));
  t.like(await openJournal({ directory, disk }), { kind: 'unwritable', code: 'EIO' });
  await (await opened(t, { directory })).close();
  t.deepEqual((await toldOfCuts(directory)).length, 2);
  t.false((await readdir(directory)).some((name) => name.endsWith('.pending')));
});

test('what a failed sync may have left in memory only is written again and synced before anything continues it', async (t) => {
  const directory = await journalOfTwo(t);
  const before = await readFile(join(directory, SECOND));
  const { disk, calls } = faultyDisk(() => 'none');
  const journal = await opened(t, { directory, disk });
  t.deepEqual(
    calls.map(({ name }) => name),
    ['open', 'write', 'syncData', 'close', 'open', 'write', 'syncData'],
  );
  t.deepEqual((await readFile(join(directory, SECOND))).subarray(0, before.length), before);
  await journal.close();
  const failing = faultyDisk(({ name }) => (name === 'syncData' ? 'EIO' : 'none'));
  t.like(await openJournal({ directory, disk: failing.disk }), { kind: 'unwritable', code: 'EIO' });
});

test('when a cut cannot be kept, nothing is cut', async (t) => {
  const directory = await journalOfTwo(t);
  await appendFile(join(directory, SECOND), 'torn');
  const before = await readFile(join(directory, SECOND));
  const { disk } = faultyDisk(({ name }) => (name === 'write' ? 'ENOSPC' : 'none'));
  t.like(await openJournal({ directory, disk }), { kind: 'unwritable', code: 'ENOSPC' });
  t.deepEqual(await readFile(join(directory, SECOND)), before);
});

test('a line changed before the last one is damage: nothing is written, and the line is named', async (t) => {
  const directory = await journalOfTwo(t);
  const bytes = await readFile(join(directory, SECOND));
  const starts = [0, ...[...bytes.keys()].filter((at) => bytes[at] === 0x0a).map((at) => at + 1)].slice(0, -1);
  const last = starts.at(-1) ?? 0;
  for (let at = 0; at < last; at += 37) {
    const copy = await copyOf(t, directory);
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at);
    await writeFile(join(copy, SECOND), changed);
    const problem = await openJournal({ directory: copy });
    if (problem.kind !== 'damaged') return t.fail(`byte ${at}: ${problem.kind}`);
    const line = starts.findLastIndex((start) => start <= at) + 1;
    // What a changed byte breaks is its line, or that the next one bears its hash.
    t.true(problem.line === line || problem.line === line + 1, `byte ${at} of line ${line}: line ${problem.line}`);
    t.is(problem.segment, SECOND);
    t.regex(problem.remedy, /restore the file/);
    t.deepEqual(await readFile(join(copy, SECOND)), changed, 'a damaged segment was written to');
    await rm(dirname(copy), { recursive: true });
  }
});

test('a line taken out, doubled or moved is damage', async (t) => {
  const directory = await journalOfTwo(t);
  const lines = (await readFile(join(directory, SECOND), 'latin1')).split(/(?<=\n)/);
  const [a = '', b = '', c = '', ...rest] = lines;
  for (const changed of [
    [a, c, ...rest],
    [a, b, b, c, ...rest],
    [a, c, b, ...rest],
    [b, c, ...rest],
  ]) {
    const copy = await copyOf(t, directory);
    await writeFile(join(copy, SECOND), changed.join(''));
    t.like(await openJournal({ directory: copy }), { kind: 'damaged', segment: SECOND });
  }
});

test('a segment that is not the one its successor continues is damage', async (t) => {
  const directory = await journalOfTwo(t);
  const first = await readFile(join(directory, FIRST), 'latin1');
  const withoutLast = first.slice(0, first.lastIndexOf('\n', first.length - 2) + 1);
  for (const changed of [
    withoutLast,
    `${first}${first.slice(-100)}`,
    first.slice(0, -1),
    '',
    first.replace(/.\}\}\n$/, '}}\n'),
  ]) {
    const copy = await copyOf(t, directory);
    await writeFile(join(copy, FIRST), changed);
    t.like(await openJournal({ directory: copy }), { kind: 'damaged' });
  }
});

test('a segment missing between others is damage; missing oldest ones are not', async (t) => {
  const directory = await journalOfTwo(t);
  await rename(join(directory, SECOND), join(directory, 'segment-00000003.jsonl'));
  t.like(await openJournal({ directory }), { kind: 'damaged', segment: 'segment-00000003.jsonl' });
  await rm(join(directory, FIRST));
  const journal = await opened(t, { directory });
  t.like((await appendMany(journal, 1))[0], { kind: 'receipt' });
});

test('more bytes than one batch can leave are damage, whatever they are', async (t) => {
  const directory = await journalOfTwo(t);
  await appendFile(join(directory, SECOND), Buffer.alloc(1024 * 1024 + 1));
  t.like(await openJournal({ directory }), { kind: 'damaged', segment: SECOND });
});

test('a segment that was begun and never used is forgotten, also behind a torn one', async (t) => {
  const directory = await journalOfTwo(t);
  await appendFile(join(directory, SECOND), '{"v":1,"seq":');
  await writeFile(join(directory, 'segment-00000003.jsonl'), '');
  const journal = await opened(t, { directory });
  t.like(journal.state(), { segment: SECOND });
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds', segments: 2 });
});

test('a torn first line of all is cut, and the journal starts again', async (t) => {
  const directory = join(await temporaryFolder(t), 'journal');
  await mkdir(directory);
  await writeFile(join(directory, FIRST), '{"v":1,"seq":1,"t":');
  await (await opened(t, { directory })).close();
  const kinds = (await collect(readJournal(directory))).map((line) => line.read === 'line' && line.kind);
  t.deepEqual(kinds, ['segment', 'checkpoint', 'recover', 'checkpoint']);
});
