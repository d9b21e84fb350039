import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readBackwards, readJournal, readLast, type Line, type ReadLine } from '../../../lib/journal/index.js';
import { appendMany, collect, opened, temporaryFolder } from '../temporary.js';

/** Makes a journal of many segments and lines of differing length; gives its directory and the number of its last line. */
async function longJournal(t: ExecutionContext): Promise<{ directory: string; last: number }> {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 300_000 });
  for (let n = 0; n < 20; n += 1) {
    await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        journal.append({ kind: 'test', content: { x: 'x'.repeat((i * 97) % 3000) } }),
      ),
    );
  }
  await journal.close();
  return { directory, last: journal.state().seq };
}

function numbers(lines: readonly ReadLine[]): readonly number[] {
  return lines.map((line) => (line.read === 'line' ? line.seq : -1));
}

function upTo(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

test('a journal is read whole, from any line on, and backwards from any line', async (t) => {
  const { directory, last } = await longJournal(t);
  t.deepEqual(numbers(await collect(readJournal(directory))), upTo(1, last));
  t.deepEqual(numbers(await collect(readBackwards(directory))), upTo(1, last).toReversed());
  for (let from = 1; from <= last; from += 61) {
    t.deepEqual(numbers(await collect(readJournal(directory, { fromSeq: from }))), upTo(from, last));
    t.deepEqual(numbers(await collect(readBackwards(directory, { beforeSeq: from }))), upTo(1, from - 1).toReversed());
  }
  t.deepEqual(numbers(await collect(readJournal(directory, { fromSeq: last + 1 }))), []);
  t.deepEqual(numbers(await readLast(directory, 3)), upTo(last - 2, last));
  t.deepEqual(await readLast(directory, 0), []);
  t.is((await readLast(directory, 1e9)).length, last);
});

test('each line comes with its bytes, where they stand', async (t) => {
  const { directory } = await longJournal(t);
  const lines = (await collect(readJournal(directory))).filter((line): line is Line => line.read === 'line');
  for (const line of lines.filter(({ seq }) => seq % 50 === 0)) {
    const file = await readFile(join(directory, line.segment));
    t.deepEqual(file.subarray(line.offset, line.offset + line.bytes.length), line.bytes);
    t.is(line.bytes.at(-1), 0x0a);
  }
});

test('of two readers of one journal, one turns lines down before they are parsed', async (t) => {
  const { directory } = await longJournal(t);
  const prefilter = (bytes: Buffer): boolean => bytes.includes('"k":"segment"');
  const lines = await collect(readJournal(directory, { prefilter }));
  t.true(lines.length > 1 && lines.every((line) => line.read === 'line' && line.kind === 'segment'));
  t.deepEqual((await collect(readBackwards(directory, { prefilter }))).toReversed(), lines);
});

test('a directory that is not there has no lines', async (t) => {
  const directory = join(await temporaryFolder(t), 'nowhere');
  t.deepEqual(await collect(readJournal(directory)), []);
  t.deepEqual(await readLast(directory, 5), []);
});

test('a line that is being written is left out, forwards and backwards', async (t) => {
  const directory = await temporaryFolder(t);
  await appendMany(await opened(t, { directory }), 2);
  await appendFile(join(directory, 'segment-00000001.jsonl'), '{"v":1,"seq":5,');
  t.deepEqual(numbers(await collect(readJournal(directory))), [1, 2, 3, 4]);
  t.deepEqual(numbers(await readLast(directory, 2)), [3, 4]);
});

test('damaged bytes are reported as such, and reading goes on behind them', async (t) => {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory });
  await appendMany(journal, 5);
  await journal.close();
  const path = join(directory, 'segment-00000001.jsonl');
  const lines = (await readFile(path, 'latin1')).split(/(?<=\n)/);
  for (const damage of [
    'not a line\n',
    '\n',
    '\0'.repeat(200_000),
    `${'\0'.repeat(20_000)}\n`,
    `${'x'.repeat(8192)}\n`,
  ]) {
    await writeFile(path, [...lines.slice(0, 3), damage, ...lines.slice(3)].join(''));
    const read = numbers(await collect(readJournal(directory)));
    const swallowed = damage.endsWith('\n') ? [-1, 4] : [-1];
    t.deepEqual(read, [1, 2, 3, ...swallowed, 5, 6, 7, 8]);
    t.deepEqual(numbers(await readLast(directory, 10)), read);
  }
});

test('an unfinished line within a journal is damage, forwards and backwards', async (t) => {
  const { directory, last } = await longJournal(t);
  await appendFile(join(directory, 'segment-00000002.jsonl'), '{"v":1,"seq":');
  const forwards = numbers(await collect(readJournal(directory)));
  t.is(forwards.filter((seq) => seq === -1).length, 1);
  t.is(forwards.length, last + 1);
  t.deepEqual(numbers(await collect(readBackwards(directory))), forwards.toReversed());
});

test('a first line that is damaged does not lead the search astray', async (t) => {
  const { directory, last } = await longJournal(t);
  const path = join(directory, 'segment-00000003.jsonl');
  const bytes = await readFile(path);
  bytes.write('#');
  await writeFile(path, bytes);
  const lines = await collect(readJournal(directory, { fromSeq: last - 5 }));
  t.deepEqual(numbers(lines.slice(-6)), upTo(last - 5, last));
});
