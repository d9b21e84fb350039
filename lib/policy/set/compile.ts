import {
  buildRangeTable,
  type DomainName,
  type IpRange,
  type OwnedRange,
  type RangeTable,
} from '../../address/index.js';
import type { AllowRule, DenyRule, PolicyDocument, Protocol } from '../language/index.js';
import type { Demands } from '../traffic/index.js';
import type { Pattern, PortRange } from '../values/index.js';

/**
 * The number of a list of ranges. Every list of the policy files (addresses of a rule, its `resolves-to`, a policy's
 * networks …) goes into one range table, which answers for an address: it is in lists 3, 17 and 40. Equal lists share
 * a number.
 */
export type ListNumber = number | 'none';

/** What a list of patterns covers: names, everything under suffixes, and ranges. */
export interface Cover {
  readonly names: readonly DomainName[];
  readonly suffixes: readonly DomainName[];
  readonly ranges: ListNumber;
}

/** One policy file's summary, for start-up text and status. */
export interface PolicySummary {
  readonly name: string;
  readonly file: string;
  readonly mode: 'enforce' | 'observe';
  readonly rules: number;
  readonly denies: number;
}

/** A policy without its rules. */
export interface CompiledPolicy extends PolicySummary {
  readonly users: readonly string[] | 'every';
  readonly networks: number | 'every';
}

/** An `allow` rule. `policy` is the policy's place in the list of policies. */
export interface CompiledRule {
  readonly policy: number;
  readonly id: string;
  readonly line: number;
  readonly to: Cover;
  readonly except: Cover;
  readonly resolvesTo: ListNumber;
  readonly protocol: Protocol;
  readonly ports: readonly PortRange[];
  readonly methods: readonly string[] | 'every';
  readonly paths: readonly string[] | 'every';
  readonly demands: Demands;
  readonly expires: string;
}

/** A `deny` entry. `policy` is the policy's place in the list of policies. */
export interface CompiledDeny {
  readonly policy: number;
  readonly id: string;
  readonly line: number;
  readonly to: Cover;
  readonly ports: readonly PortRange[] | 'every';
  readonly reason: string;
}

/** A part of a compiled set that is small enough to be received and assembled without holding up anybody else. */
export type Slice =
  | { readonly kind: 'start'; readonly revision: string; readonly ranges: RangeTable }
  | { readonly kind: 'policies'; readonly rows: readonly CompiledPolicy[] }
  | { readonly kind: 'lists'; readonly rows: readonly string[] }
  | { readonly kind: 'rules'; readonly rows: readonly CompiledRule[] }
  | { readonly kind: 'denies'; readonly rows: readonly CompiledDeny[] };

/**
 * A policy set as plain data, in slices, in the order in which `assemble` takes them. Every slice can be posted to
 * another thread. Whoever receives them takes one a turn of the event loop: a port hands over all that has arrived.
 */
export type CompiledPolicies = readonly Slice[];

/** How much text and how many rows a slice holds at most, unless one row alone holds more. */
const SLICE_WEIGHT = 2_000;

/**
 * Compiles policies for {@link assemble}: the long part, which can be done in another thread. Files and rules are put in
 * order by file and line here, so that their order can never matter to a verdict (law 6).
 */
