import { hash } from 'node:crypto';

/** A SHA-256 as standard base64, 44 characters: as in notes, and the fastest form to compute here. */
export type Hash = string;

/** The root of the tree without leaves: SHA-256 of nothing. */
const EMPTY_ROOT: Hash = hash('sha256', '', 'base64');

/** The smallest complete subtree of a range, and those left of it. */
interface Peak {
  readonly hash: Hash;
  readonly before: Peak | 'none';
}

/**
 * All that must be kept of a tree to let it grow and to know its root: the roots of its complete subtrees.
 *
 * A value: pushing gives a new range that shares all but a few peaks with the old one, so a caller that must go back to an
 * earlier state just keeps that.
 */
export interface CompactRange {
  /** How many leaves. */
  readonly size: number;
  /** The smallest subtree first; there is one for each 1 in `size` as a binary number. */
  readonly peak: Peak | 'none';
}

/** The tree without leaves. */
export const EMPTY_RANGE: CompactRange = { size: 0, peak: 'none' };

// Written to and hashed within one call, never kept.
const leaf = Buffer.alloc(64 * 1024);
const node = Buffer.alloc(65, 1);

/** Gives the hash of a leaf (RFC 6962 §2.1): SHA-256 over a zero byte and the leaf's bytes; a text must be ASCII. */
export function hashLeaf(bytes: string | Uint8Array): Hash {
  if (typeof bytes === 'string') return hash('sha256', `\0${bytes}`, 'base64');
  if (bytes.length >= leaf.length) return hash('sha256', Buffer.concat([Buffer.alloc(1), bytes]), 'base64');
  leaf.set(bytes, 1);
  return hash('sha256', leaf.subarray(0, bytes.length + 1), 'base64');
}

/** Gives the hash of what joins two subtrees: SHA-256 over a one byte and their hashes. */
export function hashNode(left: Hash, right: Hash): Hash {
  node.write(left, 1, 32, 'base64');
  node.write(right, 33, 32, 'base64');
  return hash('sha256', node, 'base64');
}

/** Gives the range with one leaf more, of which the hash is given. Costs one hash on average. */
export function push({ size, peak }: CompactRange, leafHash: Hash): CompactRange {
  let hash = leafHash;
  let before = peak;
  // A subtree of the same size is left of the new one for each 1 at the end of the size.
  for (let rest = size; rest % 2 === 1 && before !== 'none'; rest = Math.floor(rest / 2)) {
    hash = hashNode(before.hash, hash);
    before = before.before;
  }
  return { size: size + 1, peak: { hash, before } };
}

/** Gives the root of a range's tree (RFC 6962 §2.1). */
export function rootOf({ peak }: CompactRange): Hash {
  if (peak === 'none') return EMPTY_ROOT;
  let root = peak.hash;
  for (let left = peak.before; left !== 'none'; left = left.before) root = hashNode(left.hash, root);
  return root;
}

/** Gives a range's peaks, the largest subtree first: with its size, all there is to it. */
export function peaksOf({ peak }: CompactRange): readonly Hash[] {
  const peaks: Hash[] = [];
  for (let at = peak; at !== 'none'; at = at.before) peaks.push(at.hash);
  return peaks.reverse();
}

/** Makes a range of a size and its peaks, the largest first. `'malformed'`: no tree of that size has such peaks. */
export function rangeOf(size: number, peaks: readonly unknown[]): CompactRange | 'malformed' {
  if (!Number.isSafeInteger(size) || size < 0 || peaks.length !== size.toString(2).replaceAll('0', '').length)
    return 'malformed';
  let peak: Peak | 'none' = 'none';
  for (const hash of peaks) {
    if (!isHash(hash)) return 'malformed';
    peak = { hash, before: peak };
  }
  return { size, peak };
}

/** Whether a value is the base64 of 32 bytes, in the one form that encoding them gives. */
export function isHash(value: unknown): value is Hash {
  // 32 bytes end within the 43rd character, whose last two bits must be zero.
  return typeof value === 'string' && /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(value);
}
