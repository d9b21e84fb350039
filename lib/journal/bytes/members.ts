import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

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
export interface Member {
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
export async function readMember(file: FileHandle, { offset, bytes, length }: Member): Promise<Buffer | 'broken'> {
  try {
    // In one piece where it is of ordinary size: each further one is a way through the thread pool. A header may lie.
    const chunkSize = Math.min(Math.max(length + 1, 64), MOST_AT_ONCE);
    const text = await inflate(await readChunk(file, offset, bytes), { maxOutputLength: length, chunkSize });
    return text.length === length ? text : 'broken';
  } catch {
    return 'broken'; // Whatever zlib's words for it are.
  }
}
