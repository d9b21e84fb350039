import { createHash } from 'node:crypto';
import { copyFile, cp, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { acceptGap, openJournal, readJournal, rotateKey, verifyJournal, type Line } from '../../lib/journal/index.js';
import { generateKeyFile, judgeNote, readCheckpointContent } from '../../lib/journal/proof/index.js';
import { checkpointsOf, publicKey } from './checkpoints.js';
import { faultyDisk, type FaultyDisk } from './faulty-disk.js';
import { appendMany, collect, opened, temporaryFolder } from './temporary.js';

const WHO = { by: 'admin', reason: 'disk replaced, CHG-2041' };
const FIRST = 'segment-00000001.jsonl';
const SECOND = 'segment-00000002.jsonl';
const THIRD = 'segment-00000003.jsonl';

/** Makes a journal of three segments, each of some lines. */
async function journalOfThree(t: ExecutionContext, compress = false): Promise<string> {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 5000, compress });
  for (let n = 0; !(await readdir(directory)).includes('segment-00000004.jsonl'); n += 1)
    await appendMany(journal, 1, n);
  await journal.close();
  return directory;
}

/** Copies a journal and its key. */
async function copyOf(directory: string): Promise<string> {
  const folder = await mkdtemp(join(dirname(directory), 'copy-'));
  await cp(directory, join(folder, 'journal'), { recursive: true, filter: (path) => !path.includes('/lock') });
  for (const name of ['journal.key', 'journal.key.pub'])
    await copyFile(join(dirname(directory), name), join(folder, name));
  return join(folder, 'journal');
}

async function linesOf(directory: string): Promise<readonly Line[]> {
  return (await collect(readJournal(directory))).filter((line): line is Line => line.read === 'line');
}

async function gapsOf(directory: string): Promise<readonly Line[]> {
  return (await linesOf(directory)).filter(({ kind }) => kind === 'gap');
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(path, bytes);
}

/** The journal opens, its chain holds and every checkpoint does. */
async function holds(t: ExecutionContext, directory: string, message: string): Promise<void> {
  const journal = await openJournal({ directory });
  if (journal.kind !== 'journal') return t.fail(`${message}: ${journal.kind} ${journal.detail}`);
  t.like((await appendMany(journal, 1))[0], { kind: 'receipt' }, message);
  await journal.close();
  const chain = await verifyJournal(directory);
  // Where the first segment was taken away, its beginning is missing, and no gap says otherwise.
  const expected = message === 'a segment of another journal' ? 'removed' : 'holds';
  t.is(chain.kind, expected, `${message}: ${JSON.stringify(chain)}`);
  const found = await checkpointsOf(directory, await publicKey(`${directory}.key`));
  if (typeof found === 'string') t.fail(`${message}: ${found}`);
}

test('a journal that is not damaged has no gap to accept', async (t) => {
  const directory = await journalOfThree(t);
  t.deepEqual(await acceptGap({ directory, ...WHO }), { kind: 'no_damage' });
});

test('a damaged journal opens when the gap has been accepted, and records who accepted what, and why', async (t) => {
  const directory = await journalOfThree(t);
  const before = await readFile(join(directory, THIRD));
  const whole = (await linesOf(directory)).filter(({ segment }) => segment === THIRD);
  const victim = whole.at(-6);
  if (victim === undefined) return t.fail();
  await flip(join(directory, THIRD), victim.offset + victim.bytes.length - 5);
  t.like(await openJournal({ directory }), { kind: 'damaged', segment: THIRD });

  const accepted = await acceptGap({ directory, ...WHO });
  if (accepted.kind !== 'gap_accepted') return t.fail(accepted.kind);
  const [gap] = await gapsOf(directory);
  const [file] = accepted.files;
  if (gap === undefined || file === undefined) return t.fail();
  // The next line does not bear the hash of the changed one: which of the two was changed, nobody can tell.
  t.is(accepted.lastSeq, victim.seq - 1);
  t.is(gap.seq, accepted.lastSeq + 1);
  t.is(gap.content['last_hash'], gap.prev);
  t.like(gap.content, { ...WHO, last_seq: accepted.lastSeq, readable_seq: file.readableSeq });
  const kept = await readFile(join(directory, file.file));
  t.is(createHash('sha256').update(kept).digest('base64url'), file.sha256);
  t.is(file.offset + kept.length, before.length);
  await holds(t, directory, 'afterwards');
  t.is((await linesOf(directory)).find(({ seq }) => seq === gap.seq + 1)?.kind, 'checkpoint', 'the gap is signed');
});

