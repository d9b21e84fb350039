import type { RangeTable } from '../../address/index.js';
import { endOfDay } from '../../system/values/index.js';
import type { PolicyDocument, RuleRef } from '../language/index.js';
import {
  compile,
  type CompiledDeny,
  type CompiledPolicy,
  type CompiledRule,
  type Cover,
  type PolicySummary,
  type Slice,
} from './compile.js';
import type { DenyEntry, Rule, Scope, Stance, Terms } from './rule.js';
import { PolicySet } from './tables.js';

/**
 * Builds the policy set from its slices, one a step, so that the caller can let others work in between (10,000 rules
 * take about 100 steps). `compiled` is asked for a slice only when it is that slice's turn.
 */
export function* assemble(compiled: Iterable<Slice>): Generator<void, PolicySet> {
  const building = new Building();
  for (const slice of compiled) {
    building.add(slice);
    yield;
  }
  return building.finish();
}

/** Compiles and assembles at once, for sets of ordinary size: cases, `explain`, tests. */
export function policySetOf(documents: readonly PolicyDocument[], revision: string): PolicySet {
  const building = new Building();
  for (const slice of compile(documents, revision)) building.add(slice);
  return building.finish();
}

/** The policy set with nothing in it: the one in force as long as no other could be read. It lets nothing out (law 1). */
export function emptyPolicySet(revision: string): PolicySet {
  return policySetOf([], revision);
}

/** A listing under one key, while it grows. Most hold one rule and nothing else. */
interface Bucket {
  rules: Rule[];
  denies: DenyEntry[];
}

/** A policy as its rules refer to it. */
interface Speaker {
  readonly summary: PolicySummary;
  readonly scope: Scope;
}

class Building {
  #start: { readonly revision: string; readonly ranges: RangeTable } | 'not_started' = 'not_started';
  readonly #speakers: Speaker[] = [];
  readonly #scopes = new Map<string, Scope>();
  readonly #lists: string[] = [];
  readonly #rules: Rule[] = [];
  readonly #denies: DenyEntry[] = [];
  readonly #terms = new Map<string, Terms>();
  readonly #byName = new Map<string, Bucket>();
  readonly #bySuffix = new Map<string, Bucket>();
  /** One for each list, so that the array has no holes. */
  readonly #byList: Bucket[] = [];
  readonly #suffixLengths: boolean[] = [];
  readonly #byUser = new Map<string, Scope[]>();
  readonly #byNetwork = new Map<number, Scope[]>();
  readonly #everyone: Scope[] = [];
  #namesNetworks = false;

  add(slice: Slice): void {
    switch (slice.kind) {
      case 'start':
        this.#start = slice;
        return;
      case 'policies':
        for (const row of slice.rows) this.#addPolicy(row);
        return;
      case 'lists':
        for (const text of slice.rows) this.#addList(text);
        return;
      case 'rules':
        for (const row of slice.rows) this.#addRule(row);
        return;
      case 'denies':
        for (const row of slice.rows) this.#addDeny(row);
    }
  }

  finish(): PolicySet {
    if (this.#start === 'not_started') throw new Error('a compiled policy set has no first slice');
    const { revision, ranges } = this.#start;
    const summaries = this.#speakers.map(({ summary }) => summary);
    return new PolicySet(revision, summaries, {
      ranges,
      lists: this.#lists,
      rules: this.#rules,
      denies: this.#denies,
      hosts: {
        byName: this.#byName,
        bySuffix: this.#bySuffix,
        byList: this.#byList,
        suffixLengths: this.#suffixLengths,
      },
      clients: {
        byUser: this.#byUser,
        byNetwork: this.#byNetwork,
        everyone: this.#everyone,
        namesNetworks: this.#namesNetworks,
      },
    });
  }

  #addPolicy({ users, networks, ...summary }: CompiledPolicy): void {
    const stance = summary.mode === 'enforce' ? 'enforces' : summary.rules > 0 ? 'observes' : 'silent';
    this.#speakers.push({ summary, scope: this.#scopeOf(users, networks, stance) });
  }

