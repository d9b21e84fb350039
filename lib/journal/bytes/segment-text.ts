import { open, type FileHandle } from 'node:fs/promises';
import { unlessAbsent } from '../../system/index.js';
import { listMembers, readChunk, readMember, type Member } from './members.js';
import { OtherGzip } from './other-gzip.js';

/** A segment's text, whichever form it has on disk. All offsets are in the text. */
export interface SegmentText {
  /** How long it is; a plain one may grow. */
  readonly size: () => Promise<number>;
  /** Up to so many bytes at a position: fewer only where the text ends. */
  readonly read: (position: number, length: number) => Promise<Buffer>;
  /** What was found wrong with a compressed file so far, or `'none'`. What cannot be inflated reads as zero bytes. */
  readonly fault: () => string;
  readonly close: () => Promise<void>;
}

/** Opens a segment's text: the plain file if it is there, else the compressed one beside it. Throws the system's errors. */
export async function openText(path: string): Promise<SegmentText> {
  const file = await unlessAbsent(open(path, 'r'));
  return file === 'absent' ? openCompressed(`${path}.gz`) : plainText(file);
}

/** Opens the text of a compressed file. Throws the system's errors. */
export async function openCompressed(path: string): Promise<SegmentText> {
  const compressed = await open(path, 'r');
  try {
    return await compressedText(compressed);
  } catch (error) {
    await compressed.close();
    throw error;
  }
}

/** Opens a segment's text for some work, and closes it. Throws the system's errors. */
export async function withText<T>(
  { path }: { readonly path: string },
  work: (text: SegmentText) => Promise<T>,
): Promise<T> {
  const text = await openText(path);
  try {
    return await work(text);
  } finally {
    await text.close();
  }
}

/** Reads up to so many bytes of a segment: fewer only where its text ends. */
export function readBytes(segment: { readonly path: string }, from: number, length: number): Promise<Buffer> {
  return withText(segment, (text) => text.read(from, length));
}

const CHUNK = 256 * 1024;

/** Reads a segment's text from an offset in chunks: to its end, or to another offset. Throws if it ends before that. */
export async function* readRange(
  path: string,
  from: number,
  to = Infinity,
  openPath = openText,
): AsyncGenerator<Buffer> {
  const text = await openPath(path);
  try {
    for (let at = from; at < to;) {
      const chunk = await text.read(at, Math.min(CHUNK, to - at));
      if (chunk.length === 0 && to === Infinity) return;
      if (chunk.length === 0) throw new Error('a segment is shorter than it was');
      yield chunk;
      at += chunk.length;
    }
  } finally {
    await text.close();
  }
}

function plainText(file: FileHandle): SegmentText {
  return {
    size: async () => (await file.stat()).size,
    read: (position, length) => readChunk(file, position, length),
    fault: () => 'none',
    close: () => file.close(),
  };
}

/** Any gzip may have made the file. Where it did not, and the file is broken, what is whole of our own members is read. */
async function compressedText(file: FileHandle): Promise<SegmentText> {
  const { members, fault } = await listMembers(file);
  if (fault === 'none') return membersText(file, members, fault);
  const other = new OtherGzip(file);
  if (members.length > 0) await other.size();
  if (other.fault() === 'none') return otherText(file, other);
  other.stop();
  return membersText(file, members, fault);
}

function otherText(file: FileHandle, other: OtherGzip): SegmentText {
  return {
    size: () => other.size(),
    read: (position, length) => other.read(position, length),
    fault: () => other.fault(),
    close: () => {
      other.stop();
      return file.close();
    },
  };
}

/** The text of a file of our own members: any place in it is found by their headers. */
function membersText(file: FileHandle, members: readonly Member[], found: string): SegmentText {
  const last = members.at(-1);
  const size = last === undefined ? 0 : last.from + last.length;
  let fault = found;
  // The member that was inflated last: readers continue from where they were.
  let inflated: { readonly member: Member; readonly text: Buffer } | 'none' = 'none';
  const textOf = async (member: Member): Promise<Buffer> => {
    if (inflated !== 'none' && inflated.member === member) return inflated.text;
    const read = await readMember(file, member);
    if (read === 'broken' && fault === 'none') {
      fault = `the member at byte ${member.offset} of the compressed file cannot be inflated`;
    }
    const text = read === 'broken' ? Buffer.alloc(member.length) : read;
    inflated = { member, text };
    return text;
  };
  return {
    size: () => Promise.resolve(size),
    read: async (position, length) => {
      const end = Math.min(position + length, size);
      const parts: Buffer[] = [];
      for (let at = position; at < end;) {
        const member = members.findLast(({ from }) => from <= at);
        if (member === undefined) break;
        const part = (await textOf(member)).subarray(at - member.from, end - member.from);
        parts.push(part);
        at += part.length;
      }
      // Never the inflated member itself: what is kept of it would hold all of it.
      return Buffer.concat(parts);
    },
    fault: () => fault,
    close: () => file.close(),
  };
}