export function compile(documents: readonly PolicyDocument[], revision: string): CompiledPolicies {
  const sorted = documents.toSorted((a, b) => order(a.file, b.file) || order(a.name, b.name));
  const lists = new ListNumbering();
  const policies = sorted.map((document) => compilePolicy(document, lists));
  const rules = sorted.flatMap(({ allow }, policy) => inOrder(allow).map((rule) => compileRule(rule, policy, lists)));
  const denies = sorted.flatMap(({ deny }, policy) => inOrder(deny).map((entry) => compileDeny(entry, policy, lists)));
  return [
    { kind: 'start', revision, ranges: buildRangeTable(lists.entries) },
    ...sliced(policies, weightOfPolicy).map((rows) => ({ kind: 'policies', rows }) as const),
    ...sliced(lists.texts, weightOfList).map((rows) => ({ kind: 'lists', rows }) as const),
    ...sliced(rules, weightOfRule).map((rows) => ({ kind: 'rules', rows }) as const),
    ...sliced(denies, weightOfDeny).map((rows) => ({ kind: 'denies', rows }) as const),
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
}

function compilePolicy(document: PolicyDocument, lists: ListNumbering): CompiledPolicy {
  const { name, file, mode, allow, deny } = document;
  const { users, networks } = document.clients;
  const numbered = networks === 'every' ? networks : lists.numberOf(networks);
  return { name, file, mode, rules: allow.length, denies: deny.length, users, networks: numbered };
}

function compileRule(rule: AllowRule, policy: number, lists: ListNumbering): CompiledRule {
  const { id, line, protocol, ports, methods, paths, expires } = rule;
  const to = coverOf(rule.to, lists);
  const except = coverOf(rule.except, lists);
  const resolvesTo = rule.resolvesTo.length === 0 ? 'none' : lists.numberOf(rule.resolvesTo);
  return {
    policy,
    id,
    line,
    to,
    except,
    resolvesTo,
    protocol,
    ports,
    methods,
    paths,
    demands: demandsOf(rule),
    expires,
  };
}

/** What a rule without a word about traffic asks: one value for all of them, so that they stay small. */
const noDemands = {
  deny: { ...nothing(), unverifiable: 'deny' },
  probe: { ...nothing(), unverifiable: 'probe' },
} as const;

function nothing(): Omit<Demands, 'unverifiable'> {
  return { names: [], suffixes: [], thumbprints: [], clientThumbprints: [], hostKeys: [], observes: false };
}

function demandsOf(rule: AllowRule): Demands {
  const { serverNames, thumbprints, clientThumbprints, hostKeys, unverifiable, observes } = rule;
  const lists = [serverNames, thumbprints, clientThumbprints, hostKeys];
  if (!observes && unverifiable !== 'allow' && lists.every(({ length }) => length === 0))
    return noDemands[unverifiable];
  const names = serverNames.flatMap((one) => (one.kind === 'name' ? [one.name] : []));
  const suffixes = serverNames.flatMap((one) => (one.kind === 'under' ? [one.suffix] : []));
  return { names, suffixes, thumbprints, clientThumbprints, hostKeys, unverifiable, observes };
}

function compileDeny({ id, line, to, ports, reason }: DenyRule, policy: number, lists: ListNumbering): CompiledDeny {
  return { policy, id, line, to: coverOf(to, lists), ports, reason };
}

function coverOf(patterns: readonly Pattern[], lists: ListNumbering): Cover {
  const names = new Set<DomainName>();
  const suffixes = new Set<DomainName>();
  const ranges: IpRange[] = [];
  for (const pattern of patterns) {
    if (pattern.kind === 'name') names.add(pattern.name);
    else if (pattern.kind === 'under') suffixes.add(pattern.suffix);
    else ranges.push(pattern.range);
  }
  return { names: [...names], suffixes: [...suffixes], ranges: ranges.length === 0 ? 'none' : lists.numberOf(ranges) };
}

function inOrder<T extends AllowRule | DenyRule>(rules: readonly T[]): readonly T[] {
  return rules.toSorted((a, b) => a.line - b.line || order(a.id, b.id));
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sliced<T>(rows: readonly T[], weightOf: (row: T) => number): readonly (readonly T[])[] {
  const slices: T[][] = [];
  let weight = SLICE_WEIGHT;
  for (const row of rows) {
    weight += weightOf(row);
    if (weight > SLICE_WEIGHT) {
      slices.push([]);
      weight = weightOf(row);
    }
    slices.at(-1)?.push(row);
  }
  return slices;
}

function weightOfPolicy({ users }: CompiledPolicy): number {
  return 4 + (users === 'every' ? 0 : users.length);
}

function weightOfList(text: string): number {
  return 1 + text.length / 64;
}

function weightOfRule({ to, except, ports, methods, paths, demands }: CompiledRule): number {
  const requests = ports.length + methods.length + paths.length;
  return 8 + weightOfCover(to) + weightOfCover(except) + requests + weightOfDemands(demands);
}

function weightOfDemands({ names, suffixes, thumbprints, clientThumbprints, hostKeys }: Demands): number {
  return names.length + suffixes.length + thumbprints.length + clientThumbprints.length + hostKeys.length;
}

function weightOfDeny({ to, ports }: CompiledDeny): number {
  return 4 + weightOfCover(to) + ports.length;
}

function weightOfCover({ names, suffixes }: Cover): number {
  return names.length + suffixes.length;
}