/** What may happen to a journal's end, apart from tearing it. */
const DAMAGES: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  'the last line changed and followed by rubbish': (directory) => appendTo(directory, 'rubbish\nmore rubbish\n'),
  'a segment missing': (directory) => rm(join(directory, SECOND)),
  'a segment cut short': async (directory) => {
    const bytes = await readFile(join(directory, SECOND));
    await writeFile(join(directory, SECOND), bytes.subarray(0, bytes.length - 10));
  },
  "a segment's first line changed": (directory) => flip(join(directory, THIRD), 300),
  'a segment of another journal': async (directory) => {
    await rename(join(directory, FIRST), join(directory, 'segment-00000009.jsonl'));
  },
  "the newest checkpoint's signature changed": async (directory) => {
    // Chained anew, as somebody without the key could do it.
    const lines = await linesOf(directory);
    const last = lines.at(-1);
    if (last?.kind !== 'checkpoint') throw new Error('the last line is no checkpoint');
    const at = last.bytes.indexOf('\\u2014 tidegate/') + 60;
    await flip(join(directory, last.segment), last.offset + at);
  },
};

async function appendTo(directory: string, text: string): Promise<void> {
  await writeFile(join(directory, THIRD), Buffer.concat([await readFile(join(directory, THIRD)), Buffer.from(text)]));
}

for (const [name, damage] of Object.entries(DAMAGES)) {
  test(`after an accepted gap a journal continues: ${name}`, async (t) => {
    const directory = await journalOfThree(t);
    await rm(join(directory, 'segment-00000004.jsonl'), { force: true });
    await damage(directory);
    const bytes = await total(directory);
    t.like(await openJournal({ directory }), { kind: 'damaged' });
    t.like(await acceptGap({ directory, ...WHO }), { kind: 'gap_accepted' });
    t.is((await gapsOf(directory)).length, 1);
    t.true((await total(directory)) >= bytes, 'something was lost');
    await holds(t, directory, name);
  });
}

