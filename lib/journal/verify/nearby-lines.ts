import {
  BATCH_BYTES,
  CHECKPOINT_KIND,
  hashLine,
  openText,
  parseLine,
  rawLines,
  type RawLine,
  type Segment,
} from '../lines/index.js';
import { readCheckpointContent } from '../proof/index.js';
import type { LineHead } from './classify.js';

/** Looks near a journal's beginning, where a checkpoint must stand, for the journal's name. */
export async function originOf(segments: readonly Segment[]): Promise<string | 'unknown'> {
  for (const { bytes } of await linesFrom(segments.slice(0, 1), 0, 16)) {
    const line = parseLine(bytes);
    if (typeof line === 'string' || line.kind !== CHECKPOINT_KIND) continue;
    const read = readCheckpointContent(line.content);
    if (read.kind === 'whole') return read.checkpoint.origin;
  }
  return 'unknown';
}

/** How many lines behind a fault are looked at, to tell what was done. */
const LOOK_AHEAD = 64;

/** Gives the lines from an offset of the first of some segments on, as a fault is classified by them. */
export async function headsFrom(segments: readonly Segment[], offset: number): Promise<readonly LineHead[]> {
  return (await linesFrom(segments, offset, LOOK_AHEAD)).map(headOf);
}

/** Gives the first line of each segment. */
export async function firstHeads(segments: readonly Segment[]): Promise<readonly LineHead[]> {
  const firsts: LineHead[] = [];
  for (const segment of segments) firsts.push(...(await linesFrom([segment], 0, 1)).map(headOf));
  return firsts;
}

function headOf({ bytes }: RawLine): LineHead {
  const line = parseLine(bytes);
  const hash = hashLine(bytes);
  return typeof line === 'string' ? { seq: 'none', prev: 'none', hash } : { seq: line.seq, prev: line.prev, hash };
}

async function linesFrom(segments: readonly Segment[], offset: number, count: number): Promise<readonly RawLine[]> {
  const found: RawLine[] = [];
  for (const [index, { path }] of segments.entries()) {
    for await (const lines of rawLines(path, index === 0 ? offset : 0)) {
      found.push(...lines);
      if (found.length >= count) return found.slice(0, count);
    }
  }
  return found;
}

/** Gives what a segment has behind a line, as much as one write can have left and a byte more. */
export async function readRest({ path }: Segment, offset: number): Promise<Buffer> {
  const text = await openText(path);
  return text.read(offset, BATCH_BYTES + 1).finally(() => text.close());
}

/** Tells what is wrong with a compressed segment's file, as a whole or where it holds a part of the text; or `'none'`. */
export async function faultInFile({ path }: Segment, offset: number): Promise<string> {
  const text = await openText(path);
  try {
    await text.read(offset, 1);
    return text.fault();
  } finally {
    await text.close();
  }
}
