import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { verifyChain, type ChainReport } from '../../../lib/journal/index.js';
import { hashLine } from '../../../lib/journal/lines/line.js';
import { testWith } from '../../programs.js';
import { appendMany, opened, temporaryFolder } from '../temporary.js';

const FORMAT = fileURLToPath(new URL('../../../../docs/journal-format.md', import.meta.url));

/** The text of each segment, by name. */
type Segments = ReadonlyMap<string, string>;

async function journalOfThree(t: ExecutionContext): Promise<Segments> {
  const directory = await temporaryFolder(t);
  const journal = await opened(t, { directory, segmentBytes: 2500 });
  for (let n = 0; (await readdir(directory)).length < 5; n += 1) await appendMany(journal, 2, n * 2);
  await journal.close();
  const names = (await readdir(directory)).filter((name) => name.startsWith('segment')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'latin1')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

async function verified(directory: string, segments: Segments): Promise<ChainReport> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  for (const [name, text] of segments) await writeFile(join(directory, name), text, 'latin1');
  return verifyChain(directory);
}

function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/);
}

/** What somebody who cannot compute hashes may do to a line: the line's number as found at fault, and the new lines. */
const CHANGES: Readonly<Record<string, (lines: readonly string[], at: number) => readonly string[]>> = {
  'a flipped bit': (lines, at) => lines.with(at, flip(lines[at] ?? '', 300)),
  'a flipped bit in its number': (lines, at) => lines.with(at, flip(lines[at] ?? '', 13)),
  'a line taken out': (lines, at) => lines.toSpliced(at, 1),
  'a line doubled': (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
  'two lines that changed places': (lines, at) => lines.with(at, lines[at + 1] ?? '').with(at + 1, lines[at] ?? ''),
  'an empty line': (lines, at) => lines.toSpliced(at, 0, '\n'),
  'a line without its end': (lines, at) => lines.with(at, (lines[at] ?? '').slice(0, -2)),
  'a line written anew, with a right hash of the one before': (lines, at) =>
    lines.with(
      at,
      (lines[at] ?? '').replace(/"n(":\d+|ote":"tide)/, '"n":7,"x$1').replace(/"bytes":(null|\d+)/, '"bytes":0'),
    ),
};

function flip(line: string, at: number): string {
  const place = Math.min(at, line.length - 3);
  return line.slice(0, place) + String.fromCharCode(line.charCodeAt(place) ^ 1) + line.slice(place + 1);
}

test('a journal that was left alone holds, and the report names its newest line', async (t) => {
  const segments = await journalOfThree(t);
  const directory = join(await temporaryFolder(t), 'copy');
  const all = [...segments.values()].flatMap(linesOf);
  t.deepEqual(await verified(directory, segments), {
    kind: 'holds',
    segments: 3,
    lines: all.length,
    firstSeq: 1,
    last: { seq: all.length, hash: hashLine(all.at(-1) ?? '') },
    unfinishedBytes: 0,
  });
});

for (const [name, change] of Object.entries(CHANGES)) {
  test(`every line before the last: ${name} is found`, async (t) => {
    const segments = await journalOfThree(t);
    const directory = join(await temporaryFolder(t), 'copy');
    let line = 0;
    for (const [segment, text] of segments) {
      const lines = linesOf(text);
      const isLast = segment === [...segments.keys()].at(-1);
      for (let at = 0; at < lines.length - (isLast ? 2 : 0); at += 1) {
        if (at === lines.length - 1 && name.startsWith('two lines')) continue;
        const report = await verified(directory, new Map([...segments, [segment, change(lines, at).join('')]]));
        if (report.kind !== 'broken') return t.fail(`line ${line + at + 1}: ${JSON.stringify(report)}`);
        t.true(report.seq >= line + at + 1 && report.seq <= line + at + 2, `line ${line + at + 1}: ${report.seq}`);
      }
      line += lines.length;
    }
  });
}

test('a segment taken out, put elsewhere or emptied is found', async (t) => {
  const segments = await journalOfThree(t);
  const directory = join(await temporaryFolder(t), 'copy');
  const [first = '', second = '', third = ''] = segments.values();
  const [a = '', b = '', c = ''] = segments.keys();
  for (const changed of [
    [
      [a, first],
      [c, third],
    ],
    [
      [a, first],
      [b, third],
    ],
    [
      [a, second],
      [b, first],
      [c, third],
    ],
    [
      [a, first],
      [b, ''],
      [c, third],
    ],
    [
      [a, second],
      [b, third],
    ],
  ] as const) {
    t.like(await verified(directory, new Map(changed)), { kind: 'broken' });
  }
});

test('where the oldest segments were removed, the rest holds from the line it begins with', async (t) => {
  const segments = await journalOfThree(t);
  const kept = new Map([...segments].slice(1));
  const report = await verified(join(await temporaryFolder(t), 'copy'), kept);
  t.like(report, { kind: 'holds', segments: 2, firstSeq: linesOf([...segments.values()][0] ?? '').length + 1 });
});

test('an unfinished last line and a segment made ready are no faults', async (t) => {
  const segments = new Map(await journalOfThree(t));
  segments.set('segment-00000003.jsonl', `${segments.get('segment-00000003.jsonl') ?? ''}{"v":1,`);
  segments.set('segment-00000004.jsonl', '');
  t.like(await verified(join(await temporaryFolder(t), 'copy'), segments), { kind: 'holds', unfinishedBytes: 7 });
});

test('no journal holds', async (t) => {
  t.like(await verifyChain(await temporaryFolder(t)), { kind: 'holds', segments: 0, lines: 0, last: { seq: 0 } });
});

testWith('python3')('the program in docs/journal-format.md comes to the same results', async (t) => {
  const program = /```python\n([\s\S]*?)```/.exec(await readFile(FORMAT, 'utf8'))?.[1] ?? '';
  const segments = await journalOfThree(t);
  const directory = join(await temporaryFolder(t), 'copy');
  const run = (): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program, directory], { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  const report = await verified(directory, segments);
  t.is(report.kind, 'holds');
  t.deepEqual(run(), {
    status: 0,
    said: report.kind === 'holds' ? `holds: ${report.last.seq} ${report.last.hash}\n` : '',
  });

  await verified(directory, new Map([...segments].slice(1)));
  t.is(run().status, 0);

  const lines = linesOf(segments.get('segment-00000002.jsonl') ?? '');
  for (const change of Object.values(CHANGES)) {
    await verified(directory, new Map([...segments, ['segment-00000002.jsonl', change(lines, 2).join('')]]));
    t.is(run().status, 1);
  }
});
