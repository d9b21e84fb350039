import { newerVersion, parseLine, type Malformed, type ParsedLine } from './line.js';
import { rawLines, rawLinesBackwards, type RawLine } from './raw-lines.js';
import { lastBeginningBy, seek } from './seek.js';
import { listBegun, type Segment } from './segments.js';

/** Bytes of a journal, and where they are. */
interface FilePosition {
  readonly segment: string;
  readonly offset: number;
  /** The bytes, newline included. */
  readonly bytes: Buffer;
}

/** A journal line, as it was written. Reading does not check the chain: `verifyJournal` does. */
export interface Line extends ParsedLine, FilePosition {}

/** Bytes where a line should be. */
interface DamagedLine extends Malformed, FilePosition {}

/** The result of reading, one by one. */
export type ReadLine = Line | DamagedLine;

/** Which lines to read; every line by default. */
export interface ReadRange {
  /** The lowest sequence number. */
  readonly fromSeq?: number;
  /** The sequence number after the highest one. */
  readonly beforeSeq?: number;
  /**
   * Rejects lines by their bytes before they are parsed, which takes most of the time of reading. It is called in the order
   * of reading, right before the line would be given, and sometimes for lines just outside the range.
   */
  readonly prefilter?: (bytes: Buffer) => boolean;
}

/**
 * Reads a journal's lines in order, in constant memory, also while it is being written.
 *
 * Ends where the journal ends at that moment, without an unfinished line. A live journal's last lines may be read before
 * they are synced, and disappear if the disk then turns out to be full. Throws the system's errors; a directory without
 * segments has no lines.
 */
export async function* readJournal(
  directory: string,
  range: ReadRange = {},
): AsyncGenerator<ReadLine, void, undefined> {
  const { fromSeq = 1, beforeSeq = Infinity, prefilter = (): boolean => true } = range;
  const { segments, newest } = await segmentsWith(directory, fromSeq, beforeSeq);
  for (const segment of segments) {
    const { from, to, atEnd } = await seek(segment, fromSeq, beforeSeq);
    for await (const lines of rawLines(segment.path, from)) {
      for (const raw of lines) {
        if ((!atEnd && raw.offset >= to) || (segment === newest && raw.ending === 'end_of_file')) return;
        if (!prefilter(raw.bytes)) continue;
        const line = toLine(segment, raw);
        if (line.read === 'line' && line.seq >= beforeSeq) return;
        if (line.read === 'damaged' || line.seq >= fromSeq) yield line;
      }
    }
  }
}

async function segmentsWith(
  directory: string,
  fromSeq: number,
  beforeSeq: number,
): Promise<{ readonly segments: readonly Segment[]; readonly newest: Segment | undefined }> {
  const all = await listBegun(directory);
  const first = await lastBeginningBy(all, fromSeq);
  const last = beforeSeq === Infinity ? all.length - 1 : await lastBeginningBy(all, beforeSeq);
  return { segments: all.slice(first, last + 1), newest: all.at(-1) };
}

/** Parses raw bytes of a segment. */
export function toLine(segment: Segment, { offset, bytes }: RawLine): ReadLine {
  return { segment: segment.name, offset, bytes, ...parseLine(bytes) };
}

/** Reads a journal's lines from the newest to the oldest; otherwise like {@link readJournal}. */
export async function* readBackwards(
  directory: string,
  range: ReadRange = {},
): AsyncGenerator<ReadLine, void, undefined> {
  const { fromSeq = 1, beforeSeq = Infinity, prefilter = (): boolean => true } = range;
  const { segments, newest } = await segmentsWith(directory, fromSeq, beforeSeq);
  for (const segment of segments.toReversed()) {
    const { from, to, atEnd } = await seek(segment, fromSeq, beforeSeq);
    const unfinished = !atEnd || segment === newest;
    for await (const raw of rawLinesBackwards(segment.path, to)) {
      if (raw.offset < from) return;
      if ((unfinished && raw.ending === 'end_of_file') || !prefilter(raw.bytes)) continue;
      const line = toLine(segment, raw);
      if (line.read === 'line' && line.seq < fromSeq) return;
      if (line.read === 'damaged' || line.seq < beforeSeq) yield line;
    }
  }
}

/** Of so many of the newest lines one must be readable, or the format is not known. */
const FORMAT_LINES = 64;

/**
 * Finds whether a newer version of the format than can be read here wrote a journal's newest lines. `'known'` where no line
 * says so: also in an empty journal, and where the newest lines are damaged.
 */
export async function newestFormat(directory: string): Promise<'known' | { readonly newer: number }> {
  let looked = 0;
  for await (const line of readBackwards(directory)) {
    const newer = line.read === 'line' ? 'none' : newerVersion(line.bytes);
    if (newer !== 'none') return { newer };
    looked += 1;
    if (line.read === 'line' || looked === FORMAT_LINES) break;
  }
  return 'known';
}

/** Gives a journal's last lines, oldest first. */
export async function readLast(directory: string, count: number): Promise<readonly ReadLine[]> {
  const lines: ReadLine[] = [];
  if (count < 1) return lines;
  for await (const line of readBackwards(directory)) {
    lines.push(line);
    if (lines.length >= count) break;
  }
  return lines.reverse();
}
