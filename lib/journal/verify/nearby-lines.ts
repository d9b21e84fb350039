import { withText } from '../bytes/index.js';
import { CHECKPOINT_KIND, hashLine, parseLine, rawLines, type RawLine, type Segment } from '../lines/index.js';
import { readCheckpointContent } from '../proof/index.js';
import type { LineHead } from './classify.js';

/** Looks near a journal's beginning, where a checkpoint must stand, for the journal's name. */
export async function originOf(segments: readonly Segment[]): Promise<string | 'unknown'> {
  for (const { bytes } of await linesFrom(segments.slice(0, 1), 0, 16)) {
    const line = parseLine(bytes);
    if (line.read === 'damaged' || line.kind !== CHECKPOINT_KIND) continue;
    const read = readCheckpointContent(line.content);
    if (read.kind === 'whole') return read.checkpoint.origin;
  }
  return 'unknown';
}

/** How many lines after a fault are read, to classify what was done. */
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
  return line.read === 'damaged' ? { seq: 'none', prev: 'none', hash } : { seq: line.seq, prev: line.prev, hash };
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

/** Finds what is wrong with a compressed segment's file, as a whole or where it holds a part of the text; or `'none'`. */
export function faultInFile(segment: Segment, offset: number): Promise<string> {
  return withText(segment, async (text) => {
    await text.read(offset, 1);
    await text.size();
    return text.fault();
  });
}
