import { parseLine, type ParsedLine } from './line.js';
import { rawLines, rawLinesBackwards, type RawLine } from './raw-lines.js';
import { lastBeginningBy, seek } from './seek.js';
import { listBegun, type Segment } from './segments.js';

/** Where some bytes of a journal stand. */
interface FilePosition {
  readonly segment: string;
  readonly offset: number;
  /** The bytes themselves, newline included. */
  readonly bytes: Buffer;
}

/** A journal line, as it was written. Reading does not check the chain: `verifyJournal` does. */
export interface Line extends ParsedLine, FilePosition {
  readonly read: 'line';
}

/** Bytes where a line should be. They are not followed by what was lost with them. */
interface DamagedLine extends FilePosition {
  readonly read: 'damaged';
  readonly detail: string;
}

/** What reading gives, one by one. */
export type ReadLine = Line | DamagedLine;

/**
 * Looks at a line's bytes before they are parsed: what it turns down is not given. It is called in the order of reading,
 * each time right before the line would be given, and sometimes for lines just outside the range.
 */
export type Wanted = (bytes: Buffer) => boolean;

/** Which lines to read. */
export interface Range {
  /** Every line if left out. Most of the time that reading takes is parsing. */
  readonly wanted?: Wanted;
  /** The first line wanted; from the oldest one if left out. */
  readonly fromSeq?: number;
}

/**
 * Reads a journal's lines in order, in constant memory, also while it is being written.
 *
 * Ends where the journal ends at that moment; a line that is not finished yet is left out. A live journal's last lines may
 * be read before they are synced, and are not there any more if the disk then turns out to be full. Throws the system's
 * errors; a directory without segments has no lines.
 */
export async function* readJournal(directory: string, range: Range = {}): AsyncGenerator<ReadLine, void, undefined> {
  const { fromSeq = 1, wanted = every } = range;
  const segments = await listBegun(directory);
  for (const segment of segments.slice(await lastBeginningBy(segments, fromSeq))) {
    const newest = segment === segments.at(-1);
    for await (const lines of rawLines(segment.path, (await seek(segment, fromSeq)).from)) {
      for (const raw of lines) {
        if (newest && raw.ending === 'end_of_file') return;
        if (!wanted(raw.bytes)) continue;
        const line = toLine(segment, raw);
        if (line.read === 'damaged' || line.seq >= fromSeq) yield line;
      }
    }
  }
}

function every(): boolean {
  return true;
}

/** Makes a line of raw bytes. */
export function toLine(segment: Segment, { offset, bytes }: RawLine): ReadLine {
  const parsed = parseLine(bytes);
  const place = { segment: segment.name, offset, bytes };
  return typeof parsed === 'string'
    ? { read: 'damaged', ...place, detail: parsed }
    : { read: 'line', ...place, ...parsed };
}

/**
 * Reads a journal's lines from the newest to the oldest, in constant memory: `beforeSeq` leaves out that line and all after.
 *
 * Otherwise like {@link readJournal}.
 */
export async function* readBackwards(
  directory: string,
  { beforeSeq = Infinity, wanted = every }: { readonly beforeSeq?: number; readonly wanted?: Wanted } = {},
): AsyncGenerator<ReadLine, void, undefined> {
  const segments = await listBegun(directory);
  const kept = segments.slice(0, (await lastBeginningBy(segments, beforeSeq)) + 1).reverse();
  for (const segment of kept) {
    const { to, atEnd } = await seek(segment, beforeSeq);
    const unfinished = !atEnd || segment === segments.at(-1);
    for await (const raw of rawLinesBackwards(segment.path, to)) {
      if (unfinished && raw.ending === 'end_of_file') continue;
      if (!wanted(raw.bytes)) continue;
      const line = toLine(segment, raw);
      if (line.read === 'damaged' || line.seq < beforeSeq) yield line;
    }
  }
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
