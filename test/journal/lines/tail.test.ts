import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { BEFORE_FIRST, LINE_BYTES } from '../../../lib/journal/lines/line.js';
import { segmentAt } from '../../../lib/journal/lines/segments.js';
import { BATCH_BYTES, judgeRest, readTail, type SegmentTail } from '../../../lib/journal/lines/tail.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

/** Lines of a segment: the link and a checkpoint, two batches of one line, and one batch of forty. */
async function segmentLines(t: ExecutionContext): Promise<{ directory: string; lines: readonly string[] }> {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 1);
  await appendMany(journal, 1);
  await appendMany(journal, 40);
  await journal.close();
  // Without the checkpoint of the stop, which is a batch of its own.
  return { directory, lines: (await readFile(segmentAt(directory, 1).path, 'latin1')).split(/(?<=\n)/).slice(0, -1) };
}

async function tailOf(directory: string, bytes: string): Promise<SegmentTail> {
  const segment = segmentAt(directory, 1);
  await writeFile(segment.path, bytes, 'latin1');
  return readTail(segment, BEFORE_FIRST);
}

/** Makes zeros of some bytes, as of a block that never reached the disk. */
function blank(text: string, from: number, to: number): string {
  return text.slice(0, from) + '\0'.repeat(to - from) + text.slice(to);
}

test('a whole segment has no rest', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const tail = await tailOf(directory, lines.join(''));
  t.deepEqual(tail.rest, { kind: 'none' });
  t.like(tail.last, { seq: 44, line: 44, end: lines.join('').length });
  t.like(tail.first, { seq: 1, kind: 'segment' });
});

test('a block of the last batch that never reached the disk tears it, though whole lines of it follow', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const whole = lines.join('');
  const batch = lines.slice(0, 4).join('').length;
  for (const [from, to] of [
    [batch, batch + 10],
    [batch + 500, batch + 1500],
    [batch + 300, batch + 301],
    [batch + 300, whole.length],
  ] as const) {
    const tail = await tailOf(directory, blank(whole, from, to));
    t.is(tail.rest.kind, 'torn', `${from}–${to}`);
    t.true(tail.last.end >= batch && tail.last.end <= from);
    t.is(whole.slice(0, tail.last.end).split('\n').length - 1, tail.last.seq);
  }
});

test('zeros in a batch that another one followed are damage', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const second = lines.slice(0, 1).join('').length;
  const tail = await tailOf(directory, blank(lines.join(''), second + 5, second + 50));
  t.like(tail.rest, { kind: 'damaged', damage: { line: 2, seq: 2, offset: second } });
});

test('a changed line within the last batch is damage: tearing leaves zeros, not other bytes', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const changed = lines.map((line, index) => (index === 20 ? line.replace('"n":', '"m":') : line));
  t.like((await tailOf(directory, changed.join(''))).rest, { kind: 'damaged', damage: { line: 22, seq: 22 } });
});

test('zeros within the content of the very last line tear it', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const whole = lines.join('');
  const tail = await tailOf(directory, blank(whole, whole.length - 5, whole.length - 2));
  t.is(tail.rest.kind, 'torn');
  t.is(tail.last.seq, 43);
});

const PLACE = { segment: 'segment-00000001.jsonl', line: 5, seq: 5, offset: 1000 };

const RESTS: Readonly<Record<string, readonly [string, SegmentTail['rest']['kind']]>> = {
  nothing: ['', 'none'],
  'the beginning of a line': ['{"v":1,"seq":5,"t":"20', 'torn'],
  'a whole line without its newline': ['x'.repeat(LINE_BYTES - 1), 'torn'],
  'more than a line without a newline': ['x'.repeat(LINE_BYTES), 'damaged'],
  'a byte that no line has': ['{"v":1,"seq":5\x7f', 'damaged'],
  'a line that was written to its end': ['{"v":1,"seq":5\n', 'damaged'],
  'what somebody added by hand': ['note to self\n', 'damaged'],
  'zeros as long as a batch': ['\0'.repeat(BATCH_BYTES), 'torn'],
  'zeros longer than a batch': ['\0'.repeat(BATCH_BYTES + 1), 'damaged'],
  'zeros, then the end of a line': ['\0\0\0":1}}\n', 'torn'],
  'zeros, then a broken line that has none': ['\0\0\0":1}}\n{"v":1}\n', 'damaged'],
};

for (const [name, [bytes, kind]] of Object.entries(RESTS)) {
  test(`after the last good line, ${name} is ${kind === 'none' ? 'no rest' : kind}`, (t) => {
    t.is(judgeRest(Buffer.from(bytes, 'latin1'), PLACE).kind, kind);
  });
}

test('lines that a newer version wrote are not taken for rubbish', async (t) => {
  const { directory, lines } = await segmentLines(t);
  const newer = lines.map((line) => line.replace('{"v":1,', '{"v":2,'));
  t.like((await tailOf(directory, newer.join(''))).rest, { kind: 'damaged', damage: { line: 1 } });
  const upgraded = [...lines.slice(0, 10), ...newer.slice(10)];
  t.like((await tailOf(directory, upgraded.join(''))).rest, { kind: 'damaged', damage: { line: 11, seq: 11 } });
});

test('a segment that begins with another number than expected has no good line', async (t) => {
  const { directory, lines } = await segmentLines(t);
  await writeFile(join(directory, 'segment-00000001.jsonl'), lines.join(''));
  const tail = await readTail(segmentAt(directory, 1), { seq: 10, hash: BEFORE_FIRST.hash });
  t.is(tail.last.line, 0);
  t.is(tail.first, 'none');
});
