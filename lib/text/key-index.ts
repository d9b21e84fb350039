import { isMap, isNode, isScalar, isSeq, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import type { PathStep } from './problems.js';

/** Finds the pair of a key in a mapping, of which there may be tens of thousands, without looking at each. */
export class KeyIndex {
  readonly #pairs = new WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>();

  find(mapping: YAMLMap, key: PathStep): Pair | undefined {
    const known = this.#pairs.get(mapping) ?? indexed(mapping);
    this.#pairs.set(mapping, known);
    return known.get(key);
  }
}

function indexed({ items }: YAMLMap): ReadonlyMap<unknown, Pair> {
  const pairs = new Map<unknown, Pair>();
  for (const pair of items) {
    if (isScalar(pair.key) && !pairs.has(pair.key.value)) pairs.set(pair.key.value, pair);
  }
  return pairs;
}

/** Follows a path as far as it leads. */
export function reach(document: Document.Parsed, path: readonly PathStep[], keys: KeyIndex): Node | null {
  let node: Node | null = document.contents;
  for (const step of path) {
    const next: unknown = isMap(node)
      ? keys.find(node, step)?.value
      : isSeq(node)
        ? node.items[Number(step)]
        : undefined;
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}
