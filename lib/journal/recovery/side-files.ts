import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, type Chunks, type Disk } from '../disk/index.js';
import { parseHead, rawLines, segmentAt, type Segment } from '../lines/index.js';

/*
 * What is taken out of the journal is kept beside it: `torn-SEGMENT-OFFSET-XXXXXXXX` where a batch was not finished,
 * `gap-…` where damage was accepted. It has the suffix `.pending` until the line that names it is on disk.
 */

/** A file of bytes that were taken out of a segment. */
export interface SideFile {
  /** Its name once a line names it. */
  readonly file: string;
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  /** How many lines, whole or not. */
  readonly lines: number;
  /** SHA-256 of its bytes, base64url. */
  readonly sha256: string;
  /** The first line's number that can be read in it. */
  readonly readableSeq: number | 'none';
  /** Removes the suffix. Call it when the line is on disk. */
  readonly recorded: () => Promise<void>;
}

/** Names the bytes cut off a segment at an offset because a batch was not finished. */
export function tornName(segment: Segment, offset: number): string {
  return `torn-${number(segment)}-${offset}-${chance()}.pending`;
}

/** Names the bytes taken out of a segment from an offset on because they are damaged, or stand behind damage. */
export function gapName(segment: Segment, offset: number, form: 'jsonl' | 'jsonl.gz'): string {
  return `gap-${number(segment)}-${offset}-${chance()}.${form}.pending`;
}

function number(segment: Segment): string {
  return String(segment.number).padStart(8, '0');
}

function chance(): string {
  return randomBytes(4).toString('hex');
}

/** Writes a side file, durable by name. */
export async function writeAside(disk: Disk, directory: string, name: string, chunks: Chunks): Promise<void> {
  await createFile(disk, join(directory, name), chunks);
  await disk.syncDirectory(directory);
}

const PENDING = {
  torn: /^(torn-(\d{8,15})-(\d{1,15})-[0-9a-f]{8})\.pending$/,
  gap: /^(gap-(\d{8,15})-(\d{1,15})-[0-9a-f]{8}\.jsonl(?:\.gz)?)\.pending$/,
} as const;

/** Finds the side files that no line names yet: this start's, and those of starts that were killed before they could. */
export async function pendingFiles(
  directory: string,
  disk: Disk,
  why: keyof typeof PENDING,
): Promise<readonly SideFile[]> {
  const found = (await readdir(directory)).map((name) => PENDING[why].exec(name)).filter((name) => name !== null);
  const files: SideFile[] = [];
  for (const [pending, stem = '', segment, offset] of found) {
    const file = why === 'torn' ? `${stem}.cut` : stem;
    const path = join(directory, pending);
    files.push({
      file,
      segment: segmentAt(directory, Number(segment)).name,
      offset: Number(offset),
      ...(await look(path)),
      recorded: async () => {
        await disk.rename(path, join(directory, file));
        await disk.syncDirectory(directory);
      },
    });
  }
  return files.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** Goes over a file's bytes, in constant memory. */
async function look(path: string): Promise<Pick<SideFile, 'bytes' | 'lines' | 'sha256' | 'readableSeq'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  let ended = true;
  for await (const chunk of chunksOf(path)) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    ended = chunk.at(-1) === NEWLINE;
  }
  return {
    bytes,
    lines: lines + (ended ? 0 : 1),
    sha256: hash.digest('base64url'),
    readableSeq: await readableIn(path),
  };
}

const NEWLINE = 0x0a;

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path)) if (Buffer.isBuffer(chunk)) yield chunk;
}

async function readableIn(path: string): Promise<number | 'none'> {
  for await (const lines of rawLines(path)) {
    const [first] = lines.map(({ bytes }) => parseHead(bytes)).filter((head) => head !== 'malformed');
    if (first !== undefined) return first.seq;
  }
  return 'none';
}
