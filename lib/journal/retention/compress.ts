import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { copyInto, removeDurably, type Disk } from '../disk/index.js';
import { readChunk, sealMember } from '../bytes/index.js';
import type { Segment } from '../lines/index.js';

/** About so much text is in a member: a search for a line inflates that much. */
const MEMBER_BYTES = 1024 * 1024;
/** Level 3 makes these texts 7 % bigger than the default level 6, in half the time. */
const LEVEL = 3;
/** zlib passes each chunk through the thread pool: with these sizes a member takes one or two. */
const CHUNKS = { packed: MEMBER_BYTES / 4, plain: MEMBER_BYTES + 64 * 1024 };
const READ_ONLY = 0o400;
const NEWLINE = 0x0a;

const deflate = promisify(gzip);
const inflate = promisify(gunzip);

/**
 * Compresses a closed segment into a read-only file; what an interrupted compression left is removed first. At every moment
 * one of its two forms is whole: the plain one is removed when the other is durable, and counts until then.
 *
 * A member at a time, off the event loop, each synced by itself, so that no append waits for a long one. Throws the
 * system's errors, and where it was stopped.
 */
export async function compressSegment(
  disk: Disk,
  directory: string,
  { path }: Segment,
  stopping: AbortSignal,
): Promise<void> {
  await removeDurably(disk, directory, `${path}.gz`);
  await copyInto(disk, directory, `${path}.gz`, members(path, stopping), READ_ONLY);
  await removeDurably(disk, directory, path);
}

async function* members(path: string, stopping: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let from = 0; ;) {
      stopping.throwIfAborted();
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

/** Compresses, and checks that the text can be restored: the plain form will be removed. */
async function compressed(text: Buffer): Promise<Buffer> {
  const bytes = await deflate(text, { level: LEVEL, chunkSize: CHUNKS.packed });
  if (!text.equals(await inflate(bytes, { chunkSize: CHUNKS.plain }))) throw new Error('compression changed the text');
  return bytes;
}
