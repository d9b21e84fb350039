import type { IpAddress, IpRange } from './types.js';

/** A range and the number of its owner: a rule, a policy, a row of a table. */
export interface OwnedRange {
  readonly range: IpRange;
  readonly owner: number;
}

/**
 * The blocks of one family, each once, sorted by first address and, of those, widest first.
 *
 * Addresses are rows of 32-bit words, most significant first: one word for IPv4, four for IPv6. `parent` is the index
 * of the narrowest block around a block, or -1. The owners of block `i` are `owners[ownersFrom[i] .. ownersFrom[i + 1]]`.
 */
interface Blocks {
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly parent: Int32Array;
  readonly ownersFrom: Uint32Array;
  readonly owners: Uint32Array;
}

/** Ranges laid out for lookup: plain typed arrays, so that a worker can build it and post it. */
export interface RangeTable {
  readonly ipV4: Blocks;
  readonly ipV6: Blocks;
}

const NONE = -1;

/** Lays out ranges for {@link ownersOf}. A range may be listed several times, by the same owner or by others. */
export function buildRangeTable(entries: Iterable<OwnedRange>): RangeTable {
  const ipV4: OwnedRange[] = [];
  const ipV6: OwnedRange[] = [];
  for (const entry of entries) (entry.range.family === 4 ? ipV4 : ipV6).push(entry);
  return { ipV4: layOut(ipV4, 1), ipV6: layOut(ipV6, 4) };
}

/**
 * The owners of every range that holds the address, each once, narrowest range first. CIDR blocks nest or are apart, so the
 * narrowest block around an address is the last one that starts at or before it, or an ancestor of that one. A binary
 * search, then at most as many steps up as an address has bits.
 */
export function ownersOf(table: RangeTable, address: IpAddress): readonly number[] {
  const blocks = address.family === 4 ? table.ipV4 : table.ipV6;
  const found: number[] = [];
  let block = narrowest(blocks, wordsOf(address.value));
  for (; block !== NONE; block = at(blocks.parent, block)) {
    const end = at(blocks.ownersFrom, block + 1);
    for (let index = at(blocks.ownersFrom, block); index < end; index++) found.push(at(blocks.owners, index));
  }
  return found.length > 1 ? [...new Set(found)] : found;
}

function narrowest(blocks: Blocks, address: readonly number[]): number {
  let low = 0;
  let high = blocks.parent.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(blocks.first, middle, address) <= 0) low = middle + 1;
    else high = middle;
  }
  let block = low - 1;
  while (block !== NONE && compare(blocks.last, block, address) < 0) block = at(blocks.parent, block);
  return block;
}

/** Row `row` of `rows` against an address: negative if it is lower, 0 if equal, positive if higher. */
function compare(rows: Uint32Array, row: number, address: readonly number[]): number {
  const start = row * address.length;
  for (let word = 0; word < address.length; word++) {
    const difference = at(rows, start + word) - (address[word] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function layOut(entries: OwnedRange[], words: number): Blocks {
  entries.sort((a, b) => order(a.range.first, b.range.first) || order(b.range.last, a.range.last) || a.owner - b.owner);
  const isNew = (entry: OwnedRange, index: number): boolean => entry.range.text !== entries[index - 1]?.range.text;
  const ranges = entries.filter(isNew).map((entry) => entry.range);
  const first = new Uint32Array(ranges.length * words);
  const last = new Uint32Array(ranges.length * words);
  ranges.forEach((range, index) => {
    first.set(wordsOf(range.first), index * words);
    last.set(wordsOf(range.last), index * words);
  });
  const starts = entries.flatMap((entry, index) => (isNew(entry, index) ? [index] : []));
  return {
    first,
    last,
    parent: parentsOf(ranges),
    ownersFrom: Uint32Array.from([...starts, entries.length]),
    owners: Uint32Array.from(entries, (entry) => entry.owner),
  };
}

/** For each of the sorted ranges, the index of the narrowest one around it. */
function parentsOf(ranges: readonly IpRange[]): Int32Array {
  const parents = new Int32Array(ranges.length);
  const around: { last: number | bigint; index: number }[] = [];
  ranges.forEach(({ first, last }, index) => {
    while ((around.at(-1)?.last ?? first) < first) around.pop();
    parents[index] = around.at(-1)?.index ?? NONE;
    around.push({ last, index });
  });
  return parents;
}

function wordsOf(value: number | bigint): readonly number[] {
  if (typeof value === 'number') return [value];
  return [value >> 96n, value >> 64n, value >> 32n, value].map((word) => Number(BigInt.asUintN(32, word)));
}

function order(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** An element that is there: indexes in this file come from the same table. */
function at(array: Uint32Array | Int32Array, index: number): number {
  const value = array[index];
  if (value === undefined) throw new RangeError('range table is damaged: an index points outside it');
  return value;
}
