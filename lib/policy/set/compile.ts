import { buildRangeTable, type IpRange, type OwnedRange, type RangeTable } from '../../address/index.js';
import type { AllowRule, DenyRule, PolicyDocument, RuleTerms, TrafficRequirements } from '../language/index.js';
import type { Pattern } from '../values/index.js';
import type { CompiledDeny, CompiledPolicy, CompiledRule, HostSet } from './rule.js';

/** A part of a compiled set that is small enough to be received and assembled without delaying anything else. */
export type Slice =
  | { readonly kind: 'start'; readonly revision: string; readonly ranges: RangeTable }
  | { readonly kind: 'policies'; readonly rows: readonly CompiledPolicy[] }
  | { readonly kind: 'lists'; readonly rows: readonly string[] }
  | { readonly kind: 'rules'; readonly rows: readonly CompiledRule[] }
  | { readonly kind: 'denies'; readonly rows: readonly CompiledDeny[] };

/** A policy set as plain data, in slices that can be posted to another thread, in the order in which `Assembly` takes them. */
export type CompiledPolicies = readonly Slice[];

/** Compiles policies for `Assembly`. Sorts files and rules, so that their order never matters to a verdict (law 6). */
export function compile(documents: readonly PolicyDocument[], revision: string): CompiledPolicies {
  const sorted = documents.toSorted((a, b) => order(a.file, b.file) || order(a.name, b.name));
  const lists = new ListNumbering();
  const terms = new Shared<RuleTerms>();
  const traffic = new Shared<TrafficRequirements>();
  const policies = sorted.map((document) => compilePolicy(document, lists));
  const rules = sorted.flatMap(({ allow }, policy) =>
    inOrder(allow).map((rule): CompiledRule => {
      const to = lists.hostsOf(rule.to);
      const except = rule.except.length === 0 ? 'none' : lists.hostsOf(rule.except);
      const resolvesTo = rule.resolvesTo.length === 0 ? 'none' : lists.numberOf(rule.resolvesTo);
      const shared = { terms: terms.of(rule.terms), traffic: traffic.of(rule.traffic) };
      return { ...rule, ...shared, policy, to, except, resolvesTo };
    }),
  );
  const denies = sorted.flatMap(({ deny }, policy) =>
    inOrder(deny).map((entry) => ({ ...entry, policy, to: lists.hostsOf(entry.to) })),
  );
  return [
    { kind: 'start', revision, ranges: buildRangeTable(lists.entries) },
    ...sliced(policies).map((rows) => ({ kind: 'policies', rows }) as const),
    ...sliced(lists.texts).map((rows) => ({ kind: 'lists', rows }) as const),
    ...sliced(rules).map((rows) => ({ kind: 'rules', rows }) as const),
    ...sliced(denies).map((rows) => ({ kind: 'denies', rows }) as const),
  ];
}

/** Gives each different list of ranges a number, and collects the ranges with the numbers of the lists they are in. */
class ListNumbering {
  readonly entries: OwnedRange[] = [];
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(ranges: readonly IpRange[]): number {
    const text = ranges.map((range) => range.text).join(', ');
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const owner = this.texts.push(text) - 1;
    this.#numbers.set(text, owner);
    for (const range of ranges) this.entries.push({ range, owner });
    return owner;
  }

  hostsOf(patterns: readonly Pattern[]): HostSet {
    const names = patterns.flatMap((pattern) => (pattern.kind === 'name' ? [pattern.name] : []));
    const suffixes = patterns.flatMap((pattern) => (pattern.kind === 'under' ? [pattern.suffix] : []));
    const ranges = patterns.flatMap((pattern) => (pattern.kind === 'range' ? [pattern.range] : []));
    const list = ranges.length === 0 ? 'none' : this.numberOf(ranges);
    return { names: [...new Set(names)], suffixes: [...new Set(suffixes)], ranges: list };
  }
}

/** One value for all that are equal: most rules have the same terms, and a slice holds each value once. */
class Shared<T> {
  readonly #known = new Map<string, T>();

  of(value: T): T {
    const text = JSON.stringify(value);
    const known = this.#known.get(text);
    if (known === undefined) this.#known.set(text, value);
    return known ?? value;
  }
}

function compilePolicy(
  { name, file, mode, contact, allow, deny, clients }: PolicyDocument,
  lists: ListNumbering,
): CompiledPolicy {
  const { users } = clients;
  const networks = clients.networks === 'every' ? 'every' : lists.numberOf(clients.networks);
  return { name, file, mode, contact, rules: allow.length, denies: deny.length, users, networks };
}

function inOrder<T extends AllowRule | DenyRule>(rules: readonly T[]): readonly T[] {
  return rules.toSorted((a, b) => a.line - b.line || order(a.id, b.id));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The maximum weight of a slice, unless one row alone has more. */
const SLICE_WEIGHT = 3_000;

/** Cuts rows into slices of about the same weight. */
function sliced<T>(rows: readonly T[]): readonly (readonly T[])[] {
  const slices: T[][] = [];
  let weight = SLICE_WEIGHT;
  for (const row of rows) {
    const more = weightOf(row);
    weight += more;
    if (weight > SLICE_WEIGHT) {
      slices.push([]);
      weight = more;
    }
    slices.at(-1)?.push(row);
  }
  return slices;
}

/** How many values a row holds; a long text counts for several. */
function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / 64;
  if (typeof value !== 'object' || value === null) return 1;
  let weight = 1;
  for (const part of Object.values(value)) weight += weightOf(part);
  return weight;
}
