import { spawnSync } from 'node:child_process';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { parseVerifierKey, readAnchors, verifyJournal } from '../../lib/journal/index.js';
import { sealMember } from '../../lib/journal/bytes/index.js';
import type { SigningKey } from '../../lib/journal/proof/index.js';
import { temporaryFolder } from '../journal/temporary.js';
import { journalOf, newKey, put, rechain, TestJournal, type Segments } from '../journal/verify/written.js';
import { testWith } from '../programs.js';

const PROGRAM = fileURLToPath(new URL('../../../docs/verify-journal.py', import.meta.url));

type Lines = readonly string[];

/** Both verifiers on one journal. */
class Both {
  readonly #t: ExecutionContext;
  readonly #folder: string;
  readonly directory: string;

  constructor(t: ExecutionContext, folder: string) {
    this.#t = t;
    this.#folder = folder;
    this.directory = join(folder, 'journal');
  }

  /** Both come to the same verdict; gives it. */
  async agree(what: string, key: SigningKey | 'none', notes: Lines | 'none'): Promise<string> {
    const anchorFile = join(this.#folder, 'anchors');
    await writeFile(anchorFile, notes === 'none' ? '' : notes.join(''));
    const args = [this.directory, key === 'none' ? '' : key.text, ...(notes === 'none' ? [] : [anchorFile])];
    const ran = spawnSync('python3', [PROGRAM, ...(notes === 'none' && key === 'none' ? args.slice(0, 1) : args)], {
      encoding: 'utf8',
    });
    const trusted = key === 'none' ? [] : [parseVerifierKey(key.text)].filter((read) => read !== 'malformed');
    const read = notes === 'none' ? 'none' : readAnchors(notes.join(''), 'anchors');
    const anchors = read !== 'none' && read.kind === 'anchors' ? read.anchors : [];
    const report = await verifyJournal(this.directory, { keys: trusted, anchors, settleMs: 0 });
    const said = `${what}: ${ran.stdout}${ran.stderr} ${JSON.stringify(report)}`;
    this.#t.is(ran.status, report.kind === 'holds' ? 0 : 1, said);
    if (report.kind === 'holds') this.#t.true(ran.stdout.startsWith(`holds: ${report.last.seq} `), said);
    else this.#t.regex(ran.stderr, /^broken: /, said);
    return report.kind;
  }
}

function mutations(journal: TestJournal, key: SigningKey): Readonly<Record<string, Segments>> {
  const [name = ''] = [...journal.segments.keys()].slice(1);
  const lines = journal.segments.get(name) ?? [];
  const change = (changed: Lines): Segments => new Map([...journal.segments, [name, changed]]);
  const forged = change(lines.with(4, (lines[4] ?? '').replace('"text":"', '"text":"forged')));
  const last = [...journal.segments].at(-1);
  const cut = (gone: number): Segments =>
    new Map([...journal.segments, [last?.[0] ?? '', last?.[1].slice(0, -gone) ?? []]]);
  return {
    'a letter': change(lines.with(4, (lines[4] ?? '').replace('"text"', '"texT"'))),
    'a hash': change(lines.with(4, (lines[4] ?? '').replace(/"prev":"./, '"prev":"_'))),
    'a line out': change(lines.toSpliced(4, 1)),
    'a line twice': change(lines.toSpliced(4, 0, lines[4] ?? '')),
    'two lines swapped': change(lines.with(4, lines[5] ?? '').with(5, lines[4] ?? '')),
    'no line': change(lines.toSpliced(4, 0, '\n')),
    'no JSON': change(lines.with(4, (lines[4] ?? '').replace(':', ''))),
    'a signature': change(lines.with(1, (lines[1] ?? '').replace(/(.{6})=\\n"/, 'AAAAAA=\\n"'))),
    'a peak': change(lines.with(1, (lines[1] ?? '').replace(/"range":\["./, '"range":["_'))),
    'a segment out': new Map([...journal.segments].filter(([other]) => other !== name)),
    'the first segment out': new Map([...journal.segments].slice(1)),
    'the end cut off': cut(3),
    'the end torn': new Map([...cut(1), [last?.[0] ?? '', [(last?.[1].join('') ?? '').slice(0, -9)]]]),
    'chained anew': rechain(forged, 'no key'),
    'signed anew': rechain(forged, key),
    'signed by another': rechain(journal.segments, newKey()),
    'without checkpoints': rechain(
      new Map([...journal.segments].map(([each, all]) => [each, all.filter((line) => !line.includes('"checkpoint"'))])),
      'no key',
    ),
  };
}

testWith('python3')('the verifier in docs/ comes to the same verdicts, in another language', async (t) => {
  const key = newKey();
  const journal = journalOf({ key, segments: 3, checkpoints: 1, lines: 5 });
  const both = new Both(t, await temporaryFolder(t));
  const all = { left: journal.segments, ...mutations(journal, key) };
  const verdicts = new Map<string, string>();
  for (const [what, segments] of Object.entries(all)) {
    await put(both.directory, segments);
    const [none, given, anchored] = [
      await both.agree(what, 'none', 'none'),
      await both.agree(what, key, 'none'),
      await both.agree(what, key, journal.notes),
    ];
    verdicts.set(what, `${none} ${given} ${anchored}`);
  }
  t.is(verdicts.get('left'), 'holds holds holds');
  t.is(verdicts.get('the end cut off'), 'holds holds truncated');
  t.is(verdicts.get('signed anew'), 'holds holds wrong_root');
  t.is(verdicts.get('signed by another'), 'holds foreign_key foreign_key');
  t.is(verdicts.get('without checkpoints'), 'unproven unproven wrong_root');
  const lenient = ['left', 'the end cut off', 'signed anew', 'signed by another'];
  for (const [what, verdict] of verdicts)
    t.is(verdict.includes('holds'), lenient.includes(what), `${what}: ${verdict}`);
});

testWith('python3')(
  'both read compressed segments, keys that took over, and journals without their oldest segments',
  async (t) => {
    const key = newKey();
    const successor = newKey(key.name);
    const journal = new TestJournal(key);
    journal.lines(3);
    journal.checkpoint(key, successor);
    journal.segment();
    journal.lines(4);
    journal.line({ kind: 'retention', content: { last_seq: 6 } });
    journal.checkpoint();
    const both = new Both(t, await temporaryFolder(t));
    await put(both.directory, journal.segments);
    t.is(await both.agree('rotated', key, journal.notes), 'holds');
    t.is(await both.agree('rotated', 'none', 'none'), 'holds');

    const [first = ''] = journal.segments.keys();
    const path = join(both.directory, first);
    const text = await readFile(path);
    await writeFile(
      `${path}.gz`,
      Buffer.concat([text.subarray(0, 700), text.subarray(700)].map((part) => sealMember(gzipSync(part), part.length))),
    );
    await unlink(path);
    t.is(await both.agree('compressed', key, journal.notes), 'holds');

    await unlink(`${path}.gz`);
    t.is(await both.agree('the oldest removed', successor, journal.notes), 'holds');
    t.is(await both.agree('the oldest removed', key, 'none'), 'foreign_key');
  },
);