  /** Policies that speak for the same clients with the same stance share a scope, so that it is asked about once. */
  #scopeOf(users: CompiledPolicy['users'], networks: CompiledPolicy['networks'], stance: Stance): Scope {
    const key = JSON.stringify([users, networks, stance]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const number = this.#scopes.size;
    const scope: Scope = { number, users: users === 'every' ? 'every' : new Set(users), networks, stance };
    this.#scopes.set(key, scope);
    if (networks !== 'every') this.#namesNetworks = true;
    if (scope.users !== 'every') for (const user of scope.users) entry(this.#byUser, user, emptyScopes).push(scope);
    else if (scope.networks !== 'every') entry(this.#byNetwork, scope.networks, emptyScopes).push(scope);
    else this.#everyone.push(scope);
    return scope;
  }

  #addList(text: string): void {
    this.#lists.push(text);
    this.#byList.push(NOTHING_LISTED);
  }

  #addRule(says: CompiledRule): void {
    const { summary, scope } = this.#speaker(says.policy);
    const { to, except, resolvesTo } = says;
    const terms = this.#termsOf(says, scope);
    const rule: Rule = {
      ref: { ...refOf(summary, says), protocol: terms.protocol, readsPaths: terms.paths !== 'every' },
      order: this.#rules.length,
      terms,
      excepts: except.names.length + except.suffixes.length > 0 || except.ranges !== 'none',
      addresses: to.ranges === 'none' ? 'none' : to.ranges,
      resolvesTo: resolvesTo === 'none' ? 'none' : resolvesTo,
      says,
    };
    this.#rules.push(rule);
    for (const bucket of this.#buckets(to)) bucket.rules = added(bucket.rules, rule);
  }

  /** Terms are few: rules that have the same share them, and they stay at hand. */
  #termsOf({ protocol, ports, methods, paths, expires }: CompiledRule, scope: Scope): Terms {
    const key = JSON.stringify([scope.number, protocol, ports, methods, paths, expires]);
    return entry(this.#terms, key, () => ({
      scope,
      protocol,
      ports,
      methods,
      paths,
      expiresAt: expires === 'never' ? Infinity : endOfDay(expires),
    }));
  }

  #addDeny(says: CompiledDeny): void {
    const { summary, scope } = this.#speaker(says.policy);
    const { ports, reason } = says;
    const deny: DenyEntry = { ref: refOf(summary, says), order: this.#denies.length, scope, ports, reason };
    this.#denies.push(deny);
    for (const bucket of this.#buckets(says.to)) bucket.denies = added(bucket.denies, deny);
  }

  *#buckets({ names, suffixes, ranges }: Cover): Generator<Bucket> {
    for (const name of names) yield entry(this.#byName, name, emptyBucket);
    for (const suffix of suffixes) {
      this.#suffixLengths[suffix.split('.').length] = true;
      yield entry(this.#bySuffix, suffix, emptyBucket);
    }
    if (ranges !== 'none') yield this.#bucketOfList(ranges);
  }

  #bucketOfList(list: number): Bucket {
    const known = this.#byList[list];
    if (known === undefined) throw new RangeError(`a compiled rule has list ${list}, which is not there`);
    if (known !== NOTHING_LISTED) return known;
    const bucket = emptyBucket();
    this.#byList[list] = bucket;
    return bucket;
  }

  #speaker(policy: number): Speaker {
    const speaker = this.#speakers[policy];
    if (speaker === undefined) throw new RangeError(`a compiled rule belongs to policy ${policy}, which is not there`);
    return speaker;
  }
}

function refOf({ name, file }: PolicySummary, { id, line }: CompiledRule | CompiledDeny): RuleRef {
  return { policy: name, id, file, line };
}

function emptyScopes(): Scope[] {
  return [];
}

/** What every list is before it has anything: an array of its own for each would be most of a big set's memory. */
const NONE: never[] = [];

const NOTHING_LISTED: Bucket = { rules: NONE, denies: NONE };

function added<T>(list: T[], one: T): T[] {
  if (list.length === 0) return [one];
  list.push(one);
  return list;
}

function emptyBucket(): Bucket {
  return { rules: NONE, denies: NONE };
}

/** What a map has for a key, made if it has nothing. */
function entry<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
