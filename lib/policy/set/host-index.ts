import type { Host } from '../../address/index.js';
import type { DenyEntry, HostSet, Rule } from './rule.js';

/** The rules and deny entries that list a host, by file and line. */
export interface Listing {
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
}

/** A listing under one key, while it grows. Most hold one rule and nothing else. */
interface Bucket {
  rules: Rule[];
  denies: DenyEntry[];
}

/** Shared by all empty lists, which would otherwise be most of a big set's memory. */
const NONE: never[] = [];

/** How many rules are kept for one `resolves-to`: they only help to explain a denial. */
const MOST_LEADING = 32;

const NOTHING_LISTED: Bucket = { rules: NONE, denies: NONE };

/** Finds what lists a host: by its exact name, by a suffix of it, or by a list of ranges that an address is in. */
export class HostIndex {
  readonly #byName = new Map<string, Bucket>();
  readonly #bySuffix = new Map<string, Bucket>();
  /** By the number of the list, without holes; many are lists of other things than hosts. */
  readonly #byList: Bucket[] = [];
  /** By the number of their `resolves-to`, the first rules with names that may lead there. */
  readonly #leading = new Map<number, Rule[]>();
  /** The numbers of labels that suffixes have: a tail of a name that has another need not be looked up. */
  readonly #suffixLengths: boolean[] = [];

  /** Makes room for the next list of ranges. */
  addList(): void {
    this.#byList.push(NOTHING_LISTED);
  }

  /** Adds a rule under all that it lists. */
  addRule(rule: Rule): void {
    for (const bucket of this.#buckets(rule.to)) bucket.rules = added(bucket.rules, rule);
    this.#addLeading(rule);
  }

  /** Adds a deny entry under all that it lists. */
  addDeny(entry: DenyEntry, to: HostSet): void {
    for (const bucket of this.#buckets(to)) bucket.denies = added(bucket.denies, entry);
  }

  /** Everything that lists the host, each once. `lists` are those that an address is in; a name is in none. */
  find(host: Host, lists: readonly number[]): Listing {
    const found = host.kind === 'name' ? this.#ofName(host.name) : this.#ofAddress(lists);
    if (found.length < 2) return found[0] ?? NOTHING_LISTED;
    return { rules: merged(found.map(({ rules }) => rules)), denies: merged(found.map(({ denies }) => denies)) };
  }

  /** The rules that list this very name, not only a suffix of it. */
  naming(name: string): readonly Rule[] {
    return this.#byName.get(name)?.rules ?? NONE;
  }

  /** Rules whose names may lead to an address in one of these lists by their `resolves-to`: some, where there are many. */
  leadingTo(lists: readonly number[]): readonly Rule[] {
    return lists.flatMap((list) => this.#leading.get(list) ?? []);
  }

  #addLeading(rule: Rule): void {
    const { to, resolvesTo } = rule;
    if (resolvesTo === 'none' || to.names.length + to.suffixes.length === 0) return;
    const known = this.#leading.get(resolvesTo) ?? [];
    if (known.length < MOST_LEADING) this.#leading.set(resolvesTo, [...known, rule]);
  }

  *#buckets({ names, suffixes, ranges }: HostSet): Generator<Bucket> {
    for (const name of names) yield bucketIn(this.#byName, name);
    for (const suffix of suffixes) {
      this.#suffixLengths[suffix.split('.').length] = true;
      yield bucketIn(this.#bySuffix, suffix);
    }
    if (ranges !== 'none') yield this.#bucketOfList(ranges);
  }

  #bucketOfList(list: number): Bucket {
    const known = this.#byList[list];
    if (known === undefined) throw new RangeError(`a compiled rule has list ${list}, which is not there`);
    if (known !== NOTHING_LISTED) return known;
    return (this.#byList[list] = { ...NOTHING_LISTED });
  }

  #ofName(name: string): readonly Listing[] {
    const exact = this.#byName.get(name);
    const found = exact === undefined ? [] : [exact];
    // From the right: `example`, `corp.example`, `web.corp.example` … but never the whole name (rule A12).
    let dot = name.length;
    for (let labels = 1; labels < this.#suffixLengths.length; labels++) {
      dot = name.lastIndexOf('.', dot - 1);
      if (dot === -1) break;
      const below = this.#suffixLengths[labels] === true ? this.#bySuffix.get(name.slice(dot + 1)) : undefined;
      if (below !== undefined) found.push(below);
    }
    return found;
  }

  #ofAddress(lists: readonly number[]): readonly Listing[] {
    const found: Listing[] = [];
    for (const list of lists) {
      const bucket = this.#byList[list] ?? NOTHING_LISTED;
      if (bucket.rules.length + bucket.denies.length > 0) found.push(bucket);
    }
    return found;
  }
}

function bucketIn(buckets: Map<string, Bucket>, key: string): Bucket {
  const known = buckets.get(key);
  if (known !== undefined) return known;
  const bucket = { ...NOTHING_LISTED };
  buckets.set(key, bucket);
  return bucket;
}

function added<T>(list: T[], one: T): T[] {
  if (list.length === 0) return [one];
  list.push(one);
  return list;
}

function merged<T extends { readonly order: number }>(lists: readonly (readonly T[])[]): readonly T[] {
  const full = lists.filter(({ length }) => length > 0);
  if (full.length < 2) return full[0] ?? [];
  return [...new Set(full.flat())].sort((a, b) => a.order - b.order);
}