async function total(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith('lock'));
  const sizes = await Promise.all(names.map(async (name) => (await readFile(join(directory, name))).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('a damaged compressed segment is kept whole beside the lines of it that are good', async (t) => {
  const directory = await journalOfThree(t, true);
  const names = await readdir(directory);
  t.true(names.includes(`${SECOND}.gz`), names.join(' '));
  for (const name of names) if (name > THIRD && name.startsWith('segment')) await rm(join(directory, name));
  await rm(join(directory, `${THIRD}.gz`), { force: true });
  await rm(join(directory, THIRD), { force: true });
  await flip(join(directory, `${SECOND}.gz`), 600);
  t.like(await openJournal({ directory }), { kind: 'damaged' });
  t.like(await acceptGap({ directory, ...WHO }), { kind: 'gap_accepted' });
  await holds(t, directory, 'compressed');
});

test('where no good line is left, nothing is changed, and that is reported', async (t) => {
  const directory = await journalOfThree(t);
  await flip(join(directory, FIRST), 2);
  for (const name of await readdir(directory))
    if (name > FIRST && name.startsWith('segment')) await rm(join(directory, name));
  const before = await readFile(join(directory, FIRST));
  const answer = await acceptGap({ directory, ...WHO });
  t.like(answer, { kind: 'damaged' });
  t.regex(answer.kind === 'damaged' ? answer.remedy : '', /move the directory away/);
  t.deepEqual(await readFile(join(directory, FIRST)), before);
});

test('a key rotation has both signatures, and the old key opens the journal no longer', async (t) => {
  const directory = await journalOfThree(t);
  const newKeyFile = join(dirname(directory), 'new.key');
  t.like(await rotateKey({ directory, newKeyFile }), { kind: 'wrong_key', keyFile: newKeyFile });
  await generateKeyFile(newKeyFile, 'own');
  t.like(await rotateKey({ directory, newKeyFile: `${directory}.key` }), { kind: 'wrong_key' });
  const rotated = await rotateKey({ directory, newKeyFile });
  t.like(rotated, { kind: 'rotated', from: (await publicKey(`${directory}.key`)).text });

  const last = (await linesOf(directory)).at(-1);
  const read = readCheckpointContent(last?.content ?? {});
  if (read.kind !== 'whole') return t.fail(read.detail);
  t.is(read.note.signatures.length, 2);
  t.is(judgeNote(read.note, await publicKey(`${directory}.key`)), 'signed');
  t.is(new Set(read.note.signatures.map(({ name }) => name)).size, 1, 'the log keeps its name');
  t.like(await openJournal({ directory }), { kind: 'wrong_key' });
  const journal = await opened(t, { directory, keyFile: newKeyFile });
  await appendMany(journal, 3);
  await journal.close();
  t.like(await verifyJournal(directory), { kind: 'holds' });
});

test('a journal that is being written takes neither a gap nor a new key', async (t) => {
  const directory = await temporaryFolder(t);
  await opened(t, { directory });
  t.like(await acceptGap({ directory, ...WHO }), { kind: 'locked' });
  t.like(await rotateKey({ directory, newKeyFile: 'none' }), { kind: 'locked' });
});

/** From a call on, nothing reaches the disk any more: as if the machine had stopped there. */
function stoppingAt(n: number, short: boolean): FaultyDisk {
  return faultyDisk(({ number }) => (number < n ? 'none' : short && number === n ? 'short' : 'EIO'));
}

for (const short of [false, true]) {
  const how = short ? 'in the middle of' : 'before';
  test(`stopped ${how} any call to the disk, accepting a gap leaves a journal whose gap can be accepted again`, async (t) => {
    const damaged = await journalOfThree(t);
    await flip(join(damaged, SECOND), 900);
    await rm(join(damaged, THIRD), { force: true });
    await rm(join(damaged, 'segment-00000004.jsonl'), { force: true });
    for (let n = 1; ; n += 1) {
      const directory = await copyOf(damaged);
      const { disk, calls } = stoppingAt(n, short);
      const answer = await acceptGap({ directory, disk, ...WHO });
      const opened = await openJournal({ directory });
      if (opened.kind === 'journal') await opened.close();
      // It opens only when the gap is told; if nothing but its side files' names were left to do, not even then.
      if (opened.kind === 'journal') t.true((await gapsOf(directory)).length > 0, `${n}: opened without a gap told`);
      const again = await acceptGap({ directory, ...WHO });
      t.true(
        again.kind === 'gap_accepted' || (opened.kind === 'journal' && again.kind === 'no_damage'),
        `${n} ${again.kind}`,
      );
      await holds(t, directory, `stopped at ${n}`);
      await rm(dirname(directory), { recursive: true });
      if (calls.length < n) {
        t.is(answer.kind, 'gap_accepted');
        return;
      }
    }
  });

  test(`stopped ${how} any call to the disk, a key rotation leaves a journal that one of the keys opens`, async (t) => {
    const whole = await journalOfThree(t);
    const newKeyFile = join(dirname(whole), 'new.key');
    await generateKeyFile(newKeyFile, 'own');
    for (let n = 1; ; n += 1) {
      const directory = await copyOf(whole);
      const { disk, calls } = stoppingAt(n, short);
      await rotateKey({ directory, disk, newKeyFile });
      const kinds = [];
      for (const keyFile of [`${directory}.key`, newKeyFile]) {
        const journal = await openJournal({ directory, keyFile });
        kinds.push(journal.kind);
        if (journal.kind === 'journal') await journal.close();
      }
      t.deepEqual(kinds.sort(), ['journal', 'wrong_key'], `stopped at ${n}`);
      t.like(await verifyJournal(directory), { kind: 'holds' }, `stopped at ${n}`);
      await rm(dirname(directory), { recursive: true });
      if (calls.length < n) return;
    }
  });
}
