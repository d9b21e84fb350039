import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { unlessAbsent } from '../../system/index.js';

/** Reads up to so many bytes at a position: fewer only where the file ends. */
export async function readChunk(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** A member of a compressed segment: where it lies in the file, and which bytes of the segment's text it holds. */
interface Member {
  readonly offset: number;
  /** Its own length, from its header to its trailer. */
  readonly bytes: number;
  readonly from: number;
  readonly length: number;
}

/** What {@link sealMember} puts before the compressed bytes: gzip's header with one extra field of ours (RFC 1952 §2.3). */
const HEADER_BYTES = 24;
const FIXED = Buffer.from([0x1f, 0x8b, 8, 4]);
const EXTRA = Buffer.from([12, 0, 0x54, 0x47, 8, 0]);
const GZIP_HEADER_BYTES = 10;

/** More than this is in no member: its reader must hold it. */
const MEMBER_BYTES = 4 * 1024 * 1024;

/**
 * Makes a member of some of a segment's text: what gzip gave for it, with both lengths put into the header, so that members
 * can be gone over without being inflated. Any gzip reads it.
 */
export function sealMember(gzipped: Buffer, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  FIXED.copy(header);
  gzipped.copy(header, FIXED.length, FIXED.length, GZIP_HEADER_BYTES);
  EXTRA.copy(header, GZIP_HEADER_BYTES);
  header.writeUInt32LE(gzipped.length + HEADER_BYTES - GZIP_HEADER_BYTES, 16);
  header.writeUInt32LE(length, 20);
  return Buffer.concat([header, gzipped.subarray(GZIP_HEADER_BYTES)]);
}

function readHeader(header: Buffer): Pick<Member, 'bytes' | 'length'> | 'malformed' {
  if (header.length < HEADER_BYTES || !header.subarray(0, FIXED.length).equals(FIXED)) return 'malformed';
  if (!header.subarray(GZIP_HEADER_BYTES, 16).equals(EXTRA)) return 'malformed';
  const [bytes, length] = [header.readUInt32LE(16), header.readUInt32LE(20)];
  const sound = bytes > HEADER_BYTES && bytes <= 2 * MEMBER_BYTES && length > 0 && length <= MEMBER_BYTES;
  return sound ? { bytes, length } : 'malformed';
}

/** The members of a compressed segment, in order, and what is wrong where they end before the file does. */
export interface Members {
  readonly members: readonly Member[];
  readonly fault: string;
}

/** Goes over a file's members by their headers. */
export async function listMembers(file: FileHandle): Promise<Members> {
  const { size } = await file.stat();
  const members: Member[] = [];
  let offset = 0;
  let from = 0;
  while (offset < size) {
    const header = readHeader(await readChunk(file, offset, HEADER_BYTES));
    if (header === 'malformed' || offset + header.bytes > size) {
      return { members, fault: `no whole member begins at byte ${offset} of the compressed file` };
    }
    members.push({ offset, from, ...header });
    offset += header.bytes;
    from += header.length;
  }
  return { members, fault: 'none' };
}

const inflate = promisify(gunzip);
const MOST_AT_ONCE = 2 * 1024 * 1024;

/** Gives the text of a member; `'broken'` if it cannot be inflated to what its header says. */
async function readMember(file: FileHandle, { offset, bytes, length }: Member): Promise<Buffer | 'broken'> {
  try {
    // In one piece where it is of ordinary size: each further one is a way through the thread pool. A header may lie.
    const chunkSize = Math.min(Math.max(length + 1, 64), MOST_AT_ONCE);
    const text = await inflate(await readChunk(file, offset, bytes), { maxOutputLength: length, chunkSize });
    return text.length === length ? text : 'broken';
  } catch {
    return 'broken'; // Whatever zlib's words for it are.
  }
}

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
    return compressedText(compressed, await listMembers(compressed));
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

function compressedText(file: FileHandle, { members, fault: found }: Members): SegmentText {
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
