import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listSegments } from '../../lib/journal/lines/index.js';
import {
  parseVerifierKey,
  readAnchors,
  verifyJournal,
  type Anchor,
  type Verification,
  type VerifierKey,
} from '../../lib/journal/index.js';
import type { SigningKey } from '../../lib/journal/proof/index.js';
import { readKeyFile } from '../../lib/journal/proof/key-files.js';
import { appendMany, opened, temporaryFolder } from '../journal/temporary.js';
import { newKey, put, rechain, type Segments } from '../journal/verify/written.js';

/** Of each kind: 600 in all, and 10,000 in the long form. */
const MUTATIONS = process.env['TIDEGATE_LONG'] === undefined ? 50 : 834;

/** A journal as the product wrote it, and what is known of it elsewhere. */
interface Original {
  readonly segments: Segments;
  readonly lines: readonly string[];
  readonly key: SigningKey;
  readonly trusted: VerifierKey;
  readonly anchors: readonly Anchor[];
  /** Up to here a signed statement covers it. */
  readonly covered: number;
}

async function original(t: ExecutionContext): Promise<Original> {
  const directory = join(await temporaryFolder(t), 'journal');
  const journal = await opened(t, { directory, segmentBytes: 6000 });
  for (let n = 0; (await listSegments(directory)).length < 12; n += 5) await appendMany(journal, 5, n);
  await journal.close();
  const segments = new Map<string, readonly string[]>();
  for (const { name, path } of await listSegments(directory)) segments.set(name, split(await textOf(path)));
  const lines = [...segments.values()].flat();
  const read = await readKeyFile(`${directory}.key`, 'own');
  if (read.kind !== 'key') throw new Error(read.kind);
  const trusted = parseVerifierKey(read.key.text);
  if (trusted === 'malformed') throw new Error('the key does not read');
  const notes = lines.flatMap((line) => noteIn(line));
  const anchored = readAnchors(notes.join(''), 'anchors');
  if (anchored.kind !== 'anchors') throw new Error(anchored.detail);
  const covered = anchored.anchors.at(-1)?.checkpoint.size ?? 0;
  return { segments, lines, key: read.key, trusted, anchors: anchored.anchors, covered };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'latin1');
}

function split(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

function noteIn(line: string): readonly string[] {
  const { k, content } = JSON.parse(line) as { k: string; content: { note?: string } };
  return k === 'checkpoint' && content.note !== undefined ? [content.note] : [];
}

/** Chance that can be had again (mulberry32). */
function chanceFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Chance = (below: number) => number;
type Lines = readonly string[];

function flipped(line: string, at: number, bit: number): string {
  return line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ (1 << bit)) + line.slice(at + 1);
}

/** Changes one segment's lines, at a line. */
function inSegment({ segments }: Original, chance: Chance, change: (lines: Lines, at: number) => Lines): Segments {
  const names = [...segments.keys()];
  const name = names[chance(names.length)] ?? '';
  const lines = segments.get(name) ?? [];
  return new Map([...segments, [name, change(lines, chance(lines.length))]]);
}

/** Changes what one line says and leaves it a line. */
function reworded(whole: Original, chance: Chance): Segments {
  return inSegment(whole, chance, (lines, at) => {
    const line = lines[at] ?? '';
    if (line.includes('"n":')) return lines.with(at, line.replace(/"n":\d+/, `"n":${chance(1e6) + 1e6}`));
    return lines.toSpliced(at, 1);
  });
}

function cutOff(whole: Original, chance: Chance, how: 'at a line' | 'in a line'): Segments {
  const gone = chance(whole.lines.length) + 1;
  const kept = whole.lines.slice(0, whole.lines.length - gone);
  if (how === 'in a line') {
    const line = whole.lines[kept.length] ?? '';
    kept.push(line.slice(0, chance(line.length - 1) + 1));
  }
  const segments = new Map<string, Lines>();
  let at = 0;
  for (const [name, lines] of whole.segments) {
    segments.set(name, kept.slice(at, at + lines.length));
    at += lines.length;
  }
  return new Map([...segments].filter(([, lines]) => lines.length > 0));
}

