import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './disk.js';
import type { Link } from './line.js';

/** One file of the journal. Segments are numbered from 1 without gaps; the oldest ones may have been removed. */
export interface Segment {
  readonly number: number;
  readonly name: string;
  readonly path: string;
}

const NAME = /^segment-(\d{8,15})\.jsonl$/;

/** Names the segment of a number in a directory. */
export function segmentAt(directory: string, number: number): Segment {
  const name = `segment-${String(number).padStart(8, '0')}.jsonl`;
  return { number, name, path: join(directory, name) };
}

/** Lists a directory's segments, oldest first; none if there is no such directory. Other files there are not ours. */
export async function listSegments(directory: string): Promise<readonly Segment[]> {
  const names = await namesIn(directory);
  return names
    .map((name) => NAME.exec(name))
    .filter((found) => found !== null)
    .map((found) => ({ number: Number(found[1]), name: found[0], path: join(directory, found[0]) }))
    .sort((a, b) => a.number - b.number);
}

/** Lists the segments that lines can be read from: all but an empty one at the end, made ready ahead of its use. */
export async function listBegun(directory: string): Promise<readonly Segment[]> {
  const segments = await listSegments(directory);
  const last = segments.at(-1);
  return last !== undefined && (await sizeOf(last)) === 0 ? segments.slice(0, -1) : segments;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Gives a segment's size, 0 if it is gone. */
export async function sizeOf(segment: Segment): Promise<number> {
  try {
    return (await stat(segment.path)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
}

/** What the first line of a segment tells of the segment before it. */
export interface Previous extends Link {
  readonly segment: string;
  readonly bytes: number;
}

/** The kind of every segment's first line. */
export const SEGMENT_KIND = 'segment';

/** The kind of a line that tells what a start cut off. */
export const RECOVER_KIND = 'recover';

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
