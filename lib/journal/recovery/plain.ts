import { stat } from 'node:fs/promises';
import { errorCode } from '../../system/index.js';
import { copyInto, removeDurably, type Disk } from '../disk/index.js';
import { openText, type Segment, type SegmentText } from '../lines/index.js';

const CHUNK = 1024 * 1024;

/** Tells whether a segment stands there as plain lines. */
export async function isPlain({ path }: Segment): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Makes a compressed segment a plain one, of so many bytes, so that it can be written to. */
export async function makePlain(disk: Disk, directory: string, segment: Segment, bytes: number): Promise<void> {
  if (await isPlain(segment)) return;
  const text = await openText(segment.path);
  try {
    await copyInto(disk, directory, segment.path, chunks(text, bytes));
  } finally {
    await text.close();
  }
  await removeDurably(disk, directory, `${segment.path}.gz`);
}

async function* chunks(text: SegmentText, bytes: number): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes;) {
    const chunk = await text.read(from, Math.min(CHUNK, bytes - from));
    if (chunk.length === 0) throw new Error('a compressed segment is shorter than it was');
    yield chunk;
    from += chunk.length;
  }
}
