import { readFile } from 'node:fs/promises';
import { hashLine, readJournal, type Line } from '../../lib/journal/index.js';
import {
  EMPTY_RANGE,
  hashLeaf,
  judgeNote,
  parseVerifierKey,
  push,
  readCheckpointContent,
  rootOf,
  type CompactRange,
  type VerifierKey,
} from '../../lib/journal/proof/index.js';

/** One checkpoint that holds: where it stands, and what it speaks of. */
export interface Checked {
  readonly seq: number;
  readonly size: number;
  readonly time: string;
}

/** Reads the public key that lies beside a private one. */
export async function publicKey(keyFile: string): Promise<VerifierKey> {
  const key = parseVerifierKey((await readFile(`${keyFile}.pub`, 'latin1')).trim());
  if (key === 'malformed') throw new Error(`${keyFile}.pub is malformed`);
  return key;
}

/**
 * Goes over a journal from its oldest line, builds the tree anew and holds every checkpoint against it; a text tells the first
 * thing that is wrong. Where the oldest lines are gone, it begins with the first checkpoint.
 */
export async function checkpointsOf(directory: string, key: VerifierKey): Promise<readonly Checked[] | string> {
  const checked: Checked[] = [];
  let range: CompactRange | 'unknown' = 'unknown';
  let prev = 'unknown';
  for await (const line of readJournal(directory)) {
    if (line.read === 'damaged') return `${line.segment} ${line.offset}: ${line.detail}`;
    if (line.seq === 1) range = EMPTY_RANGE;
    if (prev !== 'unknown' && line.prev !== prev) return `line ${line.seq} does not continue the one before`;
    if (line.kind === 'checkpoint') {
      const read = readOne(line, key);
      if (typeof read === 'string') return `line ${line.seq}: ${read}`;
      if (range !== 'unknown' && rootOf(range) !== rootOf(read.range)) return `line ${line.seq}: another root`;
      range = read.range;
      checked.push({ seq: line.seq, size: read.range.size, time: read.time });
    }
    if (range !== 'unknown') range = push(range, hashLeaf(line.bytes));
    prev = hashLine(line.bytes);
  }
  return checked;
}

function readOne(line: Line, key: VerifierKey): { readonly range: CompactRange; readonly time: string } | string {
  const read = readCheckpointContent(line.content);
  if (read.kind !== 'whole') return read.detail;
  const { checkpoint, note, range } = read;
  if (judgeNote(note, key) !== 'signed') return 'not signed by the key';
  if (checkpoint.size !== line.seq - 1 || checkpoint.chain !== line.prev) return 'it speaks of other lines';
  return checkpoint.time === line.time ? { range, time: line.time } : 'it bears another time than its line';
}
