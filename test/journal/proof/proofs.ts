import { EMPTY_RANGE, hashNode, push, rootOf, type Hash } from '../../../lib/journal/proof/tree.js';

/** Gives the proof that the leaf at an index is in the tree over some leaf hashes (RFC 6962 §2.1.1). */
export function proveInclusion(leaves: readonly Hash[], index: number): readonly Hash[] {
  if (leaves.length < 2) return [];
  const half = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half
    ? [...proveInclusion(left, index), rootOver(right)]
    : [...proveInclusion(right, index - half), rootOver(left)];
}

/** Gives the proof that the tree over the first `size` leaf hashes is the beginning of that over all (RFC 6962 §2.1.2). */
export function proveConsistency(leaves: readonly Hash[], size: number): readonly Hash[] {
  return size === 0 || size === leaves.length ? [] : subproof(leaves, size, 'begins here');
}

function subproof(leaves: readonly Hash[], size: number, old: 'begins here' | 'elsewhere'): readonly Hash[] {
  if (size === leaves.length) return old === 'begins here' ? [] : [rootOver(leaves)];
  const half = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return size <= half
    ? [...subproof(left, size, old), rootOver(right)]
    : [...subproof(right, size - half, 'elsewhere'), rootOver(left)];
}

function rootOver(leaves: readonly Hash[]): Hash {
  return rootOf(leaves.reduce(push, EMPTY_RANGE));
}

function largestPowerBelow(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** What an inclusion proof is about. */
export interface Inclusion {
  readonly leaf: Hash;
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
}

/** Tells whether a proof shows that a leaf stands at an index of the tree with a size and root (RFC 9162 §2.1.3.2). */
export function provesInclusion(proof: readonly Hash[], { leaf, index, size, root }: Inclusion): boolean {
  if (index < 0 || index >= size) return false;
  let path = { index, last: size - 1 };
  let hash = leaf;
  for (const sibling of proof) {
    if (path.last === 0) return false;
    if (path.index % 2 === 1 || path.index === path.last) {
      hash = hashNode(sibling, hash);
      path = upWhileLeft(path);
    } else {
      hash = hashNode(hash, sibling);
    }
    path = up(path);
  }
  return path.last === 0 && hash === root;
}

/** What a consistency proof is about: an older and a newer state of one tree. */
export interface Consistency {
  readonly oldSize: number;
  readonly oldRoot: Hash;
  readonly size: number;
  readonly root: Hash;
}

/** Tells whether a proof shows that an older tree is the beginning of a newer one (RFC 9162 §2.1.4.2). */
export function provesConsistency(proof: readonly Hash[], { oldSize, oldRoot, size, root }: Consistency): boolean {
  if (oldSize < 0 || oldSize > size) return false;
  if (oldSize === size) return proof.length === 0 && oldRoot === root;
  if (oldSize === 0) return proof.length === 0 && oldRoot === rootOf(EMPTY_RANGE);
  let path = { index: oldSize - 1, last: size - 1 };
  while (path.index % 2 === 1) path = up(path);
  // A complete old tree is a node of the new one: its own root begins the path.
  const [first, ...rest] = path.index === 0 ? [oldRoot, ...proof] : proof;
  if (first === undefined) return false;
  let [older, newer] = [first, first];
  for (const sibling of rest) {
    if (path.last === 0) return false;
    if (path.index % 2 === 1 || path.index === path.last) {
      older = hashNode(sibling, older);
      newer = hashNode(sibling, newer);
      path = upWhileLeft(path);
    } else {
      newer = hashNode(newer, sibling);
    }
    path = up(path);
  }
  return path.last === 0 && older === oldRoot && newer === root;
}

/** A node's index on its level, and that of the level's last node. */
interface Path {
  readonly index: number;
  readonly last: number;
}

function up({ index, last }: Path): Path {
  return { index: Math.floor(index / 2), last: Math.floor(last / 2) };
}

/** A last node without a sibling is handed up unchanged, until it is a right one. */
function upWhileLeft(path: Path): Path {
  let at = path;
  while (at.index % 2 === 0 && at.index !== 0) at = up(at);
  return at;
}