/** What may be done to a journal. */
const KINDS: Readonly<Record<string, (whole: Original, chance: Chance, stranger: SigningKey) => Segments>> = {
  'a bit flipped': (whole, chance) =>
    inSegment(whole, chance, (lines, at) => {
      const line = lines[at] ?? '';
      return lines.with(at, flipped(line, chance(line.length), chance(8)));
    }),
  'a bit flipped in a head': (whole, chance) =>
    inSegment(whole, chance, (lines, at) => lines.with(at, flipped(lines[at] ?? '', chance(200), chance(7)))),
  'a line taken out': (whole, chance) => inSegment(whole, chance, (lines, at) => lines.toSpliced(at, 1)),
  'two lines swapped': (whole, chance) =>
    inSegment(whole, chance, (lines, at) => {
      const other = chance(lines.length);
      return lines.with(at, lines[other] ?? '').with(other, lines[at] ?? '');
    }),
  'a line doubled': (whole, chance) => inSegment(whole, chance, (lines, at) => lines.toSpliced(at, 0, lines[at] ?? '')),
  'a line from elsewhere put in or in the place of another': (whole, chance) =>
    inSegment(whole, chance, (lines, at) =>
      lines.toSpliced(at, chance(2), whole.lines[chance(whole.lines.length)] ?? ''),
    ),
  'cut off at a line': (whole, chance) => cutOff(whole, chance, 'at a line'),
  'cut off in a line': (whole, chance) => cutOff(whole, chance, 'in a line'),
  'changed and chained anew without the key': (whole, chance) => rechain(reworded(whole, chance), 'no key'),
  'changed and chained and signed anew with the key': (whole, chance) => rechain(reworded(whole, chance), whole.key),
  'a segment taken out': ({ segments }, chance) => {
    const names = [...segments.keys()];
    const gone = names[chance(names.length)];
    return new Map([...segments].filter(([name]) => name !== gone));
  },
  'replaced by another journal': (whole, chance, stranger) => rechain(reworded(whole, chance), stranger),
};

for (const [name, mutate] of Object.entries(KINDS)) {
  test.serial(`found, and not said to be proven: ${name}`, async (t) => {
    t.timeout(300_000, 'verifying hangs');
    const whole = await original(t);
    const directory = join(await temporaryFolder(t), 'mutated');
    const seed = Date.now() % 2 ** 31;
    const chance = chanceFrom(seed);
    const strangers = [newKey(), newKey(whole.key.name)];
    const against = { keys: [whole.trusted], anchors: whole.anchors, settleMs: 0 };
    await put(directory, whole.segments);
    t.is((await verifyJournal(directory, against)).kind, 'holds');
    const tally = new Map<string, number>();
    for (let n = 0; n < MUTATIONS; n += 1) {
      const mutated = mutate(whole, chance, strangers[chance(2)] ?? whole.key);
      const first = firstChanged(whole.segments, mutated);
      if (first === 'nothing') continue;
      await put(directory, mutated);
      const report = await verifyJournal(directory, against);
      tally.set(report.kind, (tally.get(report.kind) ?? 0) + 1);
      const told = `mutation ${n} of seed ${seed}, first at ${first}: ${JSON.stringify(report)}`;
      // Of what no signature covers yet, the very end, nothing is claimed.
      if (report.kind === 'holds' && first <= whole.covered) return t.fail(told);
      if (provenIn(report) >= first && report.firstSeq === 1) return t.fail(told);
    }
    const kinds = [...tally].map(([kind, count]) => `${count} ${kind}`).join(', ');
    t.log(`${kinds}; ${whole.lines.length} lines, ${whole.anchors.length} anchors, seed ${seed}`);
    t.pass();
  });
}

function provenIn({ proven: { anchored, checkpointed } }: Verification): number {
  return Math.max(anchored === 'none' ? 0 : anchored.seq, checkpointed === 'none' ? 0 : checkpointed.seq);
}

/** The number of the first line that is not what it was, or is not there. */
function firstChanged(before: Segments, after: Segments): number | 'nothing' {
  const text = (segments: Segments): string =>
    [...segments].map(([name, lines]) => `${name}\n${lines.join('')}`).join('');
  if (text(before) === text(after)) return 'nothing';
  const [old, now] = [[...before.values()].flat(), split([...after.values()].flat().join(''))];
  const at = old.findIndex((line, index) => line !== now[index]);
  return at === -1 ? old.length + 1 : at + 1;
}
