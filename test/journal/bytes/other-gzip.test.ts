import { chmod, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { openText } from '../../../lib/journal/bytes/index.js';
import { openJournal, readBackwards, readJournal, verifyJournal } from '../../../lib/journal/index.js';
import { listSegments } from '../../../lib/journal/lines/segments.js';
import { run } from '../../fixtures/program.js';
import { testWith } from '../../programs.js';
import { collect, fourSegments, temporaryFolder } from '../temporary.js';

const FIRST = 'segment-00000001.jsonl';

/** The ways in which another program may compress a text. */
const COMPRESSIONS: Readonly<Record<string, (text: Buffer) => Buffer>> = {
  'in one piece': (text) => gzipSync(text, { level: 9 }),
  'not at all': (text) => gzipSync(text, { level: 0 }),
  'in pieces that end inside lines': (text) =>
    Buffer.concat([gzipSync(text.subarray(0, 777)), gzipSync(text.subarray(777)), gzipSync('')]),
};

for (const [how, compress] of Object.entries(COMPRESSIONS)) {
  test(`segments that another program compressed ${how} are unchanged, and read from any place`, async (t) => {
    const directory = await fourSegments(t);
    const readings = async (): Promise<unknown> => ({
      report: await verifyJournal(directory),
      whole: await collect(readJournal(directory)),
      from9: await collect(readJournal(directory, { fromSeq: 9 })),
      backwards: await collect(readBackwards(directory)),
    });
    const plain = await readings();
    for (const { path } of await listSegments(directory)) {
      await writeFile(`${path}.gz`, compress(await readFile(path)));
      await unlink(path);
    }
    t.deepEqual(await readings(), plain);
    t.is((await openJournal({ directory })).kind, 'journal');
  });
}

testWith('gzip')(
  'a segment that tidegate compressed, decompressed and compressed again by gzip, is unchanged',
  async (t) => {
    const directory = await fourSegments(t, { compress: true });
    const path = join(directory, `${FIRST}.gz`);
    await chmod(path, 0o600);
    t.is((await run('gzip', ['-d', path])).code, 0);
    t.like(await verifyJournal(directory), { kind: 'holds' });
    t.is((await run('gzip', ['-9', join(directory, FIRST)])).code, 0);
    t.like(await verifyJournal(directory), { kind: 'holds' });
  },
);

test('what is wrong with a file that another program compressed is a change, and says what', async (t) => {
  const directory = await fourSegments(t);
  const path = join(directory, FIRST);
  const whole = gzipSync(await readFile(path));
  await unlink(path);
  const faults: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    'a byte of it changed': [whole.with(200, (whole[200] ?? 0) ^ 1) as Buffer, /cannot be inflated|not a journal line/],
    'its end missing': [whole.subarray(0, -20), /cannot be inflated after byte \d+ of its text/],
    'its checksum changed': [
      Buffer.concat([whole.subarray(0, -8), Buffer.alloc(4), whole.subarray(-4)]),
      /cannot be inflated/,
    ],
    'something after it': [
      Buffer.concat([whole, Buffer.from('more')]),
      /cannot be inflated after byte \d+ of its text/,
    ],
    'no gzip at all': [Buffer.from('hello'), /cannot be inflated after byte 0/],
  };
  for (const [what, [bytes, detail]] of Object.entries(faults)) {
    await writeFile(`${path}.gz`, bytes);
    const report = await verifyJournal(directory);
    t.true(report.kind === 'changed' || report.kind === 'truncated', `${what}: ${report.kind}`);
    t.regex(report.kind === 'holds' ? '' : report.detail, detail, what);
  }
});

test('a long text is read backwards and at random, and no more than a part of it is kept', async (t) => {
  const directory = await temporaryFolder(t);
  const text = Buffer.from(Array.from({ length: 2_000_000 }, (_, n) => `${n} line\n`).join(''));
  const path = join(directory, FIRST);
  await writeFile(`${path}.gz`, gzipSync(text, { level: 1 }));
  const opening = await openText(path);
  t.is(await opening.size(), text.length);
  for (const [at, length] of [
    [text.length - 100, 200],
    [text.length - 9_000_000, 70_000],
    [0, 10],
    [12_345_678, 300_000],
    [12_345_000, 100],
    [text.length, 1],
  ] as const) {
    t.true(text.subarray(at, at + length).equals(await opening.read(at, length)), `${at}`);
  }
  t.is(opening.fault(), 'none');
  await opening.close();
});
