import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { errorCode } from '../../system/index.js';
import { copyInto, removeDurably, type Disk } from '../disk/index.js';
import { readChunk, sealMember, type Segment } from '../lines/index.js';

/** About so much text goes into a member: a search for a line inflates that much. */
const MEMBER_BYTES = 1024 * 1024;
/** A third level makes these texts 7 % bigger than the usual sixth, in half the time. */
const LEVEL = 3;
/** zlib hands over chunk by chunk, each with a way through the thread pool: a member takes one or two this way. */
const CHUNKS = { packed: MEMBER_BYTES / 4, plain: MEMBER_BYTES + 64 * 1024 };
const READ_ONLY = 0o400;
const NEWLINE = 0x0a;

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/** Thrown where work was stopped on purpose. */
export class Stopped extends Error {}

/**
 * Makes a closed segment a compressed, read-only one. At every moment one of its two forms is whole: the plain one goes when
 * the other is durable, and counts until then. Throws the system's errors.
 *
 * A member at a time, off the event loop, each synced by itself, so that no append waits for a long one.
 */
export async function compressSegment(
  disk: Disk,
  directory: string,
  { path }: Segment,
  isStopped: () => boolean,
): Promise<void> {
  await copyInto(disk, directory, `${path}.gz`, members(path, isStopped), READ_ONLY);
  await removeDurably(disk, directory, path);
}

async function* members(path: string, isStopped: () => boolean): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let from = 0; ;) {
      if (isStopped()) throw new Stopped();
      const text = wholeLines(await readChunk(file, from, MEMBER_BYTES));
      if (text.length === 0) return;
      yield sealMember(await compressed(text), text.length);
      from += text.length;
    }
  } finally {
    await file.close();
  }
}

/** Up to the last newline; all of it where there is none. */
function wholeLines(text: Buffer): Buffer {
  const end = text.lastIndexOf(NEWLINE);
  return end === -1 ? text : text.subarray(0, end + 1);
}

/** Compresses, and sees that what comes out is what went in: the plain form will be gone. */
async function compressed(text: Buffer): Promise<Buffer> {
  const bytes = await deflate(text, { level: LEVEL, chunkSize: CHUNKS.packed });
  if (!text.equals(await inflate(bytes, { chunkSize: CHUNKS.plain }))) throw new Error('compression changed the text');
  return bytes;
}

/** Removes what a compression that was cut short left of a segment, so that it can start again. */
export async function clearTraces(disk: Disk, directory: string, { path }: Segment): Promise<void> {
  await removePresent(disk, directory, [`${path}.gz.tmp`, `${path}.gz`]);
}

/** Removes those files that are there, in their order and each durably. */
export async function removePresent(disk: Disk, directory: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) if ((await sizeOnDisk(path)) !== 'absent') await removeDurably(disk, directory, path);
}

/** How big a file is. */
export async function sizeOnDisk(path: string): Promise<number | 'absent'> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
