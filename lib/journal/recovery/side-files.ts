import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createFile, type Chunks, type Disk } from '../disk/index.js';
import { openCompressed, openText } from '../bytes/index.js';
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
  /** How many lines, whole or not; of a compressed file those of its text. */
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
  return `torn-${newStem(segment, offset)}.pending`;
}

/** Names the bytes taken out of a segment from an offset on because they are damaged, or follow damage. */
export function gapName(segment: Segment, offset: number, form: 'jsonl' | 'jsonl.gz'): string {
  return `gap-${newStem(segment, offset)}.${form}.pending`;
}

function newStem({ number }: Segment, offset: number): string {
  return `${String(number).padStart(8, '0')}-${offset}-${randomBytes(4).toString('hex')}`;
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
  await pipeline(createReadStream(path), hash);
  let lines = 0;
  let readable: ReturnType<typeof parseHead> = 'malformed';
  const form = /\.gz(?:\.pending)?$/.test(path) ? openCompressed : openText;
  for await (const some of rawLines(path, 0, form)) {
    lines += some.length;
    for (const { bytes } of some) if (readable === 'malformed') readable = parseHead(bytes);
  }
  return {
    bytes: (await stat(path)).size,
    lines,
    sha256: hash.digest('base64url'),
    readableSeq: readable === 'malformed' ? 'none' : readable.seq,
  };
}
