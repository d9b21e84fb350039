import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessAbsent } from '../../system/index.js';
import { LINE_BYTES, SEGMENT_KIND, type Link, type ParsedLine } from './line.js';
import { readBytes, withText } from '../bytes/index.js';

/** One part of the journal. Segments are numbered from 1 without gaps; the oldest ones may have been removed. */
export interface Segment {
  readonly number: number;
  readonly name: string;
  /** Its plain file. Where it is not there (any more), the compressed one lies beside it: {@link openText} reads either. */
  readonly path: string;
}

const NAME = /^(segment-(\d{8,15})\.jsonl)(?:\.gz)?$/;

/** Names the segment of a number in a directory. */
export function segmentAt(directory: string, number: number): Segment {
  const name = `segment-${String(number).padStart(8, '0')}.jsonl`;
  return { number, name, path: join(directory, name) };
}

/** Lists a directory's segments, plain or compressed, oldest first; none if there is no such directory. Other files there are not ours. */
export async function listSegments(directory: string): Promise<readonly Segment[]> {
  const numbers = new Map<string, number>();
  const files = await unlessAbsent(readdir(directory));
  for (const file of files === 'absent' ? [] : files) {
    const [, name, number] = NAME.exec(file) ?? [];
    if (name !== undefined) numbers.set(name, Number(number));
  }
  return [...numbers]
    .map(([name, number]) => ({ number, name, path: join(directory, name) }))
    .sort((a, b) => a.number - b.number);
}

/** Lists the segments that lines can be read from: all but an empty one at the end, made ready ahead of its use. */
export async function listBegun(directory: string): Promise<readonly Segment[]> {
  const segments = await listSegments(directory);
  const last = segments.at(-1);
  return last !== undefined && (await sizeOf(last)) === 0 ? segments.slice(0, -1) : segments;
}

/** Gives the size of a segment's text, 0 if it is gone. */
export async function sizeOf(segment: Segment): Promise<number> {
  const size = await unlessAbsent(withText(segment, (text) => text.size()));
  return size === 'absent' ? 0 : size;
}

/** Reads the line that ends at an offset of a segment. */
export async function lineEndingAt(
  segment: Segment,
  end: number,
): Promise<{ readonly offset: number; readonly bytes: Buffer }> {
  const from = Math.max(0, end - LINE_BYTES - 1);
  const bytes = await readBytes(segment, from, end - from);
  const start = bytes.subarray(0, -1).lastIndexOf(0x0a) + 1;
  return { offset: from + start, bytes: bytes.subarray(start) };
}

/** What the first line of a segment says of the segment before it. */
export interface Previous extends Link {
  readonly segment: string;
  readonly bytes: number;
}

/** Where a chain does not hold: the first line that is not what was written. */
export interface Damage {
  readonly segment: string;
  /** Line number within the segment, from 1. */
  readonly line: number;
  /** The number that line has or should have. */
  readonly seq: number;
  readonly offset: number;
  readonly detail: string;
}

/** A place where the chain does not hold. */
export interface Damaged {
  readonly kind: 'damaged';
  readonly damage: Damage;
}

/** The content of a segment's first line. */
export function linkContent(previous: Previous | 'none'): { readonly [key: string]: string | number | null } {
  if (previous === 'none') return { segment: null, seq: null, hash: null, bytes: null };
  const { segment, seq, hash, bytes } = previous;
  return { segment, seq, hash, bytes };
}

/** Reads what {@link linkContent} wrote. */
export function readLink(content: { readonly [key: string]: unknown }): Previous | 'none' | 'malformed' {
  const { segment, seq, hash, bytes } = content;
  if (segment === null && seq === null && hash === null && bytes === null) return 'none';
  if (typeof segment !== 'string' || typeof seq !== 'number') return 'malformed';
  if (typeof hash !== 'string' || typeof bytes !== 'number') return 'malformed';
  return { segment, seq, hash, bytes };
}

/** Checks a segment's first line against the end of the segment before it: `detail` is why it does not continue that. */
export function checkLink(first: ParsedLine, previous: Previous | 'none'): 'linked' | { readonly detail: string } {
  const link = first.kind === SEGMENT_KIND ? readLink(first.content) : 'malformed';
  if (link === 'malformed') return { detail: 'the segment does not begin with a link to the one before' };
  if (previous === 'none') return 'linked'; // The oldest segment that was kept: nothing to compare with.
  const { segment, seq, hash, bytes } = previous;
  if (link === 'none') return { detail: `it says that it is the first segment, but ${segment} is there` };
  if (link.segment !== segment) return { detail: `it continues ${link.segment}, but ${segment} is before it` };
  if (link.bytes !== bytes) return { detail: `${segment} had ${link.bytes} bytes and now has ${bytes}` };
  if (link.seq === seq && link.hash === hash && first.prev === hash) return 'linked';
  return { detail: `the last line of ${segment} is not the one that it continues` };
}
