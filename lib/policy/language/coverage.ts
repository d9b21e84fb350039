import type { IpRange } from '../../address/index.js';
import type { Pattern } from '../values/index.js';

/** Whether a pattern is covered by others. */
export type Covers = (pattern: Pattern) => boolean;

/** Whether a pattern is covered by one of these, or by neighbouring ranges of them. */
export function coverOf(patterns: readonly Pattern[]): Covers {
  const names = new Set(patterns.flatMap((pattern) => (pattern.kind === 'name' ? [pattern.name] : [])));
  const suffixes = new Set<string>(patterns.flatMap((pattern) => (pattern.kind === 'under' ? [pattern.suffix] : [])));
  const ranges = patterns.flatMap((pattern) => (pattern.kind === 'range' ? [pattern.range] : []));
  const blocks = {
    4: merged(ranges.filter(({ family }) => family === 4)),
    6: merged(ranges.filter(({ family }) => family === 6)),
  };
  return (pattern) => {
    if (pattern.kind === 'range') return withinOne(blocks[pattern.range.family], pattern.range);
    if (pattern.kind === 'name')
      return names.has(pattern.name) || parents(pattern.name).some((parent) => suffixes.has(parent));
    return suffixes.has(pattern.suffix) || parents(pattern.suffix).some((parent) => suffixes.has(parent));
  };
}

function parents(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}

interface Block {
  readonly first: number | bigint;
  readonly last: number | bigint;
}

/** Sorts ranges of one family and joins those that overlap. */
function merged(ranges: readonly IpRange[]): readonly Block[] {
  const blocks: Block[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = blocks.at(-1);
    if (before === undefined || first > before.last) blocks.push({ first, last });
    else if (last > before.last) blocks[blocks.length - 1] = { first: before.first, last };
  }
  return blocks;
}

function withinOne(blocks: readonly Block[], range: Block): boolean {
  let low = 0;
  let high = blocks.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const block = blocks[middle];
    if (block === undefined) return false;
    if (range.first < block.first) high = middle - 1;
    else if (range.first > block.last) low = middle + 1;
    else return range.last <= block.last;
  }
  return false;
}
