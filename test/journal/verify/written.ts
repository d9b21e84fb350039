import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BEFORE_FIRST,
  CHECKPOINT_KIND,
  encodeContent,
  hashLine,
  linkContent,
  sealLine,
  type Link,
} from '../../../lib/journal/lines/index.js';
import { checkpointContent, checkpointText } from '../../../lib/journal/proof/checkpoint.js';
import {
  EMPTY_RANGE,
  hashLeaf,
  push,
  rootOf,
  type CompactRange,
  type SigningKey,
} from '../../../lib/journal/proof/index.js';
import { generateKey, toSigningKey } from '../../../lib/journal/proof/keys.js';
import { signNote } from '../../../lib/journal/proof/note.js';

/** Makes a key, of a log that is named or of its own. */
export function newKey(name = 'own'): SigningKey {
  const key = toSigningKey(generateKey(), name);
  if ('kind' in key) throw new Error(key.detail);
  return key;
}

/** The lines of each segment, by its name: what tests tamper with. */
export type Segments = ReadonlyMap<string, readonly string[]>;

/** What a line is made of besides its place in the chain. */
interface Said {
  readonly kind: string;
  readonly content: object;
}

/** Writes a journal by the format's rules, line by line and in memory, also one that the product would not write. */
export class TestJournal {
  readonly segments = new Map<string, string[]>();
  /** Every signed note, in order: what anchors would have been handed. */
  readonly notes: string[] = [];
  key: SigningKey;
  #last: Link = BEFORE_FIRST;
  #range: CompactRange = EMPTY_RANGE;
  #previous: Parameters<typeof linkContent>[0] = 'none';
  #number: number;
  readonly #start: number;

  constructor(key = newKey(), { start = Date.UTC(2026, 0, 31, 12), number = 1 } = {}) {
    this.key = key;
    this.#start = start;
    this.#number = number - 1;
    this.segment();
  }

  get last(): Link {
    return this.#last;
  }

  /** Begins a segment with its two first lines. */
  segment(): void {
    const [name, lines] = [...this.segments].at(-1) ?? ['none', []];
    if (name !== 'none') this.#previous = { segment: name, ...this.#last, bytes: lines.join('').length };
    this.#number += 1;
    this.segments.set(`segment-${String(this.#number).padStart(8, '0')}.jsonl`, []);
    this.line({ kind: 'segment', content: linkContent(this.#previous) });
    this.checkpoint();
  }

  /** Writes a line, and tells how long it is. */
  line({ kind, content }: Said): number {
    const seq = this.#last.seq + 1;
    const time = this.#time(seq);
    const head = { seq, time, mono: seq * 10, boot: '0123456789abcdef', kind, batch: seq, prev: this.#last.hash };
    const line = sealLine(head, encodeContent(content));
    [...this.segments.values()].at(-1)?.push(line);
    this.#last = { seq, hash: hashLine(line) };
    this.#range = push(this.#range, hashLeaf(line));
    return line.length;
  }

  lines(count: number): void {
    for (let n = 0; n < count; n += 1)
      this.line({ kind: 'test', content: { n: this.#last.seq, text: 'x'.repeat(n % 7) } });
  }

  /** Writes the same line many times over, and tells how many bytes that took. */
  bytesOf(count: number, said: Said): number {
    let bytes = 0;
    for (let n = 0; n < count; n += 1) bytes += this.line(said);
    return bytes;
  }

  /** Signs what there is; a second key takes over. */
  checkpoint(...signers: readonly SigningKey[]): void {
    const keys = signers.length === 0 ? [this.key] : signers;
    this.key = keys.at(-1) ?? this.key;
    const { seq: size, hash: chain } = this.#last;
    const said = { origin: this.key.name, size, root: rootOf(this.#range), chain, time: this.#time(size + 1) };
    const note = signNote(checkpointText({ ...said, key: this.key.text }), ...keys);
    this.notes.push(note);
    this.line({ kind: CHECKPOINT_KIND, content: checkpointContent(note, this.#range) });
  }

  #time(seq: number): string {
    return new Date(this.#start + seq * 1000).toISOString();
  }
}

/** A journal of some segments, each with so many checkpoints of so many lines; it ends with a checkpoint, as after a stop. */
export function journalOf({ key = newKey(), segments = 3, checkpoints = 3, lines = 5 } = {}): TestJournal {
  const journal = new TestJournal(key);
  for (let segment = 1; segment <= segments; segment += 1) {
    if (segment > 1) journal.segment();
    for (let each = 0; each < checkpoints; each += 1) {
      journal.lines(lines);
      journal.checkpoint();
    }
  }
  return journal;
}

/** Chains lines anew from the very first one on, as whoever can compute hashes may do; `sign`: and has the key. */
export function rechain(segments: Segments, sign: SigningKey | 'no key'): Segments {
  const anew = new Rechained(sign);
  return new Map([...segments].map(([name, lines]) => [name, anew.segment(name, lines)]));
}

class Rechained {
  readonly #sign: SigningKey | 'no key';
  #last: Link = BEFORE_FIRST;
  #range: CompactRange = EMPTY_RANGE;
  #previous: Parameters<typeof linkContent>[0] = 'none';

  constructor(sign: SigningKey | 'no key') {
    this.#sign = sign;
  }

  segment(name: string, lines: readonly string[]): readonly string[] {
    const written = lines.map((line, index) => this.#line(line, index));
    this.#previous = { segment: name, ...this.#last, bytes: written.join('').length };
    return written;
  }

  #line(old: string, index: number): string {
    const { t: time, mono, boot, k: kind, content } = parts(old);
    const seq = this.#last.seq + 1;
    const head = { seq, time, mono, boot, kind, batch: seq, prev: this.#last.hash };
    const line = sealLine(
      head,
      encodeContent(index === 0 ? linkContent(this.#previous) : this.#said(kind, time, content)),
    );
    this.#last = { seq, hash: hashLine(line) };
    this.#range = push(this.#range, hashLeaf(line));
    return line;
  }

  #said(kind: string, time: string, content: object): object {
    if (kind !== CHECKPOINT_KIND || this.#sign === 'no key') return content;
    const { seq: size, hash: chain } = this.#last;
    const { name: origin, text: key } = this.#sign;
    const text = checkpointText({ origin, size, root: rootOf(this.#range), chain, time, key });
    return checkpointContent(signNote(text, this.#sign), this.#range);
  }
}

interface Parts {
  readonly t: string;
  readonly mono: number;
  readonly boot: string;
  readonly k: string;
  readonly content: object;
}

function parts(line: string): Parts {
  return JSON.parse(line) as Parts;
}

/** Puts a journal's segments into a directory, in the place of whatever is there. */
export async function put(directory: string, segments: Segments): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  for (const [name, lines] of segments) {
    await writeFile(join(directory, name), lines.join(''), 'latin1');
  }
}
